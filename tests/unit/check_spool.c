/* SPDX-License-Identifier: ISC */
/* How the spool stands. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/exchange/proof.h"
#include "common/log/spool.h"
#include "tests/unit/put.h"

#include "common/base/banned.h"

#define BIG (5u << 20) /* two of these fill a segment */

static char dir[] = "/tmp/check_spool.XXXXXX";
static struct node_config config = { .state = dir, .max_size = (uint64_t)64 << 20 };
static char *spool;

/* What is synced, and when, is the business of check_durable. */
int fdatasync(int fd)
{
	return fd < 0 ? -1 : 0;
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	proof_init();
	spool = must(spool_path(&config));
}

static void teardown(void)
{
	dir_remove_tree(AT_FDCWD, dir);
	free(spool);
}

/* Stores records from the time of `first` seconds on, a second apart. */
static void store(int n, int64_t first, size_t size)
{
	struct log *l = must(spool_open_write(&config));
	uint8_t *payload = calloc(1, size);

	for (int i = 0; i < n; i++) {
		struct record r = { .time_ns = (first + i) * INT64_C(1000000000),
			.source = "t",
			.source_len = 1,
			.payload = payload,
			.len = size };
		ck_assert_int_eq(put_record(l, log_next(l), &r, FRAME_PLAIN), 0);
	}
	free(payload);
	log_close(l);
}

static struct spool_state look(void)
{
	struct spool_state st;

	ck_assert_int_eq(spool_look(&config, &st), 0);
	return st;
}

START_TEST(nothing_yet)
{
	const struct spool_state zero = { .stored = 0 }, st = look();

	ck_assert_mem_eq(&st, &zero, sizeof(st));
}
END_TEST

START_TEST(what_waits)
{
	struct spool_state st;

	store(10, 1000, 100);
	st = look();
	ck_assert_uint_eq(st.stored, 10);
	ck_assert_uint_eq(st.waiting, 10);
	ck_assert_uint_eq(st.dropped, 0);
	ck_assert_int_eq(st.oldest, 1000);
	ck_assert_uint_gt(st.size, 1000);

	ck_assert_int_eq(log_acked_put(spool, 8), 0); /* 1 to 7 */
	st = look();
	ck_assert_uint_eq(st.stored, 10);
	ck_assert_uint_eq(st.waiting, 3);
	ck_assert_uint_eq(st.dropped, 0);
	ck_assert_int_eq(st.oldest, 1007);

	ck_assert_int_eq(log_acked_put(spool, 11), 0);
	st = look();
	ck_assert_uint_eq(st.stored, 10);
	ck_assert_uint_eq(st.waiting, 0);
	ck_assert_int_eq(st.oldest, 0);
}
END_TEST

/* The oldest is within a frame. */
START_TEST(within_a_frame)
{
	struct buf raw = BUF_INIT(4096), frame = BUF_INIT(FRAME_MAX);
	struct log *l = must(spool_open_write(&config));

	for (int i = 0; i < 5; i++) {
		struct record r = { .time_ns = (1000 + i) * INT64_C(1000000000),
			.source = "t",
			.source_len = 1,
			.payload = (const uint8_t *)"x",
			.len = 1 };
		ck_assert_int_eq(record_add(&raw, &r), 0);
	}
	ck_assert_int_eq(
	    frame_build(&frame, log_id(l), 1, 5, (const uint8_t *)raw.data, raw.len, FRAME_FAST),
	    0);
	ck_assert_int_eq(log_append(l, (const uint8_t *)frame.data, frame.len), 0);
	log_close(l);
	buf_free(&raw);
	buf_free(&frame);
	ck_assert_int_eq(log_acked_put(spool, 3), 0);
	ck_assert_uint_eq(look().waiting, 3);
	ck_assert_int_eq(look().oldest, 1002);
}
END_TEST

START_TEST(what_was_dropped)
{
	struct spool_state st;

	store(3, 1000, BIG);
	ck_assert_int_eq(log_acked_put(spool, 2), 0);
	config.max_size = (uint64_t)8 << 20;
	store(5, 2000, BIG);
	config.max_size = (uint64_t)64 << 20;
	st = look();
	ck_assert_uint_eq(st.stored, 8);
	ck_assert_uint_gt(st.dropped, 0);
	/* All but the first, which was acknowledged, wait or were dropped. */
	ck_assert_uint_eq(st.dropped + st.waiting, 7);
	ck_assert_int_eq(st.oldest, st.waiting <= 5 ? 2005 - (int64_t)st.waiting : 1000);
}
END_TEST

START_TEST(what_cannot_be_read)
{
	struct spool_state st;
	FILE *file = must(fopen(spool, "w"));

	fclose(file);
	ck_assert_int_eq(spool_look(&config, &st), -1);
	ck_assert_int_eq(errno, ENOTDIR);
}
END_TEST

SUITE_MAIN_FIXTURE("spool", setup, teardown, nothing_yet, what_waits, within_a_frame,
    what_was_dropped, what_cannot_be_read)
