/* SPDX-License-Identifier: ISC */
#include "master/pullkey.h"

#include <stdio.h>

#include "common/keypair.h"
#include "common/names.h"

#include "common/base/banned.h"

int pullkey_open(const struct master_config *c, struct sshkey *k, struct fail *f)
{
	char comment[NODE_NAME_MAX + 16];

	snprintf(comment, sizeof(comment), "bijk-master %s", c->name);
	return keypair_open(c->key, comment, k, f);
}
