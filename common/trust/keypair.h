/* SPDX-License-Identifier: ISC */
/*
 * ed25519 key pairs of our own, made by the system's ssh-keygen, and the one
 * that a node pushes with.
 *
 * The private file is the truth, and appears whole, by a rename. The .pub file
 * beside it is for people and ssh: that of this pair, or after a crash missing.
 * Whoever writes either holds keypair.lock in the directory.
 */
#ifndef BIJK_TRUST_KEYPAIR_H
#define BIJK_TRUST_KEYPAIR_H

#include <stdbool.h>

#include "common/config.h"
#include "common/fail.h"
#include "common/trust/sshkey.h"

/*
 * The public half of the pair whose private file is path. 1; 0: it is not there
 * and comment is NULL, else it is made, with the comment; -1: f.
 */
int keypair_open(const char *path, const char *comment, struct sshkey *k, struct fail *f);
/* Puts the pair at `from` in place of `to`; k: its public half. -1: f. */
int keypair_replace(const char *from, const char *to, struct sshkey *k, struct fail *f);

/*
 * The node's: id_ed25519 in its state directory, and during a rotation a second
 * one, id_ed25519.new. Both are offered to a master; the next one is
 * registered, and replaces the first when every configured master has taken it.
 */
struct pushkey {
	char *path, *next_path; /* of the private halves, for ssh -i; the second if rotating */
	struct sshkey key, next;
	bool rotating;
};

/* Opens both; makes the first if there is none. -1: f. Close in any case. */
int pushkey_open(struct pushkey *k, const struct node_config *c, struct fail *f);
/* The same, but nothing is made. 1; 0: there is no first; -1: f. */
int pushkey_find(struct pushkey *k, const struct node_config *c, struct fail *f);
void pushkey_close(struct pushkey *k);
/* The one to be registered: the next, or else the first. */
const struct sshkey *pushkey_newest(const struct pushkey *k);
/* Begins a rotation; one that is under way goes on with the key it has. */
int pushkey_rotate(struct pushkey *k, const struct node_config *c, struct fail *f);
/* Ends it: the next pair is the pair now. */
int pushkey_promote(struct pushkey *k, struct fail *f);

#endif
