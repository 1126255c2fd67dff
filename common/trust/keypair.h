/* SPDX-License-Identifier: ISC */
/*
 * ed25519 key pairs of our own, made by the system's ssh-keygen.
 *
 * The private file is the truth: it holds the public half too, and appears whole, by a rename. The
 * .pub file beside it is made from it, so that a crash at any moment leaves a pair or none; what is
 * missing or does not fit is written anew when the pair is next opened. Who writes holds
 * keypair.lock in the directory.
 */
#ifndef BIJK_TRUST_KEYPAIR_H
#define BIJK_TRUST_KEYPAIR_H

#include <stdbool.h>

#include "common/fail.h"
#include "common/trust/sshkey.h"

/*
 * The public half of the pair whose private file is path, which is made first if it is not there.
 * The comment is for its .pub file. An older format than OpenSSH's own, which the administrator
 * gave us, is taken with the .pub file that comes with it. -1: f.
 */
int keypair_open(const char *path, const char *comment, struct sshkey *k, struct fail *f);
/* The same, but nothing is made: *there tells. */
int keypair_find(
    const char *path, const char *comment, bool *there, struct sshkey *k, struct fail *f);
/* Puts the pair at `from` in place of that at `to`. k becomes its public half. -1: f. */
int keypair_replace(
    const char *from, const char *to, const char *comment, struct sshkey *k, struct fail *f);

#endif
