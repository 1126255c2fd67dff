/* SPDX-License-Identifier: ISC */
/* Records, frames and segments against the golden vectors, and against what
 * must be refused. */
#include "common/log/bytes.h"
#include "common/log/frame.h"
#include "common/log/segment.h"
#include "tests/unit/suite.h"
#include "tests/unit/vectors.h"

static struct buf scratch = BUF_INIT(FRAME_MAX);

static void vector_record(size_t i, struct record *r)
{
	json_t *v = json_array_get(json_object_get(vectors(), "records"), i);

	r->source = vector_text(v, "source");
	r->source_len = strlen(r->source);
	r->time_ns = json_integer_value(json_object_get(v, "time_ns"));
	r->payload = vector_bytes(v, "payload", &r->len);
}

START_TEST(record_bytes)
{
	for (size_t i = 0; i < 3; i++) {
		json_t *v = json_array_get(json_object_get(vectors(), "records"), i);
		struct buf b = BUF_INIT(65536);
		uint8_t check[RECORD_CHECK], want[RECORD_CHECK], key[SEAL_KEY];
		struct record r;
		size_t len, at = 0;
		uint8_t *stored = vector_bytes(v, "stored", &len);

		vector_record(i, &r);
		ck_assert_int_eq(record_add(&b, &r), 0);
		ck_assert_uint_eq(b.len, len);
		ck_assert_mem_eq(b.data, stored, len);
		vector_key(key);
		record_check(stored, len, key, check);
		ck_assert(hex_decode(want, sizeof(want), vector_text(v, "check")));
		ck_assert_mem_eq(check, want, sizeof(want));
		ck_assert_int_eq(record_next(stored, len, &at, &r), 0);
		ck_assert_uint_eq(at, len);
		at = 0;
		ck_assert_int_eq(record_next(stored, len - 1, &at, &r), -1);
	}
}
END_TEST

START_TEST(record_limits)
{
	struct buf b = BUF_INIT(65536);
	struct record r = {
		.source = "a", .source_len = 1, .payload = (const uint8_t *)"x", .len = 1
	};

	ck_assert_int_eq(record_add(&b, &r), 0);
	r.len = 0;
	ck_assert_int_eq(record_add(&b, &r), -1);
	r.len = RECORD_MAX + 1;
	ck_assert_int_eq(record_add(&b, &r), -1);
	r.len = 1;
	r.source = "a b";
	r.source_len = 3;
	ck_assert_int_eq(record_add(&b, &r), -1);
	r.source_len = 0;
	ck_assert_int_eq(record_add(&b, &r), -1);
}
END_TEST

START_TEST(frame_bytes)
{
	struct log_id id = vector_log_id();
	struct buf raw = BUF_INIT(65536), out = BUF_INIT(65536);
	struct record r;
	struct frame f;
	size_t len;
	const char *why;
	uint8_t *want = vector_bytes(vectors(), "frame", &len);

	for (size_t i = 0; i < 3; i++) {
		vector_record(i, &r);
		record_add(&raw, &r);
	}
	ck_assert_int_eq(frame_build(&out, &id, 7, 3, (uint8_t *)raw.data, raw.len, false), 0);
	ck_assert_uint_eq(out.len, len);
	ck_assert_mem_eq(out.data, want, len);
	ck_assert(frame_check(&f, want, len, &id));
	ck_assert_uint_eq(f.seq, 7);
	ck_assert_uint_eq(frame_end(&f), 10);
	ck_assert_ptr_nonnull(frame_body(&f, want, &scratch, &why));
}
END_TEST

START_TEST(frame_compressed)
{
	struct log_id id = vector_log_id();
	struct buf raw = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
	struct record r;
	struct frame f;
	size_t len;
	const char *why;
	const uint8_t *body;
	uint8_t *data = vector_bytes(vectors(), "frame_zstd", &len);

	for (size_t i = 0; i < 120; i++) {
		vector_record(i % 3, &r);
		record_add(&raw, &r);
	}
	ck_assert(frame_check(&f, data, len, &id));
	body = must(frame_body(&f, data, &scratch, &why));
	ck_assert_uint_eq(f.raw_len, raw.len);
	ck_assert_mem_eq(body, raw.data, raw.len);
	/* Ours may compress otherwise, but to the same records and smaller than
	 * raw. */
	ck_assert_int_eq(frame_build(&out, &id, 7, 120, (uint8_t *)raw.data, raw.len, true), 0);
	ck_assert_uint_lt(out.len, raw.len);
	ck_assert(frame_check(&f, (uint8_t *)out.data, out.len, &id));
	ck_assert_uint_eq(f.codec, 1);
	body = frame_body(&f, (uint8_t *)out.data, &scratch, &why);
	ck_assert_mem_eq(body, raw.data, raw.len);
}
END_TEST

