/* SPDX-License-Identifier: ISC */
#ifndef BIJK_TESTS_PUT_H
#define BIJK_TESTS_PUT_H

#include "common/log/log.h"
#include "tests/unit/suite.h"

/* Appends a record, in a frame of its own, with this number. What log_append()
 * says. */
static inline int put_record(
    struct log *l, uint64_t seq, const struct record *r, enum frame_effort effort)
{
	struct buf raw = BUF_INIT(RECORD_STORED_MAX), frame = BUF_INIT(FRAME_MAX);
	int rc;

	ck_assert_int_eq(record_add(&raw, r), 0);
	ck_assert_int_eq(
	    frame_build(&frame, log_id(l), seq, 1, (uint8_t *)raw.data, raw.len, effort), 0);
	rc = log_append(l, (uint8_t *)frame.data, frame.len);
	buf_free(&raw);
	buf_free(&frame);
	return rc;
}

#endif
