/* SPDX-License-Identifier: ISC */
/* Records whose number tells all of them, so that one that comes out can be
 * judged by itself. */
#ifndef BIJK_TESTS_FUZZ_RECORDS_H
#define BIJK_TESTS_FUZZ_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log/log.h"

/* Adds the stored bytes of record n. */
void record_make(struct buf *raw, uint64_t n);
/* A frame of the records [seq, seq + count). */
void frame_make(
    struct buf *out, const struct log_id *id, uint64_t seq, uint32_t count, enum frame_effort e);
/* Holds the raw body just those records? */
bool frame_is_ours(const struct frame *f, const uint8_t *raw);
/* Appends a frame of so many records to the log. */
void log_put(struct log *l, uint32_t count, enum frame_effort e);

#endif
