/* SPDX-License-Identifier: ISC */
/* The directory store: records, what becomes of them when a node is removed,
 * and trimming. */
#include "common/base/num.h"
#include "common/log/frame.h"
#include "common/log/log.h"
#include "common/log/segment.h"
#include "tests/unit/temp_store.h"

#include "common/base/banned.h"

static struct log_id id_of(uint8_t b)
{
	struct log_id id;

	memset(id.b, b, sizeof(id.b));
	return id;
}

static const char *log_path(uint8_t b, const char *name)
{
	static char p[160];
	char hex[33];
	struct log_id id = id_of(b);

	hex_encode(hex, id.b, sizeof(id.b));
	snprintf(p, sizeof(p), "archives/a/%s%s%s", hex, name != NULL ? "/" : "",
	    name != NULL ? name : "");
	return p;
}

/* One record of `size` bytes that do not compress well. */
static int append(struct archive *a, uint8_t id_byte, uint64_t seq, size_t size)
{
	struct log_id id = id_of(id_byte);
	struct buf raw = BUF_INIT(RECORD_STORED_MAX), frame = BUF_INIT(FRAME_MAX);
	uint8_t *payload = malloc(size);
	struct record r = { .source = "test", .source_len = 4, .payload = payload, .len = size };
	uint32_t x = (uint32_t)seq + 1;
	int rc;

	for (size_t i = 0; i < size; i++) {
		x = x * 1664525 + 1013904223;
		payload[i] = (uint8_t)(x >> 24);
	}
	ck_assert_int_eq(record_add(&raw, &r), 0);
	ck_assert_int_eq(frame_build(&frame, &id, seq, 1, (uint8_t *)raw.data, raw.len, false), 0);
	rc = store_archive_append(a, (const uint8_t *)frame.data, frame.len);
	buf_free(&raw);
	buf_free(&frame);
	free(payload);
	return rc;
}

static void store_records(uint8_t id_byte, uint64_t from, unsigned count, size_t size)
{
	struct log_id id = id_of(id_byte);
	struct archive *a = store_archive_open(s, "a", &id, 1);

	ck_assert_ptr_nonnull(a);
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(append(a, id_byte, from + i, size), 0);
	store_archive_close(a);
}

