/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "master/store/store.h"
#include "tests/unit/suite.h"

#define FIELDS 28

#include "common/base/banned.h"

/* As text, and how many fields that has; and what is read of it. */
static struct node_state through_text(const struct node_state *st, struct buf *text, size_t *n)
{
	struct fields f = { .n = 0 }, g = { .n = 0 };
	struct node_state back;

	ck_assert_int_eq(node_state_to_fields(st, &f), 0);
	ck_assert_int_eq(fields_format(&f, text), 0);
	ck_assert_int_eq(fields_parse(&g, text->data != NULL ? text->data : "", text->len), 0);
	node_state_from_fields(&back, &g);
	*n = f.n;
	fields_free(&f);
	fields_free(&g);
	return back;
}

START_TEST(everything_comes_back)
{
	struct buf first = BUF_INIT(FIELDS_MAX), again = BUF_INIT(FIELDS_MAX);
	struct node_state st, back;
	size_t n;

	/* Each number another, so that two that were taken for each other would
	 * show. */
	st = (struct node_state){
		.contact = 1700000001,
		.has_direction = true,
		.direction = DIRECTION_PUSH,
		.direction_since = 1700000002,
		.push_began = 1700000003,
		.last_pull = 1700000004,
		.tried = 1700000005,
		.failures = 6,
		.reason = "the node's sshd refused the key: \"no\"",
		.failed = 1700000007,
		.failed_direction = DIRECTION_PUSH,
		.records = 8,
		.bytes = UINT64_C(1) << 40,
		.newest_ns = 1700000009123456789,
		.left = 10,
		.gaps = 11,
		.lost = 12,
		.gap_from = 13,
		.gap_to = 14,
		.skew = -15,
		.has_log = true,
		.has_old_log = true,
		.pulled_address = "web1.example.net",
		.pull_key = "SHA256:x",
		.log_address = "192.0.2.1",
		.old_log_address = "2001:db8::1",
		.log_since = 1700000016,
		.cloned = 1700000017,
		.damaged = 1700000018,
	};
	memset(st.log.b, 0xab, sizeof(st.log.b));
	memset(st.old_log.b, 0x01, sizeof(st.old_log.b));
	back = through_text(&st, &first, &n);
	ck_assert_uint_eq(n, FIELDS);
	through_text(&back, &again, &n);
	ck_assert_str_eq(again.data, first.data);
	buf_free(&first);
	buf_free(&again);
}
END_TEST

START_TEST(nothing_is_nothing)
{
	struct buf text = BUF_INIT(FIELDS_MAX);
	struct node_state st = { .contact = 0 };
	size_t n;
	struct node_state back = through_text(&st, &text, &n);

	ck_assert(!back.has_direction && !back.has_log && !back.has_old_log);
	ck_assert_int_eq(back.contact, 0);
	ck_assert_str_eq(back.reason, "");
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(the_largest)
{
	struct node_state st = {
		.contact = INT64_MAX, .newest_ns = INT64_MIN + 1, .records = UINT64_MAX
	};
	struct buf text = BUF_INIT(FIELDS_MAX);
	struct node_state back;
	size_t n;

	memset(st.reason, 'x', sizeof(st.reason) - 1);
	back = through_text(&st, &text, &n);
	buf_free(&text);
	ck_assert(back.contact == INT64_MAX && back.newest_ns == INT64_MIN + 1);
	ck_assert_uint_eq(back.records, UINT64_MAX);
	ck_assert_str_eq(back.reason, st.reason);
}
END_TEST

START_TEST(odd_text)
{
	static const char text[] =
	    "contact: soon\ndirection: sideways\nfailed_direction: up\n"
	    "log: 00112233445566778899aabbccddeef\nold_log: zz\nleft: 5\nnew_key: 1\n";
	struct fields f = { .n = 0 };
	struct node_state st;

	memset(&st, 0xff, sizeof(st));
	ck_assert_int_eq(fields_parse(&f, text, sizeof(text) - 1), 0);
	node_state_from_fields(&st, &f);
	ck_assert_int_eq(st.contact, 0);
	ck_assert(!st.has_direction && !st.has_log && !st.has_old_log);
	ck_assert_uint_eq(st.left, 5);
	fields_free(&f);
}
END_TEST

SUITE_MAIN("node_state", everything_comes_back, nothing_is_nothing, the_largest, odd_text)
