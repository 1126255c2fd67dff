/* SPDX-License-Identifier: ISC */
/* A record: what one producer stored at one moment (protocol.md, section 2). */
#ifndef BIJK_LOG_RECORD_H
#define BIJK_LOG_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/names.h"

#define RECORD_HEADER 13 /* length, time, source length */
#define RECORD_CHECK 16	 /* bytes of the digest that FROM carries */
#define RECORD_STORED_MAX ((size_t)RECORD_HEADER + SOURCE_MAX + RECORD_MAX)

struct record {
	int64_t time_ns;
	const char *source; /* source_len bytes, no NUL */
	size_t source_len;
	const uint8_t *payload;
	size_t len;
};

/*
 * How many bytes it takes; and appends them to b (-1: errno). It must be valid.
 */
size_t record_size(const struct record *r);
int record_add(struct buf *b, const struct record *r);
/*
 * The record at *at of a frame's raw body; its pointers lead into body. Moves
 * *at behind it. -1: there is no valid record.
 */
int record_next(const uint8_t *body, size_t len, size_t *at, struct record *r);
/* BLAKE2b-128 of its stored bytes, keyed. */
void record_check(
    const uint8_t *stored, size_t len, const uint8_t key[SEAL_KEY], uint8_t check[RECORD_CHECK]);

#endif
