/* SPDX-License-Identifier: ISC */
/* The secret that a node shares with its masters: 64 hex digits in a file, which may end in one LF.
 */
#ifndef BIJK_HASHFILE_H
#define BIJK_HASHFILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/names.h"

/* Parses the text of such a file. 0, or -1: *why says what is wrong with it. */
int hash_parse(const char *text, size_t len, uint8_t hash[HASH_SIZE], const char **why);
/* Reads it; a file that others may read is refused. -1: *why. */
int hash_read(int dir, const char *path, uint8_t hash[HASH_SIZE], const char **why);
/* Replaces it durably, mode 0600. -1: errno. */
int hash_write(int dir, const char *path, const uint8_t hash[HASH_SIZE]);

#endif
