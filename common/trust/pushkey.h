/* SPDX-License-Identifier: ISC */
/*
 * The key pair that a node pushes with: id_ed25519 in its state directory, and during a rotation a
 * second one, id_ed25519.new. Both are offered to a master; the next one is registered, and
 * replaces the first when every configured master has taken it.
 */
#ifndef BIJK_TRUST_PUSHKEY_H
#define BIJK_TRUST_PUSHKEY_H

#include <stdbool.h>

#include "common/config.h"
#include "common/fail.h"
#include "common/trust/sshkey.h"

struct pushkey {
	char *path, *next_path; /* of the private halves, for ssh -i; the second if rotating */
	struct sshkey key, next;
	bool rotating;
};

/* Opens both, and makes the first if there is none. -1: f. Close it in any case. */
int pushkey_open(struct pushkey *k, const struct node_config *c, struct fail *f);
void pushkey_close(struct pushkey *k);
/* The one to be registered: the next, or else the first. */
const struct sshkey *pushkey_newest(const struct pushkey *k);
/* Begins a rotation; one that is under way goes on with the key it has. */
int pushkey_rotate(struct pushkey *k, const struct node_config *c, struct fail *f);
/* Ends it: the next pair is the pair now. */
int pushkey_promote(struct pushkey *k, const struct node_config *c, struct fail *f);

#endif
