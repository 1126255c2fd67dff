/* SPDX-License-Identifier: ISC */
/* A clock that may be wrong: what makes records old, and what does not. */
#include "master/store/dir.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define MIN 60
#define HOUR 3600
#define DAY ((int64_t)86400)
#define T0 (20000 * DAY)

static struct clock c;

static void begin(void)
{
	c = (struct clock){ .step = DAY };
}

/* Looks every 5 minutes for so long. */
static void run(int64_t from, int64_t seconds)
{
	for (int64_t at = 0; at <= seconds; at += 5 * MIN)
		clock_note(&c, from + at);
}

START_TEST(a_good_clock)
{
	begin();
	run(T0, 40 * DAY);
	ck_assert(!clock_note(&c, T0 + 40 * DAY + MIN - 1));
	ck_assert_int_eq(clock_age(&c, T0, T0 + 40 * DAY), 40 * DAY);
	/* From before the first look. */
	ck_assert_int_eq(clock_age(&c, T0 - 10 * DAY, T0 + 40 * DAY), 50 * DAY);
	/* A night off, and a small correction. */
	run(T0 + 40 * DAY + 20 * HOUR, HOUR);
	run(T0 + 40 * DAY + 20 * HOUR, HOUR);
	ck_assert_int_eq(clock_age(&c, T0, T0 + 40 * DAY + 21 * HOUR), 40 * DAY + 21 * HOUR);
}
END_TEST

/* Ahead by 40 days for an hour: nothing is older for it, then or later. */
START_TEST(ahead_for_a_while)
{
	begin();
	run(T0, 2 * DAY);
	run(T0 + 42 * DAY, HOUR);
	ck_assert_int_eq(clock_age(&c, T0, T0 + 42 * DAY + HOUR), HOUR);
	ck_assert_int_eq(clock_age(&c, T0 + 42 * DAY + MIN, T0 + 42 * DAY + HOUR), HOUR - MIN);
	run(T0 + 2 * DAY + HOUR, 10 * DAY);
	ck_assert_int_eq(clock_age(&c, T0, T0 + 12 * DAY + HOUR), 10 * DAY);
	ck_assert_int_eq(clock_age(&c, T0 + 42 * DAY, T0 + 12 * DAY + HOUR), 10 * DAY);
	ck_assert_int_eq(clock_age(&c, T0 + 3 * DAY, T0 + 12 * DAY + HOUR), 9 * DAY + HOUR);
}
END_TEST

/* No battery: each start begins in 1970, and the right time comes after some
 * minutes. */
START_TEST(no_battery)
{
	begin();
	for (int boot = 0; boot < 40; boot++) {
		run(100, 10 * MIN);
		run(T0 + boot * (DAY + HOUR), DAY);
		ck_assert_int_le(clock_age(&c, 300, T0 + boot * (DAY + HOUR) + DAY), DAY);
	}
}
END_TEST

/* Off for two months: nothing goes at once, and in the end what is old does. */
START_TEST(off_for_long)
{
	begin();
	run(T0, 2 * DAY);
	run(T0 + 62 * DAY, 31 * DAY);
	ck_assert_int_eq(clock_age(&c, T0, T0 + 62 * DAY + HOUR), HOUR);
	ck_assert_int_gt(clock_age(&c, T0, T0 + 93 * DAY), 30 * DAY);
}
END_TEST

/* A file with a time to come, which this clock never gave. */
START_TEST(times_from_elsewhere)
{
	begin();
	run(T0, 10 * DAY);
	ck_assert_int_eq(clock_age(&c, T0 + 400 * DAY, T0 + 10 * DAY), 0);
	run(T0 + 100 * DAY, 5 * DAY);
	ck_assert_int_eq(clock_age(&c, T0 + 400 * DAY, T0 + 105 * DAY), 5 * DAY);
}
END_TEST

SUITE_MAIN("clock", a_good_clock, ahead_for_a_while, no_battery, off_for_long, times_from_elsewhere)
