/* SPDX-License-Identifier: ISC */
/*
 * The key that this master pulls with: pull.key of the configuration, and
 * during a rotation a next one beside it, pull.key.new. Nodes are told both,
 * and both are offered to them; the next one replaces the first when all nodes
 * that are pulled have taken it.
 */
#ifndef BIJK_PULLKEY_H
#define BIJK_PULLKEY_H

#include "common/config.h"
#include "common/fail.h"
#include "common/trust/sshkey.h"

/* The public half; the pair is made if it is not there. -1: f. */
int pullkey_open(const struct master_config *c, struct sshkey *k, struct fail *f);
/* The next one: 1: *k; 0: no rotation is in progress; -1: f. */
int pullkey_next(const struct master_config *c, struct sshkey *k, struct fail *f);
/* Its fingerprint; "" where there is none, or with a message where it cannot be
 * read. */
void pullkey_next_print(const struct master_config *c, char out[64]);
/* Its private half, for ssh -i; to be freed. NULL: there is none. */
char *pullkey_next_path(const struct master_config *c);
/* Begins a rotation, or goes on with the one under way. -1: f. */
int pullkey_rotate(const struct master_config *c, struct sshkey *k, struct fail *f);
/* Ends it: the next pair is the pair now. -1: f. */
int pullkey_promote(const struct master_config *c, struct fail *f);

#endif
