/* SPDX-License-Identifier: ISC */
/* The last day of a node: which slots a reader sees. */
#include "tests/unit/temp_store.h"

#include "common/base/banned.h"

#define NOW INT64_C(1800000000) /* a multiple of 300 */

static struct day_slot v[DAY_SLOTS];

static void keep(int64_t time, uint32_t delay, uint64_t bytes)
{
	struct day_slot adds = { .delay = delay, .bytes = bytes };

	ck_assert_int_eq(store_day_add(s, "n1", time, &adds), 0);
}

/* The day that ends at `time`; how many slots of it are used. */
static int look(int64_t time)
{
	int used = 0;

	ck_assert_int_eq(store_day(s, "n1", time, v), 0);
	for (int i = 0; i < DAY_SLOTS; i++)
		used += v[i].used;
	return used;
}

START_TEST(sessions_of_a_slot_add_up)
{
	add("n1");
	keep(NOW, 40, 1000);
	keep(NOW + 200, 7, 24);
	ck_assert_int_eq(look(NOW + 299), 1);
	ck_assert(v[DAY_SLOTS - 1].used);
	ck_assert_uint_eq(v[DAY_SLOTS - 1].delay, 40);
	ck_assert_uint_eq(v[DAY_SLOTS - 1].bytes, 1024);
	keep(NOW + 299, 41, UINT64_C(1) << 40);
	look(NOW + 299);
	ck_assert_uint_eq(v[DAY_SLOTS - 1].delay, 41);
	ck_assert_uint_eq(v[DAY_SLOTS - 1].bytes, (UINT64_C(1) << 40) + 1024);
}
END_TEST

START_TEST(a_day_passes)
{
	add("n1");
	keep(NOW, 1, 2);
	ck_assert_int_eq(look(NOW + 300), 1);
	ck_assert(v[DAY_SLOTS - 2].used);
	ck_assert_int_eq(look(NOW + 86400 - 1), 1);
	ck_assert(v[0].used);
	ck_assert_int_eq(look(NOW + 86400), 0);
	/* The same slot a day later has nothing of the day before. */
	keep(NOW + 86400, 3, 4);
	ck_assert_int_eq(look(NOW + 86400), 1);
	ck_assert_uint_eq(v[DAY_SLOTS - 1].bytes, 4);
}
END_TEST

START_TEST(a_full_day)
{
	struct stat st;

	add("n1");
	for (int i = 0; i < 2 * DAY_SLOTS + 5; i++)
		keep(NOW + i * DAY_SLOT_SECONDS, (uint32_t)i, (uint64_t)i);
	ck_assert_int_eq(look(NOW + (2 * DAY_SLOTS + 4) * DAY_SLOT_SECONDS), DAY_SLOTS);
	for (int i = 0; i < DAY_SLOTS; i++)
		ck_assert_uint_eq(v[i].delay, (uint32_t)(DAY_SLOTS + 5 + i));
	ck_assert_int_eq(stat(path("nodes/n1/day"), &st), 0);
	ck_assert_int_eq(st.st_size, 4608);
}
END_TEST

START_TEST(goes_with_its_node)
{
	add("n1");
	keep(NOW, 1, 2);
	ck_assert_int_eq(mkdir(path("archives/n1"), 0700), 0); /* something stays */
	ck_assert_int_eq(mkdir(path("archives/n1/x"), 0700), 0);
	ck_assert_int_eq(store_node_remove(s, "n1", false), 0);
	ck_assert(!exists("nodes/n1/day"));
	add("n1");
	ck_assert(!exists("nodes/n1/day"));
}
END_TEST

START_TEST(what_is_not_there_is_empty)
{
	struct day_slot adds = { .bytes = 1 };

	fails(store_day_add(s, "n1", NOW, &adds), ENOENT);
	add("n1");
	fails(store_day(s, "n1", NOW, v), ENOENT);
	for (int i = 0; i < DAY_SLOTS; i++)
		ck_assert(!v[i].used);
	/* Nothing is written through a link. */
	ck_assert_int_eq(symlink("../../name", path("nodes/n1/day")), 0);
	ck_assert_int_eq(store_day_add(s, "n1", NOW, &adds), -1);
}
END_TEST

STORE_MAIN("day", sessions_of_a_slot_add_up, a_day_passes, a_full_day, goes_with_its_node,
    what_is_not_there_is_empty)
