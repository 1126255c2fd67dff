/* SPDX-License-Identifier: ISC */
/* The key that this master pulls with: pull.key of the configuration. */
#ifndef BIJK_PULLKEY_H
#define BIJK_PULLKEY_H

#include "common/config.h"
#include "common/fail.h"
#include "common/sshkey.h"

/* Its public half; the pair is made if it is not there. -1: f. */
int pullkey_open(const struct master_config *c, struct sshkey *k, struct fail *f);

#endif
