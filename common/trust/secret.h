/* SPDX-License-Identifier: ISC */
/*
 * The secret that a node shares with its masters: 64 hex digits in a file,
 * which may begin with a byte order mark and end in one LF or CR LF.
 */
#ifndef BIJK_TRUST_SECRET_H
#define BIJK_TRUST_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "common/names.h"

#define HASH_TEXT_MAX 4096 /* bytes of such a text, with what does not belong there and is named */

/*
 * Parses the text of such a file. 0, or -1: *why says what is wrong with it,
 * without what may be a secret.
 */
int hash_parse(const char *text, size_t len, uint8_t hash[HASH_SIZE], const char **why);
/* Reads it; a file that others may read is refused. -1: *why. */
int hash_read(int dir, const char *path, uint8_t hash[HASH_SIZE], const char **why);
/* Replaces it durably, mode 0600. -1: errno. */
int hash_write(int dir, const char *path, const uint8_t hash[HASH_SIZE]);

#endif