static const char *logs(void)
{
	static char text[64];
	struct log_id *ids;
	int n = store_logs(s, "a", &ids);
	size_t at = 0;

	ck_assert_msg(n >= 0, "%s", strerror(errno));
	text[0] = '\0';
	for (int i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%d ", ids[i].b[0]);
	free(ids);
	return text;
}

START_TEST(removing_keeps_records)
{
	char all[256] = "";
	struct sshkey k;
	struct node n;

	fails(store_node_remove(s, "a", false), ENOENT);
	add("a");
	ck_assert_int_eq(register_key("a", 1), 0);
	store_records(7, 1, 2, 100);
	ck_assert_int_eq(store_node_remove(s, "a", false), 0);
	fails(store_node(s, "a", &n), ENOENT);
	ck_assert_str_eq(names(), "");
	ck_assert_int_eq(store_session_lock(s, "a"), -1);
	ck_assert(!exists("nodes/a/secret") && !exists("nodes/a/push.pub"));
	ck_assert_str_eq(logs(), "7 ");
	fails(store_node_remove(s, "a", false), ENOENT);
	add("a");
	ck_assert_str_eq(logs(), "7 ");
	ck_assert_int_eq(store_push_key(s, "a", &k), -1);
	/* With its records, whether it is a node or was one. */
	ck_assert_int_eq(store_node_remove(s, "a", false), 0);
	ck_assert_int_eq(store_node_remove(s, "a", true), 0);
	ck_assert(!exists("nodes/a"));
	ck_assert_int_eq(store_each_removed(s, count_names, all), 0);
	ck_assert_str_eq(all, "");
	fails(store_node_remove(s, "a", true), ENOENT);
}
END_TEST

START_TEST(removing_without_records)
{
	struct log_id *ids;

	add("a");
	ck_assert_str_eq(logs(), "");
	ck_assert_int_eq(store_node_remove(s, "a", false), 0);
	ck_assert(!exists("nodes/a"));
	fails(store_logs(s, "a", &ids), ENOENT);
}
END_TEST

START_TEST(purging_waits_for_a_session)
{
	int lock;

	add("a");
	store_records(7, 1, 1, 100);
	lock = store_session_lock(s, "a");
	ck_assert_int_ne(lock, -1);
	/* In another process, which looks for ten seconds. */
	if (fork() == 0) {
		sleep(1);
		_exit(0); /* its copy of the lock goes with it */
	}
	close(lock);
	ck_assert_int_eq(store_node_remove(s, "a", true), 0);
	ck_assert(!exists("nodes/a"));
}
END_TEST

/* --- The archive --- */

START_TEST(archives)
{
	struct log_id id = id_of(7);
	uint8_t check[RECORD_CHECK], zeros[RECORD_CHECK] = { 0 };
	struct archive *a;

	add("a");
	a = must(store_archive_open(s, "a", &id, 5));
	ck_assert_uint_eq(store_archive_next(a), 5);
	memset(check, 0xff, sizeof(check));
	ck_assert_int_eq(store_archive_check(a, (const uint8_t[SEAL_KEY]){ 1 }, check), 0);
	ck_assert_mem_eq(check, zeros, sizeof(zeros));
	ck_assert(!exists("archives/a")); /* made with the first frame */
	ck_assert_int_eq(append(a, 7, 5, 100), 0);
	ck_assert_int_eq(append(a, 7, 6, 100), 0);
	ck_assert_uint_eq(store_archive_next(a), 7);
	ck_assert_int_eq(append(a, 7, 6, 100), -1); /* numbers never go back */
	ck_assert_int_eq(
	    append(a, 8, 7, 100), 0); /* whose tag it bears is for the caller to check */
	store_archive_close(a);
	a = must(store_archive_open(s, "a", &id, 5));
	ck_assert_uint_eq(
	    store_archive_next(a), 7); /* and what bears another is no frame of this log */
	ck_assert_int_eq(store_archive_check(a, (const uint8_t[SEAL_KEY]){ 1 }, check), 0);
	ck_assert_mem_ne(check, zeros, sizeof(zeros));
	ck_assert_int_eq(store_archive_jump(a, 7), 0);
	ck_assert_int_eq(store_archive_jump(a, 3), 0);
	ck_assert_uint_eq(store_archive_next(a), 7);
	ck_assert_int_eq(store_archive_jump(a, 20), 0);
	ck_assert_uint_eq(store_archive_next(a), 20);
	ck_assert_int_eq(store_archive_check(a, (const uint8_t[SEAL_KEY]){ 1 }, check), 0);
	ck_assert_mem_eq(check, zeros, sizeof(zeros)); /* record 19 is not held */
	store_archive_close(a);
	a = store_archive_open(s, "a", &id, 5);
	ck_assert_uint_eq(store_archive_next(a), 20);
	store_archive_close(a);
}
END_TEST

START_TEST(archives_that_begin_with_a_gap)
{
	struct log_id id = id_of(7), other = id_of(8);
	struct archive *a;
	struct log *l;
	char *p;

	add("a");
	a = store_archive_open(s, "a", &id, 5);
	ck_assert_int_eq(append(a, 7, 9, 100), 0);
	ck_assert_uint_eq(store_archive_next(a), 10);
	store_archive_close(a);
	p = store_log_path(s, "a", &id);
	l = must(log_open(p, LOG_PEEK));
	ck_assert_uint_eq(log_base(l), 5);
	ck_assert_uint_eq(log_first(l), 9);
	log_close(l);
	free(p);
	a = store_archive_open(s, "a", &other, 5);
	ck_assert_int_eq(store_archive_jump(a, 12), 0);
	ck_assert_uint_eq(store_archive_next(a), 12);
	store_archive_close(a);
	a = store_archive_open(s, "a", &other, 5);
	ck_assert_uint_eq(store_archive_next(a), 12);
	store_archive_close(a);
}
END_TEST

START_TEST(logs_in_order_of_use)
{
	add("a");
	store_records(3, 1, 1, 100);
	sleep_ms(20); /* more than the file system's clock may be coarse by */
	store_records(1, 1, 1, 100);
	sleep_ms(20);
	store_records(2, 1, 1, 100);
	ck_assert_str_eq(logs(), "3 1 2 ");
	sleep_ms(20);
	store_records(1, 2, 1, 100);
	ck_assert_str_eq(logs(), "3 2 1 ");
	/* One that was killed before it had a segment. */
	ck_assert_int_eq(mkdir(path(log_path(9, NULL)), 0700), 0);
	ck_assert_str_eq(logs(), "3 2 1 ");
}
END_TEST

/* Records of 5 MB: two fill a segment. */
static const char *segment(uint8_t id_byte, uint64_t first)
{
	char name[SEGMENT_NAME_LEN + 1];

	segment_name(first, name);
	return log_path(id_byte, name);
}

static uint64_t early; /* of the last trim() */

static int trim(uint8_t current)
{
	struct log_id id = id_of(current);

	early = 0;
	return store_archive_trim(s, "a", &id, NULL, &early);
}

/* What one that was killed left. */
START_TEST(trimming_clears_up)
{
	add("a");
	store_records(1, 1, 1, 100);
	ck_assert_int_eq(mkdir(path(log_path(99, NULL)), 0700), 0);
	ck_assert_int_eq(mkdir(path("archives/a/00000000000000000000000000000000.gone"), 0700), 0);
	ck_assert_int_eq(trim(1), 0);
	ck_assert_str_eq(logs(), "1 ");
	ck_assert(!exists(log_path(99, NULL)));
	ck_assert(!exists("archives/a/00000000000000000000000000000000.gone"));
}
END_TEST

/* Ids that begin anew again and again delete nothing; the number that only an
 * attack has refuses the next. */
START_TEST(many_logs)
{
	struct log_id id = id_of(77), other;
	struct archive *a;
	char hex[33], name[80];

	add("a");
	for (uint8_t i = 1; i <= 20; i++)
		store_records(i, 1, 1, 100);
	ck_assert_int_eq(trim(20), 0);
	for (uint8_t i = 1; i <= 20; i++)
		ck_assert(exists(log_path(i, NULL)));
	for (unsigned i = 20; i < 1000; i++) {
		memset(other.b, 0xee, sizeof(other.b));
		other.b[0] = (uint8_t)(i >> 8);
		other.b[1] = (uint8_t)i;
		hex_encode(hex, other.b, sizeof(other.b));
		snprintf(name, sizeof(name), "archives/a/%s", hex);
		ck_assert_int_eq(mkdir(path(name), 0700), 0);
		/* With a segment: what has none is cleared up. */
		snprintf(name, sizeof(name), "archives/a/%s/0000000000000001.seg", hex);
		ck_assert_int_ne(close(open(path(name), O_CREAT | O_WRONLY, 0600)), -1);
	}
	ck_assert_ptr_null(store_archive_open(s, "a", &id, 1));
	ck_assert_int_eq(errno, EMLINK);
	/* One that is there goes on. */
	id = id_of(3);
	a = must(store_archive_open(s, "a", &id, 1));
	ck_assert_int_eq(append(a, 3, 2, 100), 0);
	store_archive_close(a);
	/* And there is room when others have passed their age. */
	for (uint8_t i = 10; i <= 15; i++) {
		age(segment(i, 1), 31 * 86400);
	}
	id = id_of(77);
	ck_assert_ptr_null(store_archive_open(s, "a", &id, 1));
	for (uint8_t i = 10; i <= 15; i++) {
		/* Of each the place where it stood was kept. */
		ck_assert(!exists(segment(i, 1)) && exists(segment(i, 2)));
		age(segment(i, 2), 31 * 86400);
	}
	a = must(store_archive_open(s, "a", &id, 1));
	store_archive_close(a);
}
END_TEST

static char *path_of(uint8_t b)
{
	struct log_id id = id_of(b);

	return store_log_path(s, "a", &id);
}

START_TEST(trimming_by_age)
{
	char *p = path_of(2);

	add("a");
	store_records(1, 1, 1, 100);
	store_records(2, 1, 5, 5000000);
	ck_assert(exists(segment(2, 1)) && exists(segment(2, 3)) && exists(segment(2, 5)));
	ck_assert_int_eq(trim(2), 0);
	ck_assert_uint_eq(log_acked(p), 0);
	age(segment(1, 1), 31 * 86400);
	age(segment(2, 1), 31 * 86400);
	age(segment(2, 3), 29 * 86400);
	ck_assert_int_eq(trim(2), 0);
	ck_assert_uint_eq(early, 0);
	/* Of the other log it is known for some more time where it stood. */
	ck_assert(!exists(segment(1, 1)) && exists(segment(1, 2)));
	ck_assert(!exists(segment(2, 1)) && exists(segment(2, 3)) && exists(segment(2, 5)));
	ck_assert_uint_eq(log_acked(p), 3); /* what lies below is no gap */
	free(p);
	p = path_of(1);
	ck_assert_uint_eq(log_acked(p), 2);
	age(segment(1, 2), 31 * 86400);
	/* The last segment of the log in use stays, for its end is where the
	 * node goes on. */
	age(segment(2, 3), 32 * 86400);
	age(segment(2, 5), 31 * 86400);
	ck_assert_int_eq(trim(2), 0);
	ck_assert_str_eq(logs(), "2 ");
	ck_assert(!exists(segment(2, 3)) && exists(segment(2, 5)));
	free(p);
	p = path_of(2);
	ck_assert_uint_eq(log_acked(p), 5);
	free(p);
}
END_TEST

/* The master's clock was ahead when the node still wrote another log. */
START_TEST(trimming_spares_the_current_log)
{
	add("a");
	config.max_size = 20000000;
	store_records(1, 1, 3, 5000000);
	age(segment(1, 1), -5 * 365 * 86400);
	age(segment(1, 3), -5 * 365 * 86400);
	store_records(2, 1, 2, 5000000);
	ck_assert_int_eq(trim(2), 0);
	ck_assert(!exists(segment(1, 1)) && exists(segment(1, 3)) && exists(segment(2, 1)));
	config.max_size = 1;
	ck_assert_int_eq(trim(2), 0);
	ck_assert(!exists(segment(1, 3)) && exists(segment(1, 4)) && exists(segment(2, 1)));
	/* However long it seems unused. */
	age(segment(2, 1), 86400 * 60);
	ck_assert_int_eq(trim(2), 0);
	ck_assert(exists(segment(2, 1)));
}
END_TEST

/* What is removed before its time is counted, and is a gap. */
START_TEST(trimming_by_size)
{
	char *p = path_of(1);

	add("a");
	config.max_size = 32000000;
	store_records(1, 1, 5, 5000000); /* 25 MB in segments of 10, 10, 5 */
	store_records(2, 1, 5, 5000000);
	ck_assert_int_eq(trim(2), 0);
	/* The one longest unused first, by segments: 18 MB too much are two of
	 * them. */
	ck_assert(!exists(segment(1, 1)) && !exists(segment(1, 3)) && exists(segment(1, 5)));
	ck_assert(exists(segment(2, 1)));
	ck_assert_uint_eq(early, 4);
	ck_assert_uint_eq(log_acked(p), 0);
	config.max_size = 20000000;
	ck_assert_int_eq(trim(2), 0);
	ck_assert(!exists(segment(1, 5)) && exists(segment(1, 6)));
	ck_assert(!exists(segment(2, 1)) && exists(segment(2, 3)) && exists(segment(2, 5)));
	config.max_size = 1;
	ck_assert_int_eq(trim(2), 0);
	ck_assert(!exists(segment(2, 3)) && exists(segment(2, 5)));
	/* A node that comes back to a log whose records are gone goes on where
	 * it stood. */
	config.max_size = 32000000;
	store_records(1, 6, 1, 100);
	ck_assert_int_eq(trim(1), 0);
	ck_assert(exists(segment(1, 6)));
	free(p);
}
END_TEST

/* While a session is at work, its own log and the others. */
START_TEST(trimming_an_open_log)
{
	struct log_id id = id_of(2);
	struct archive *a;
	unsigned begun = 0;

	add("a");
	config.max_size = 32000000;
	store_records(1, 1, 5, 5000000);
	a = must(store_archive_open(s, "a", &id, 1));
	for (uint64_t seq = 1; seq <= 20; seq++) {
		ck_assert_int_eq(append(a, 2, seq, 5000000), 0);
		if (store_archive_begun(a) != begun)
			ck_assert_int_eq(store_archive_trim(s, "a", &id, a, &early), 0);
		begun = store_archive_begun(a);
	}
	ck_assert_uint_eq(begun, 10);
	ck_assert(!exists(segment(1, 1)) && !exists(segment(1, 5)) && !exists(segment(2, 13)));
	ck_assert(exists(segment(2, 15)) && exists(segment(2, 17)) && exists(segment(2, 19)));
	store_archive_close(a);
	a = store_archive_open(s, "a", &id, 1);
	ck_assert_uint_eq(store_archive_next(a), 21);
	store_archive_close(a);
}
END_TEST

/* Segments without a byte of payload are not free, nor are gaps without
 * records. */
START_TEST(nothing_is_not_free)
{
	struct log_id id = id_of(2);
	struct archive *a;

	add("a");
	a = must(store_archive_open(s, "a", &id, 1));
	for (uint64_t seq = 10; seq <= 1000; seq += 10)
		ck_assert_int_eq(store_archive_jump(a, seq), 0);
	ck_assert_uint_gt(store_archive_begun(a), 0);
	store_archive_close(a);
	ck_assert(exists(segment(2, 1000)) && !exists(segment(2, 990)));
	/* 20 records of a few bytes, each in a segment of its own: 8,192
	 * each. */
	a = store_archive_open(s, "a", &id, 1);
	for (uint64_t seq = 1000; seq < 1040; seq += 2) {
		ck_assert_int_eq(append(a, 2, seq, 10), 0);
		ck_assert_int_eq(store_archive_jump(a, seq + 2), 0);
	}
	store_archive_close(a);
	config.max_size = 10 * 8192;
	ck_assert_int_eq(trim(2), 0);
	ck_assert_uint_eq(early, 22); /* numbers, of gaps too */
	ck_assert(!exists(segment(2, 1020)) && exists(segment(2, 1022)));
}
END_TEST

/* Less than archive.min_free is free, whoever took it. */
START_TEST(no_room)
{
	struct log_id id = id_of(2);
	struct store_room r;
	struct archive *a;
	char text[STORE_ROOM_MAX];

	add("a");
	a = store_archive_open(s, "a", &id, 1);
	ck_assert_int_eq(append(a, 2, 1, 100), 0);
	ck_assert_int_eq(store_room(s, &r), 0);
	ck_assert_ptr_null(store_room_text(&r, text));
	config.archive_free = (uint64_t)1 << 50;
	fails(append(a, 2, 2, 100), ENOSPC);
	fails(store_archive_jump(a, 20), ENOSPC);
	ck_assert_int_eq(store_room(s, &r), 0);
	ck_assert_ptr_nonnull(strstr(store_room_text(&r, text), "no space"));
	config.archive_free = 0;
	ck_assert_int_eq(append(a, 2, 2, 100), 0);
	store_archive_close(a);
	r = (struct store_room){ .inodes = 3, .min_inodes = 1024 };
	ck_assert_ptr_nonnull(strstr(store_room_text(&r, text), "no inodes"));
	r = (struct store_room){ .read_only = true };
	ck_assert_ptr_nonnull(strstr(store_room_text(&r, text), "read-only"));
}
END_TEST

/* Our own purge is no loss of the node, nor does what was purged come again. */
START_TEST(purged_and_added_again)
{
	struct log_id id = id_of(7);
	struct archive *a;
	char *p = path_of(7), all[256] = "";

	add("a");
	store_records(7, 1, 12, 100);
	/* One that cannot be read goes, too. */
	store_records(9, 1, 1, 100);
	ck_assert_int_eq(truncate(path(segment(9, 1)), 10), 0);
	ck_assert_int_eq(store_node_remove(s, "a", true), 0);
	ck_assert(!exists("nodes/a"));
	ck_assert_int_eq(store_each_removed(s, count_names, all), 0);
	ck_assert_str_eq(all, "");
	add("a");
	a = must(store_archive_open(s, "a", &id, 1));
	ck_assert_uint_eq(store_archive_next(a), 13);
	ck_assert_int_eq(append(a, 7, 13, 100), 0);
	store_archive_close(a);
	ck_assert_uint_eq(log_acked(p), 13);
	free(p);
	/* Another log is none of it. */
	id = id_of(8);
	a = store_archive_open(s, "a", &id, 5);
	ck_assert_uint_eq(store_archive_next(a), 5);
	store_archive_close(a);
}
END_TEST

STORE_MAIN("archive", removing_keeps_records, removing_without_records, purging_waits_for_a_session,
    archives, archives_that_begin_with_a_gap, logs_in_order_of_use, trimming_clears_up, many_logs,
    trimming_spares_the_current_log, trimming_by_age, trimming_by_size, trimming_an_open_log,
    nothing_is_not_free, no_room, purged_and_added_again)
