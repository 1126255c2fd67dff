/* SPDX-License-Identifier: ISC */
/*
 * Our lines of an authorized_keys file, which is the administrator's too:
 *
 *   restrict,command="pull" TYPE BASE64 bijk-master:ADDRESS
 *
 * A key line with such a comment is ours, whatever its options; every other line is somebody
 * else's. No I/O.
 */
#ifndef BIJK_TRUST_AUTHORIZED_H
#define BIJK_TRUST_AUTHORIZED_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/trust/sshkey.h"

/* Adds the line that lets the master of this address pull with this key. -1: errno. */
int authorized_add(struct buf *out, const struct sshkey *k, const char *address);
/* One line without its LF. */
bool authorized_is_ours(const char *line, size_t len);
/*
 * What the file becomes: the lines of `old` that are not ours, byte for byte, then `ours`. Appended
 * to out. -1: errno.
 */
int authorized_merge(struct buf *out, const char *old, size_t len, const char *ours);

#endif
