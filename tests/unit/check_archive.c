/* SPDX-License-Identifier: ISC */
/* The directory store: records, what becomes of them when a node is removed, and trimming. */
#include "common/base/num.h"
#include "common/frame.h"
#include "common/log.h"
#include "common/segment.h"
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
	snprintf(p, sizeof(p), "nodes/a/log/%s%s%s", hex, name != NULL ? "/" : "",
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
	struct log_id *ids;
	struct sshkey k;
	struct node n;

	ck_assert_int_eq(store_node_remove(s, "a", false), -1);
	ck_assert_int_eq(errno, ENOENT);
	add("a");
	ck_assert_int_eq(register_key("a", 1), 0);
	store_records(7, 1, 2, 100);
	ck_assert_int_eq(store_node_remove(s, "a", false), 0);
	ck_assert_int_eq(store_node(s, "a", &n), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(names(), "");
	ck_assert_int_eq(store_session_lock(s, "a"), -1);
	ck_assert(!exists("nodes/a/secret") && !exists("nodes/a/push.pub"));
	ck_assert_str_eq(logs(), "7 ");
	ck_assert_int_eq(store_node_remove(s, "a", false), -1);
	ck_assert_int_eq(errno, ENOENT);
	add("a");
	ck_assert_str_eq(logs(), "7 ");
	ck_assert_int_eq(store_push_key(s, "a", &k), -1);
	/* With its records, whether it is a node or was one. */
	ck_assert_int_eq(store_node_remove(s, "a", false), 0);
	ck_assert_int_eq(store_node_remove(s, "a", true), 0);
	ck_assert(!exists("nodes/a") && !exists("nodes/.a"));
	ck_assert_int_eq(store_logs(s, "a", &ids), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(store_node_remove(s, "a", true), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(removing_without_records)
{
	struct log_id *ids;

	add("a");
	ck_assert_str_eq(logs(), "");
	ck_assert_int_eq(store_node_remove(s, "a", false), 0);
	ck_assert(!exists("nodes/a"));
	ck_assert_int_eq(store_logs(s, "a", &ids), -1);
	ck_assert_int_eq(errno, ENOENT);
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

/* --- The archive -------------------------------------------------------------------------------- */

START_TEST(archives)
{
	struct log_id id = id_of(7);
	uint8_t check[RECORD_CHECK], zeros[RECORD_CHECK] = { 0 };
	struct archive *a;

	add("a");
	a = store_archive_open(s, "a", &id, 5);
	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(store_archive_next(a), 5);
	memset(check, 0xff, sizeof(check));
	ck_assert_int_eq(store_archive_check(a, (const uint8_t[SEAL_KEY]){ 1 }, check), 0);
	ck_assert_mem_eq(check, zeros, sizeof(zeros));
	ck_assert(!exists("nodes/a/log")); /* made with the first frame */
	ck_assert_int_eq(append(a, 7, 5, 100), 0);
	ck_assert_int_eq(append(a, 7, 6, 100), 0);
	ck_assert_uint_eq(store_archive_next(a), 7);
	ck_assert_int_eq(append(a, 7, 6, 100), -1); /* numbers never go back */
	ck_assert_int_eq(
	    append(a, 8, 7, 100), 0); /* whose tag it bears is for the caller to check */
	store_archive_close(a);
	a = store_archive_open(s, "a", &id, 5);
	ck_assert_ptr_nonnull(a);
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
	l = log_open(p, LOG_PEEK);
	ck_assert_ptr_nonnull(l);
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

static int trim(uint8_t current)
{
	struct log_id id = id_of(current);

	return store_archive_trim(s, "a", &id);
}

START_TEST(at_most_eight_logs)
{
	add("a");
	for (uint8_t i = 1; i <= 10; i++) {
		store_records(i, 1, 1, 100);
		sleep_ms(20);
	}
	ck_assert_int_eq(mkdir(path(log_path(99, NULL)), 0700), 0);
	ck_assert_int_eq(mkdir(path("nodes/a/log/00000000000000000000000000000000.gone"), 0700), 0);
	ck_assert_int_eq(trim(10), 0);
	ck_assert_str_eq(logs(), "3 4 5 6 7 8 9 10 ");
	ck_assert(!exists(log_path(1, NULL)) && !exists(log_path(99, NULL)));
	ck_assert(!exists("nodes/a/log/00000000000000000000000000000000.gone"));
	ck_assert_int_eq(trim(10), 0);
	ck_assert_str_eq(logs(), "3 4 5 6 7 8 9 10 ");
}
END_TEST

/* Records of 5 MB: two fill a segment. */
static const char *segment(uint8_t id_byte, uint64_t first)
{
	char name[SEGMENT_NAME_LEN + 1];

	segment_name(first, name);
	return log_path(id_byte, name);
}

START_TEST(trimming_by_age)
{
	struct log_id id = id_of(2);
	char *p = store_log_path(s, "a", &id);

	add("a");
	store_records(1, 1, 1, 100);
	store_records(2, 1, 5, 5000000);
	ck_assert(exists(segment(2, 1)) && exists(segment(2, 3)) && exists(segment(2, 5)));
	ck_assert_int_eq(trim(2), 0);
	ck_assert_str_eq(logs(), "1 2 ");
	ck_assert_uint_eq(log_acked(p), 0);
	age(segment(1, 1), 31 * 86400);
	age(segment(2, 1), 31 * 86400);
	age(segment(2, 3), 29 * 86400);
	ck_assert_int_eq(trim(2), 0);
	ck_assert_str_eq(logs(), "2 ");
	ck_assert(!exists(segment(2, 1)) && exists(segment(2, 3)) && exists(segment(2, 5)));
	ck_assert_uint_eq(log_acked(p), 3); /* what lies below is no gap */
	/* The last segment of the log in use stays, for its end is where the node goes on. */
	age(segment(2, 3), 32 * 86400);
	age(segment(2, 5), 31 * 86400);
	ck_assert_int_eq(trim(2), 0);
	ck_assert(!exists(segment(2, 3)) && exists(segment(2, 5)));
	ck_assert_uint_eq(log_acked(p), 5);
	free(p);
}
END_TEST

/* The master's clock was ahead when the node still wrote another log. */
START_TEST(trimming_spares_the_current_log)
{
	char *p;
	struct log_id id = id_of(2);

	add("a");
	config.max_size = 20000000;
	config.max_age = 30 * 86400;
	store_records(1, 1, 3, 5000000);
	age(segment(1, 1), -5 * 365 * 86400);
	age(segment(1, 3), -5 * 365 * 86400);
	store_records(2, 1, 2, 5000000);
	ck_assert_int_eq(trim(2), 0);
	ck_assert_str_eq(logs(), "2 1 ");
	ck_assert(!exists(segment(1, 1)) && exists(segment(1, 3)) && exists(segment(2, 1)));
	config.max_size = 1;
	ck_assert_int_eq(trim(2), 0);
	ck_assert_str_eq(logs(), "2 ");
	/* And it may be the one of nine that seems unused the longest. */
	age(segment(2, 1), 86400);
	config.max_size = 20000000;
	for (uint8_t i = 11; i < 20; i++)
		store_records(i, 1, 1, 100);
	ck_assert_int_eq(trim(2), 0);
	p = store_log_path(s, "a", &id);
	ck_assert_uint_eq(log_acked(p), 0);
	ck_assert(exists(segment(2, 1)));
	free(p);
}
END_TEST

START_TEST(trimming_by_size)
{
	add("a");
	config.max_size = 32000000;
	store_records(1, 1, 5, 5000000); /* 25 MB in segments of 10, 10, 5 */
	store_records(2, 1, 5, 5000000);
	ck_assert_int_eq(trim(2), 0);
	/* The one longest unused first, by segments: 18 MB too much are two of them. */
	ck_assert_str_eq(logs(), "1 2 ");
	ck_assert(!exists(segment(1, 1)) && !exists(segment(1, 3)) && exists(segment(1, 5)));
	ck_assert(exists(segment(2, 1)));
	config.max_size = 20000000;
	ck_assert_int_eq(trim(2), 0);
	ck_assert_str_eq(logs(), "2 ");
	ck_assert(!exists(segment(2, 1)) && exists(segment(2, 3)) && exists(segment(2, 5)));
	config.max_size = 1;
	ck_assert_int_eq(trim(2), 0);
	ck_assert(!exists(segment(2, 3)) && exists(segment(2, 5)));
	/* One that cannot be cut goes as a whole, unless it is the one in use. */
	sleep_ms(20);
	store_records(3, 1, 1, 100);
	config.max_size = 4000000;
	ck_assert_int_eq(trim(3), 0);
	ck_assert_str_eq(logs(), "3 ");
	config.max_size = 0;
	ck_assert_int_eq(trim(3), 0);
	ck_assert_str_eq(logs(), "3 ");
}
END_TEST

STORE_MAIN("archive", removing_keeps_records, removing_without_records, purging_waits_for_a_session,
    archives, archives_that_begin_with_a_gap, logs_in_order_of_use, at_most_eight_logs,
    trimming_spares_the_current_log, trimming_by_age, trimming_by_size)
