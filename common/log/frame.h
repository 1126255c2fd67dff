/* SPDX-License-Identifier: ISC */
/*
 * A frame: one or more consecutive records, the unit on disk, on the wire and
 * in the archive (protocol.md, section 2).
 *
 *    0 magic "BJF1"       16 sequence number of the first record (8)
 *    4 body length (4)    24 codec: 0 none, 1 zstd
 *    8 raw length (4)     25 zero (7)
 *   12 record count (4)   32 tag (16), then the body, then the whole length (4)
 *
 * A reader trusts nothing: frame_header() checks every length before memory is
 * allocated for it, frame_check() the tag before anything is decompressed,
 * frame_body() the rest.
 */
#ifndef BIJK_LOG_FRAME_H
#define BIJK_LOG_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/log/record.h"
#include "common/names.h"

#define FRAME_HEADER 48
#define FRAME_TRAILER 4
#define FRAME_MAX ((16u << 20) + 4096) /* all of it */
#define FRAME_PACK (1u << 20)	       /* raw bytes that records are packed up to */
#define FRAME_RECORDS 65536

struct frame {
	uint32_t body_len, raw_len, count;
	uint64_t seq;
	uint8_t codec;
	uint8_t tag[16];
};

/* The frame's length in all, and the number behind its last record. */
size_t frame_len(const struct frame *f);
uint64_t frame_end(const struct frame *f);

/* Parses and checks the first FRAME_HEADER bytes of a frame. -1: it is none. */
int frame_header(struct frame *f, const uint8_t head[FRAME_HEADER]);
/* Are these len bytes one whole frame with a tag under this id? Fills *f. */
bool frame_check(struct frame *f, const uint8_t *data, size_t len, const struct log_id *id);
/*
 * The raw body of a frame that was checked: within data, or decompressed into
 * scratch, which is emptied first (a buffer with a maximum of at least
 * FRAME_MAX). It holds exactly f->count records, all valid. NULL: *why
 * (static).
 */
const uint8_t *frame_body(
    const struct frame *f, const uint8_t *data, struct buf *scratch, const char **why);

/* How hard zstd tries; the numbers are its levels. */
enum frame_effort {
	FRAME_PLAIN = 0, /* not at all */
	FRAME_FAST = 1,	 /* what is stored by the megabyte */
	FRAME_SMALL = 3, /* what goes over a line */
};

/* Appends to out a frame of the `count` records in raw. -1: errno. */
int frame_build(struct buf *out, const struct log_id *id, uint64_t seq, uint32_t count,
    const uint8_t *raw, size_t raw_len, enum frame_effort effort);
/* Gives a checked frame the tag of another log, in place. */
void frame_retag(uint8_t *data, size_t len, const struct log_id *id);

#endif
