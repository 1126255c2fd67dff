/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

#define SIZE_MOST 600

void record_make(struct buf *raw, uint64_t n)
{
	uint8_t payload[SIZE_MOST + 32];
	size_t len = 1 + (size_t)(n * 7919 % SIZE_MOST);
	struct record r = { .time_ns = (int64_t)(n * 1000003),
		.source = "fuzz.test",
		.source_len = n % 9 + 1,
		.payload = payload };
	int head = snprintf((char *)payload, sizeof(payload), "%" PRIu64 ":", n);

	for (size_t i = (size_t)head; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(n * 31 + (n % 2 == 0 ? i * 7 : i / 16));
	r.len = len > (size_t)head ? len : (size_t)head;
	require(record_add(raw, &r) == 0);
}

void frame_make(
    struct buf *out, const struct log_id *id, uint64_t seq, uint32_t count, enum frame_effort e)
{
	struct buf raw = BUF_INIT(FRAME_MAX);

	for (uint32_t i = 0; i < count; i++)
		record_make(&raw, seq + i);
	require(frame_build(out, id, seq, count, (const uint8_t *)raw.data, raw.len, e) == 0);
	buf_free(&raw);
}

bool frame_is_ours(const struct frame *f, const uint8_t *raw)
{
	struct buf want = BUF_INIT(FRAME_MAX);
	bool same;

	for (uint32_t i = 0; i < f->count; i++)
		record_make(&want, f->seq + i);
	same = want.len == f->raw_len && memcmp(want.data, raw, want.len) == 0;
	buf_free(&want);
	return same;
}

void log_put(struct log *l, uint32_t count, enum frame_effort e)
{
	struct buf out = BUF_INIT(FRAME_MAX);

	frame_make(&out, log_id(l), log_next(l), count, e);
	require(log_append(l, (const uint8_t *)out.data, out.len) == 0);
	buf_free(&out);
}
