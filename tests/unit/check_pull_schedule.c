/* SPDX-License-Identifier: ISC */
/* When a node is pulled: once in each period, at a moment of its own; failures
 * double the distance. */
#include <stdio.h>
#include <stdlib.h>

#include "master/pull/schedule.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define START 1800000000

/* As cron runs it, a minute and a second: how often and when in `minutes` this
 * node is tried, failing or not. */
struct history {
	unsigned tries;
	int64_t first, last, shortest, longest;
};

static struct history run(const char *name, uint64_t period, unsigned minutes, bool fails)
{
	struct node_state st = { .tried = START - 1 };
	struct history h = { .shortest = INT64_MAX };

	for (int64_t now = START; now < START + 60 * (int64_t)minutes; now += 60) {
		if (!pull_due(name, "m1", period, &st, now + 1))
			continue;
		if (h.tries > 0) {
			int64_t distance = now - h.last;
			h.shortest = distance < h.shortest ? distance : h.shortest;
			h.longest = distance > h.longest ? distance : h.longest;
		} else {
			h.first = now;
		}
		h.tries++;
		h.last = now;
		st.tried = now + 1;
		st.failures = fails ? st.failures + 1 : 0;
	}
	return h;
}

START_TEST(once_a_period)
{
	for (unsigned i = 0; i < 100; i++) {
		char name[16];
		struct history h;
		snprintf(name, sizeof(name), "n%u", i);
		h = run(name, 300, 600, false);
		ck_assert_uint_ge(h.tries, 119);
		ck_assert_uint_le(h.tries, 120);
		ck_assert_int_eq(h.shortest, 300);
		ck_assert_int_eq(h.longest, 300);
	}
}
END_TEST

START_TEST(any_period)
{
	/* Not a multiple of cron's minute: on average once a period all the
	 * same. */
	struct history h = run("web7", 270, 2700, false);

	ck_assert_uint_ge(h.tries, 599);
	ck_assert_uint_le(h.tries, 600);
	ck_assert_int_eq(h.shortest, 240);
	ck_assert_int_eq(h.longest, 300);
	ck_assert_uint_eq(run("web7", 1, 60, false).tries, 60);
	ck_assert_uint_ge(run("web7", 60, 60, false).tries, 59);
	ck_assert_uint_eq(run("web7", 86400, 7 * 1440, false).tries, 7);
}
END_TEST

START_TEST(spread)
{
	unsigned minute[5] = { 0 };

	for (unsigned i = 0; i < 1000; i++) {
		char name[16];
		snprintf(name, sizeof(name), "node%u", i);
		minute[(run(name, 300, 6, false).first - START) / 60 % 5]++;
	}
	for (unsigned i = 0; i < 5; i++)
		ck_assert_msg(minute[i] > 140 && minute[i] < 260, "%u in minute %u", minute[i], i);
}
END_TEST

START_TEST(new_node_at_once)
{
	struct node_state st = { .tried = 0 };

	ck_assert(pull_due("web7", "m1", 86400, &st, START));
	st.tried = START + 1; /* the clock was set back */
	ck_assert(pull_due("web7", "m1", 86400, &st, START));
	st.failures = 20;
	ck_assert(pull_due("web7", "m1", 86400, &st, START));
}
END_TEST

START_TEST(failures_double)
{
	/* From a first try: 600, 1,200, 2,400, … apart, which is 9 tries in the
	 * first two days. */
	struct history h = run("web7", 300, 2 * 1440, true);

	ck_assert_uint_ge(h.tries, 8);
	ck_assert_uint_le(h.tries, 10);
	ck_assert_int_eq(h.shortest, 600);
	h = run("web7", 300, 30 * 1440, true);
	ck_assert_int_eq(h.longest, 86400);
	ck_assert_uint_eq(pull_distance(300, 0), 300);
	ck_assert_uint_eq(pull_distance(300, 1), 600);
	ck_assert_uint_eq(pull_distance(300, 8), 76800);
	ck_assert_uint_eq(pull_distance(300, 9), 86400);
	ck_assert_uint_eq(pull_distance(300, UINT64_MAX), 86400);
	ck_assert_uint_eq(pull_distance(86400, 3), 86400);
	ck_assert_uint_eq(pull_distance(1, 3), 8);
}
END_TEST

