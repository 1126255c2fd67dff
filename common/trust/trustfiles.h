/* SPDX-License-Identifier: ISC */
/*
 * The two files by which ssh and sshd of a node trust its masters: known_hosts, which is all ours,
 * and .ssh/authorized_keys, of which some lines are (see authorized.h). Modes 0600, .ssh 0700.
 */
#ifndef BIJK_TRUST_TRUSTFILES_H
#define BIJK_TRUST_TRUSTFILES_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/fail.h"

#define TRUSTFILE_MAX (8u << 20)

/*
 * 1: the file was not what it should be, 0: it was; -1: f. With `change` it is made so, durably and
 * in one step. A file that is not there is an empty one. What cannot be read is not replaced.
 */
int trustfiles_known_hosts(int state, const struct buf *text, bool change, struct fail *f);
int trustfiles_authorized(int state, const struct buf *ours, bool change, struct fail *f);

#endif
