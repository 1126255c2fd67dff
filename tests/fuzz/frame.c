/* SPDX-License-Identifier: ISC */
/*
 * A frame and its body. First byte: bit 0 has magic, lengths and tag put right,
 * so that the body is reached; bit 1 compresses the rest first. What is
 * accepted is exactly what protocol.md, section 2, says.
 */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "common/log/bytes.h"
#include "common/log/frame.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

enum { PLAIN, COMPRESSED, NO_FRAME, BAD_BODY };
static const char *const goals[] = { "a plain frame", "a compressed one", "no frame", "a bad body",
	NULL };

static const struct log_id id = { { 1, 2, 3 } };

/* The limits of a header, said once more and in another way. */
static void judge_header(const struct frame *f)
{
	require(f->count >= 1 && f->count <= 65536);
	require(f->seq >= 1 && f->seq + f->count <= (uint64_t)1 << 63);
	require(f->body_len >= 1 && frame_len(f) <= ((size_t)16 << 20) + 4096);
	require(f->raw_len <= ((size_t)16 << 20) + 13 + 64);
	require(f->count == 1 || f->raw_len <= 1 << 20);
	require(
	    f->codec == 0 ? f->raw_len == f->body_len : f->codec == 1 && f->body_len < f->raw_len);
}

/* The records, walked by hand; then what is built of them again is the same. */
static void judge_body(const struct frame *f, const uint8_t *raw)
{
	struct buf again = BUF_INIT(FRAME_MAX), built = BUF_INIT(FRAME_MAX),
		   scratch = BUF_INIT(FRAME_MAX);
	const uint8_t *raw2;
	const char *why;
	struct frame f2;
	size_t at = 0;

	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t len = get_u32(raw + at);
		size_t source = raw[at + 12];
		struct record r = { .time_ns = (int64_t)get_u64(raw + at + 4),
			.source = (const char *)raw + at + 13,
			.source_len = source,
			.payload = raw + at + 13 + source,
			.len = len };

		require(len >= 1 && source >= 1 && source <= 64);
		require(record_add(&again, &r) == 0);
		at += 13 + source + len;
		require(at <= f->raw_len);
	}
	require(at == f->raw_len && again.len == f->raw_len);
	require(memcmp(again.data, raw, again.len) == 0);
	require(frame_build(&built, &id, f->seq, f->count, raw, f->raw_len, FRAME_SMALL) == 0);
	require(frame_check(&f2, (uint8_t *)built.data, built.len, &id));
	require(f2.seq == f->seq && f2.count == f->count && frame_end(&f2) == f->seq + f->count);
	raw2 = frame_body(&f2, (uint8_t *)built.data, &scratch, &why);
	require(raw2 != NULL && f2.raw_len == f->raw_len && memcmp(raw2, raw, f->raw_len) == 0);
	buf_free(&again);
	buf_free(&built);
	buf_free(&scratch);
}

/* The bytes behind the header become the body, as they are or compressed; the
 * rest of the header stays. */
static uint8_t *mend(const uint8_t *data, size_t *len, bool compress)
{
	size_t raw = *len - FRAME_HEADER,
	       room = FRAME_HEADER + ZSTD_compressBound(raw) + FRAME_TRAILER;
	uint8_t *p = malloc(room);
	size_t body = raw;

	require(p != NULL);
	memcpy(p, data, *len);
	if (compress) {
		body = ZSTD_compress(p + FRAME_HEADER, room - FRAME_HEADER - FRAME_TRAILER,
		    data + FRAME_HEADER, raw, 1);
		require(!ZSTD_isError(body));
	}
	*len = FRAME_HEADER + body + FRAME_TRAILER;
	memcpy(p, "BJF1", 4);
	put_u32(p + 4, (uint32_t)body);
	put_u32(p + *len - FRAME_TRAILER, (uint32_t)*len);
	frame_retag(p, *len, &id);
	return p;
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	unsigned how = input_byte(&in);
	struct buf scratch = BUF_INIT(FRAME_MAX);
	const char *why = NULL;
	uint8_t *given = NULL;
	const uint8_t *raw;
	struct frame f;

	len = in.left;
	if ((how & 1) != 0 && len > FRAME_HEADER) {
		given = mend(in.at, &len, (how & 2) != 0);
	} else {
		given = malloc(len + 1);
		require(given != NULL);
		memcpy(given, in.at, len);
	}
	if (len >= FRAME_HEADER && frame_header(&f, given) == 0)
		judge_header(&f);
	if (!frame_check(&f, given, len, &id)) {
		reached(NO_FRAME);
	} else {
		judge_header(&f);
		require(frame_len(&f) == len && memcmp(given, "BJF1", 4) == 0);
		raw = frame_body(&f, given, &scratch, &why);
		require(scratch.cap <= 2 * (size_t)f.raw_len + 4096);
		if (raw == NULL) {
			require(why != NULL);
			reached(BAD_BODY);
		} else {
			judge_body(&f, raw);
			reached(f.codec == 0 ? PLAIN : COMPRESSED);
		}
	}
	buf_free(&scratch);
	free(given);
}

const struct target target_frame = { "frame", goals, NULL, run };