START_TEST(comes_back)
{
	/* A good pull in between, by hand: the next moment counts again. */
	struct node_state st = { .tried = START, .failures = 0 };
	int64_t next = pull_moment("web7", "m1", 300, START) + 300;

	ck_assert(!pull_due("web7", "m1", 300, &st, START));
	ck_assert(!pull_due("web7", "m1", 300, &st, next - 1));
	ck_assert(pull_due("web7", "m1", 300, &st, next));
	st.failures = 1;
	ck_assert(!pull_due("web7", "m1", 300, &st, next));
}
END_TEST

START_TEST(moments)
{
	int64_t m = pull_moment("web7", "m1", 300, START);

	ck_assert(m <= START && m > START - 300);
	ck_assert_int_eq(pull_moment("web7", "m1", 300, m), m);
	ck_assert_int_eq(pull_moment("web7", "m1", 300, m + 299), m);
	ck_assert_int_eq(pull_moment("web7", "m1", 300, m + 300), m + 300);
	ck_assert_int_eq(m % 300, (int64_t)(names_number("web7", "m1") % 300));
	ck_assert(pull_moment("web7", "m1", 300, 5) <= 5);
}
END_TEST

/* Two masters do not pull a fleet at the same moments. */
START_TEST(masters_apart)
{
	unsigned meet = 0;

	for (unsigned i = 0; i < 1000; i++) {
		char name[16];
		int64_t d;

		snprintf(name, sizeof(name), "n%u", i);
		d = pull_moment(name, "m1", 300, START) - pull_moment(name, "m2", 300, START);
		d = (d + 300) % 300;
		meet += d < 5 || d > 295;
	}
	ck_assert_uint_lt(meet, 60);
}
END_TEST

START_TEST(who_waits)
{
	ck_assert(!pull_slow(&(struct node_state){ .failures = 0 }));
	ck_assert(
	    !pull_slow(&(struct node_state){ .has_direction = true, .direction = DIRECTION_PULL }));
	ck_assert(
	    pull_slow(&(struct node_state){ .has_direction = true, .direction = DIRECTION_PUSH }));
	ck_assert(pull_slow(&(struct node_state){
	    .failures = 1, .has_direction = true, .direction = DIRECTION_PULL }));
	ck_assert(pull_allowed(NODE_AUTO) && pull_allowed(NODE_PULL));
	ck_assert(!pull_allowed(NODE_PUSH) && !pull_allowed(NODE_OFF));
}
END_TEST

/* A rotation waits for who is pulled, and for nobody else. */
START_TEST(a_rotation_waits)
{
	struct node_state st = {
		.has_direction = true, .direction = DIRECTION_PULL, .pull_key = "SHA256:old"
	};
	struct node n = { .mode = NODE_AUTO };

	ck_assert(pull_awaited(&n, &st, "SHA256:new"));
	ck_assert(!pull_awaited(&n, &st, "SHA256:old"));
	n.mode = NODE_PUSH;
	ck_assert(!pull_awaited(&n, &st, "SHA256:new"));
	n.mode = NODE_PULL;
	ck_assert(pull_awaited(&n, &st, "SHA256:new"));
	st.direction = DIRECTION_PUSH;
	ck_assert(!pull_awaited(&n, &st, "SHA256:new"));
	st.has_direction = false;
	ck_assert(!pull_awaited(&n, &st, "SHA256:new"));
}
END_TEST

START_TEST(longest_first)
{
	struct pull_turn v[] = { { .name = "b", .tried = 5 }, { .name = "c", .tried = 0 },
		{ .name = "a", .tried = 5 } };

	pull_order(v, 3);
	ck_assert_str_eq(v[0].name, "c");
	ck_assert_str_eq(v[1].name, "a");
	ck_assert_str_eq(v[2].name, "b");
	pull_order(NULL, 0);
}
END_TEST

SUITE_MAIN("pull_schedule", once_a_period, any_period, spread, new_node_at_once, failures_double,
    comes_back, moments, masters_apart, who_waits, a_rotation_waits, longest_first)
