/* SPDX-License-Identifier: ISC */
#include "common/trust/pushkey.h"

#include <stdlib.h>
#include <sysexits.h>

#include "common/base/file.h"
#include "common/trust/keypair.h"

#include "common/base/banned.h"

int pushkey_open(struct pushkey *k, const struct node_config *c, struct fail *f)
{
	*k = (struct pushkey){ .path = path_join(c->state, "id_ed25519"),
		.next_path = path_join(c->state, "id_ed25519.new") };
	if (k->path == NULL || k->next_path == NULL)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	if (keypair_open(k->path, c->name, &k->key, f) == -1)
		return -1;
	return keypair_find(k->next_path, c->name, &k->rotating, &k->next, f);
}

void pushkey_close(struct pushkey *k)
{
	free(k->path);
	free(k->next_path);
	*k = (struct pushkey){ .path = NULL };
}

const struct sshkey *pushkey_newest(const struct pushkey *k)
{
	return k->rotating ? &k->next : &k->key;
}

int pushkey_rotate(struct pushkey *k, const struct node_config *c, struct fail *f)
{
	if (!k->rotating && keypair_open(k->next_path, c->name, &k->next, f) == -1)
		return -1;
	k->rotating = true;
	return 0;
}

int pushkey_promote(struct pushkey *k, const struct node_config *c, struct fail *f)
{
	if (keypair_replace(k->next_path, k->path, c->name, &k->key, f) == -1)
		return -1;
	k->rotating = false;
	return 0;
}