START_TEST(frame_refused)
{
	struct log_id id = vector_log_id();
	json_t *bad = json_object_get(vectors(), "frames_to_refuse");
	const char *name, *why;
	json_t *v;
	size_t n = 0;

	json_object_foreach(bad, name, v)
	{
		size_t len;
		struct frame f;
		uint8_t *data = vector_bytes(bad, name, &len);
		bool taken =
		    frame_check(&f, data, len, &id) && frame_body(&f, data, &scratch, &why) != NULL;

		ck_assert_msg(!taken, "`%s` was taken", name);
		n++;
	}
	ck_assert_uint_ge(n, 10);
}
END_TEST

/* What a header claims is refused before any memory is taken for it. */
START_TEST(header_limits)
{
	size_t len;
	uint8_t *data = vector_bytes(vectors(), "frame_zstd", &len);
	uint8_t head[FRAME_HEADER];
	struct frame f;

	memcpy(head, data, sizeof(head));
	ck_assert_int_eq(frame_header(&f, head), 0);
	put_u32(head + 12, 1);
	put_u32(head + 8, RECORD_STORED_MAX);
	ck_assert_int_eq(frame_header(&f, head), 0);
	put_u32(head + 8, RECORD_STORED_MAX + 1);
	ck_assert_int_eq(frame_header(&f, head), -1);
	put_u32(head + 8, UINT32_MAX);
	ck_assert_int_eq(frame_header(&f, head), -1);
	put_u32(head + 4, UINT32_MAX - 1);
	ck_assert_int_eq(frame_header(&f, head), -1);
}
END_TEST

START_TEST(frame_every_bit)
{
	struct log_id id = vector_log_id();
	struct frame f;
	size_t len;
	uint8_t *data = vector_bytes(vectors(), "frame_zstd", &len);

	for (size_t i = 0; i < len * 8; i++) {
		data[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_msg(!frame_check(&f, data, len, &id), "bit %zu may be flipped", i);
		data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert(frame_check(&f, data, len, &id));
}
END_TEST

START_TEST(frame_retagged)
{
	struct log_id id = vector_log_id(), other = { { 9 } };
	struct frame f;
	size_t len;
	uint8_t *data = vector_bytes(vectors(), "frame", &len);

	frame_retag(data, len, &other);
	ck_assert(!frame_check(&f, data, len, &id));
	ck_assert(frame_check(&f, data, len, &other));
}
END_TEST

START_TEST(segment_bytes)
{
	struct segment_header h = { .id = vector_log_id(), .first = 7, .base = 1 }, back;
	uint8_t bytes[SEGMENT_HEADER];
	char name[SEGMENT_NAME_LEN + 1];
	uint64_t first;
	size_t len;
	uint8_t *want = vector_bytes(vectors(), "segment", &len);

	segment_format(&h, bytes);
	ck_assert_mem_eq(bytes, want, sizeof(bytes));
	segment_name(7, name);
	ck_assert_str_eq(name, vector_text(vectors(), "segment_name"));
	ck_assert(segment_name_parse(name, &first) && first == 7);
	ck_assert(segment_parse(&back, want));
	ck_assert_uint_eq(back.base, 1);
	for (size_t i = 0; i < SEGMENT_HEADER * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_msg(!segment_parse(&back, bytes), "bit %zu may be flipped", i);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}
END_TEST

START_TEST(segment_names)
{
	static const char *const bad[] = { "0000000000000000.seg", "8000000000000000.seg",
		"000000000000000G.seg", "000000000000000A.seg", "1.seg", "0000000000000001.tmp",
		"0000000000000001.seg.tmp", "" };
	uint64_t first;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!segment_name_parse(bad[i], &first), "`%s` was taken", bad[i]);
}
END_TEST

SUITE_MAIN("frame", record_bytes, record_limits, frame_bytes, frame_compressed, frame_refused,
    header_limits, frame_every_bit, frame_retagged, segment_bytes, segment_names)
