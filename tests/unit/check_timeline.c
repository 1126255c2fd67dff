/* SPDX-License-Identifier: ISC */
/* Time that passed, by a clock that may be wrong: what makes records old, and
 * what does not. */
#include "master/store/dir.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define MIN 60
#define HOUR 3600
#define DAY ((int64_t)86400)
#define T0 (20000 * DAY)

static struct timeline t;

static void begin(void)
{
	t = (struct timeline){ .step = DAY };
}

/* Looks every 5 minutes for so long. */
static void run(int64_t from, int64_t seconds)
{
	for (int64_t at = 0; at <= seconds; at += 5 * MIN)
		timeline_look(&t, from + at);
}

/* How old a file with this time is, by a clock that says `now`. */
static int64_t age(int64_t then, int64_t now)
{
	return timeline_now(&t, now) - timeline_of(&t, then);
}

START_TEST(a_good_clock)
{
	begin();
	ck_assert_int_eq(timeline_now(&t, T0), T0);
	ck_assert_int_eq(timeline_of(&t, T0 - 40 * DAY), T0 - 40 * DAY);
	run(T0, 40 * DAY);
	ck_assert_uint_eq(t.n, 1);
	ck_assert_int_eq(age(T0, T0 + 40 * DAY), 40 * DAY);
	/* From before the first look; and the last was some time ago. */
	ck_assert_int_eq(age(T0 - 10 * DAY, T0 + 40 * DAY), 50 * DAY);
	ck_assert_int_eq(age(T0, T0 + 40 * DAY + HOUR), 40 * DAY + HOUR);
	/* A night off, and a small correction. */
	run(T0 + 40 * DAY + 20 * HOUR, HOUR);
	run(T0 + 40 * DAY + 20 * HOUR, HOUR);
	ck_assert_uint_eq(t.n, 1);
	ck_assert_int_eq(age(T0, T0 + 40 * DAY + 21 * HOUR), 40 * DAY + 21 * HOUR);
}
END_TEST

/* Ahead by 40 days for an hour: nothing is older than an hour for it, then or
 * later. */
START_TEST(ahead_for_a_while)
{
	int64_t when;

	begin();
	run(T0, 2 * DAY);
	run(T0 + 42 * DAY, HOUR);
	ck_assert_int_eq(timeline_jump(&t, &when), 40 * DAY);
	ck_assert_int_eq(when, T0 + 42 * DAY);
	ck_assert_int_eq(age(T0, T0 + 42 * DAY + HOUR), 2 * DAY + HOUR);
	ck_assert_int_eq(age(T0 + 42 * DAY + MIN, T0 + 42 * DAY + HOUR), HOUR - MIN);
	run(T0 + 2 * DAY + HOUR, 10 * DAY);
	ck_assert_int_lt(timeline_jump(&t, &when), 0);
	ck_assert_int_eq(age(T0 + 42 * DAY, T0 + 12 * DAY + HOUR), 10 * DAY + HOUR);
	ck_assert_int_eq(age(T0 + 3 * DAY, T0 + 12 * DAY + HOUR), 9 * DAY + HOUR);
	/* A reading that no look has seen yet counts for nothing. */
	ck_assert_int_eq(timeline_now(&t, T0 + 90 * DAY), timeline_now(&t, T0 + 12 * DAY + HOUR));
}
END_TEST

/* No battery: each start begins in 1970, and the right time comes after some
 * minutes. */
START_TEST(no_battery)
{
	int64_t right = T0;

	begin();
	for (int boot = 0; boot < 40; boot++) {
		run(100, 10 * MIN);
		run(right, DAY);
		ck_assert_int_le(age(300, right + DAY), DAY + 10 * MIN);
		right += DAY + HOUR;
	}
	ck_assert_uint_eq(t.n, TIMELINE_MAX);
	ck_assert(t.forgot);
	/* What was stored ten days ago is not older than that, nor much
	 * newer. */
	ck_assert_int_le(age(right - 10 * (DAY + HOUR), right - HOUR), 10 * (DAY + HOUR));
	ck_assert_int_ge(age(right - 10 * (DAY + HOUR), right - HOUR), 9 * DAY);
	/* What is too long ago to be told ages from the first start that is
	 * remembered. */
	ck_assert_int_le(age(T0, right), 40 * (DAY + HOUR));
	ck_assert_int_ge(age(T0, right), 14 * DAY);
}
END_TEST

/* Off for two months: nothing goes at once, and in the end what is old does. */
START_TEST(off_for_long)
{
	begin();
	run(T0, 2 * DAY);
	run(T0 + 62 * DAY, HOUR);
	ck_assert_int_eq(age(T0, T0 + 62 * DAY + HOUR), 2 * DAY + HOUR);
	run(T0 + 62 * DAY + HOUR, 28 * DAY);
	ck_assert_int_gt(age(T0, T0 + 90 * DAY + HOUR), 30 * DAY);
	ck_assert_int_lt(age(T0 + 62 * DAY, T0 + 90 * DAY + HOUR), 30 * DAY);
}
END_TEST

/* A file with a time that this clock never gave is as old as the last jump. */
START_TEST(times_from_elsewhere)
{
	begin();
	run(T0, 10 * DAY);
	ck_assert_int_eq(age(T0 + 400 * DAY, T0 + 10 * DAY), 10 * DAY);
	run(T0 + 100 * DAY, 5 * DAY);
	ck_assert_int_eq(age(T0 + 400 * DAY, T0 + 105 * DAY), 5 * DAY);
	ck_assert_int_eq(age(T0 + 50 * DAY, T0 + 105 * DAY), 5 * DAY);
}
END_TEST

SUITE_MAIN(
    "timeline", a_good_clock, ahead_for_a_while, no_battery, off_for_long, times_from_elsewhere)
