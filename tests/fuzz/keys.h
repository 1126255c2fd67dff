/* SPDX-License-Identifier: ISC */
/* What ssh reads of ours: lines of a public key, said once more and by hand. */
#ifndef BIJK_TESTS_FUZZ_KEYS_H
#define BIJK_TESTS_FUZZ_KEYS_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/trust/sshkey.h"

/* "TYPE BASE64" of a type we know, base64 and nothing else. */
bool is_key_text(const char *s, size_t len);
/* Lines `before`, key, `after` (each may be ""), every one ended by a LF; *n:
 * how many. */
bool are_key_lines(const struct buf *text, const char *before, const char *after, size_t *n);
/* An ed25519 key of one byte, repeated. */
struct sshkey some_key(uint8_t byte);

#endif
