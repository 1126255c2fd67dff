/* SPDX-License-Identifier: ISC */
/* A feed: what COMMAND gets, and when a cursor moves. */
#include <sys/syscall.h>
#include <sysexits.h>

#include "common/base/lock.h"
#include "common/base/num.h"
#include "common/log/log.h"
#include "common/log/segment.h"
#include "master/feed/lag.h"
#include "master/feed/run.h"
#include "master/feed/seen.h"
#include "master/store/feed.h"
#include "tests/unit/put.h"
#include "tests/unit/temp_store.h"

#include "common/base/banned.h"

/* --- What becomes durable, one letter for each call --- */

static char calls[64];

static void note(char c)
{
	size_t n = strlen(calls);

	if (n + 1 < sizeof(calls))
		calls[n] = c;
}

int fsync(int fd)
{
	struct stat st;

	note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'D' : 'F');
	return (int)syscall(SYS_fsync, fd);
}

int syncfs(int fd)
{
	(void)fd;
	note('A'); /* all; the test does not wait for the disk */
	return 0;
}

int renameat(int from, const char *a, int to, const char *b)
{
	note('R');
	return (int)syscall(SYS_renameat2, from, a, to, b, 0);
}

/* --- A store with records --- */

static const struct log_id ids[] = { { { 1 } }, { { 2 } } };

/* Records from..to of a log: "NODE LOG SEQ", of source a where SEQ is odd, else b. */
static void store_some(const char *node, unsigned log, uint64_t from, uint64_t to)
{
	struct archive *a = must(store_archive_open(s, node, &ids[log], 1));
	struct buf raw = BUF_INIT(4096), frame = BUF_INIT(FRAME_MAX);

	for (uint64_t seq = from; seq <= to; seq++) {
		char text[64];
		struct record r = { .time_ns = (int64_t)seq * 1000000000,
			.source = seq % 2 == 1 ? "a" : "b",
			.source_len = 1,
			.payload = (uint8_t *)text,
			.len =
			    (size_t)snprintf(text, sizeof(text), "%s %u %d", node, log, (int)seq) };

		buf_reset(&raw);
		buf_reset(&frame);
		ck_assert_int_eq(record_add(&raw, &r), 0);
		ck_assert_int_eq(frame_build(&frame, &ids[log], seq, 1, (uint8_t *)raw.data,
				     raw.len, FRAME_PLAIN),
		    0);
		ck_assert_int_eq(store_archive_append(a, (uint8_t *)frame.data, frame.len), 0);
	}
	store_archive_close(a);
	buf_free(&raw);
	buf_free(&frame);
}

static void add_with(const char *node, uint64_t to)
{
	add(node);
	store_some(node, 0, 1, to);
}

/* --- Running it --- */

static char script[256], shell[] = "/bin/sh", nothing[] = "/dev/null/none", minus_c[] = "-c";
static char *command[] = { shell, minus_c, script, NULL };
static struct feed_plan o = {
	.name = "f", .format = FEED_RAW, .batch = 8 << 20, .timeout = 60, .command = command
};

/* COMMAND adds a batch and a line `|` to `out`, and then does this. */
static int run(const char *then)
{
	snprintf(script, sizeof(script), "cd '%s' && cat >>out && echo '|' >>out; %s", dir, then);
	return feed_run(s, &o);
}

static const char *text_of(const char *name)
{
	static struct buf b = BUF_INIT(1 << 20);

	buf_reset(&b);
	if (file_read(AT_FDCWD, path(name), &b) == -1 || b.data == NULL)
		return "";
	for (char *p = b.data; *p != '\0'; p++) {
		if (*p == '\n')
			*p = ',';
	}
	return b.data;
}

/* What COMMAND got since this was last called. */
static const char *got(void)
{
	const char *text = text_of("out");

	unlink(path("out"));
	return text;
}

/* The cursor of a node in short: "LOG:NEXT:MISSED " for each log. */
static const char *cursor(const char *node)
{
	static char text[128];
	int fd = store_feed_open(s, "f", false);
	struct feed_cursor c;
	size_t n = 0;

	text[0] = '\0';
	if (fd == -1 || store_cursor_read(fd, node, &c) == -1)
		return "none";
	for (size_t i = 0; i < c.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%d:%d:%d ", c.v[i].log.b[0] - 1,
		    (int)c.v[i].next, (int)c.v[i].missed);
	feed_cursor_free(&c);
	close(fd);
	return text;
}

static struct feed_lag lag;

static int keep_lag(const struct feed_lag *l, void *arg)
{
	(void)arg;
	lag = *l;
	return 0;
}

static const struct feed_lag *look(void)
{
	lag = (struct feed_lag){ .name = NULL };
	ck_assert_int_eq(feed_each_lag(s, 1000, keep_lag, NULL), 0);
	return &lag;
}

/* --- Delivering --- */

START_TEST(once_and_in_order)
{
	add_with("a", 3);
	store_some("a", 1, 1, 2);
	add_with("b", 1);
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "a 0 1,a 0 2,a 0 3,|,a 1 1,a 1 2,|,b 0 1,|,");
	ck_assert_str_eq(cursor("a"), "0:4:0 1:3:0 ");
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "");
	store_some("a", 0, 4, 5);
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "a 0 4,a 0 5,|,");
}
END_TEST

/* What came in the same tick of the clock, too. */
START_TEST(news_of_any_kind)
{
	add_with("a", 1);
	for (uint64_t seq = 2; seq < 9; seq++) {
		age("archives/a", 60);
		age("archives/a/01000000000000000000000000000000", 60);
		ck_assert_int_eq(run("exit 0"), 0);
		store_some("a", 0, seq, seq);
		ck_assert_uint_eq(look()->lag, 1);
	}
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_uint_eq(look()->lag, 0);
	store_some("a", 1, 1, 1);
	ck_assert_uint_eq(look()->lag, 1);
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert(strstr(got(), "a 0 8,|,a 1 1,|,") != NULL);
	/* Removing a cursor repeats the node. */
	age("archives/a", 60);
	ck_assert_int_eq(unlink(path("feeds/f/a")), 0);
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert(strncmp(got(), "a 0 1,a 0 2,", 12) == 0);
}
END_TEST

/* After a crash a record may take the place of as many bytes that were none. */
START_TEST(as_many_bytes)
{
	char segment[SEGMENT_NAME_LEN + 1], file[128];
	struct node_mark m;

	add_with("a", 1);
	ck_assert_int_eq(store_mark(s, "a", &m), 0);
	ck_assert(store_mark_holds(s, "a", &m));
	segment_name(1, segment);
	snprintf(file, sizeof(file), "archives/a/01000000000000000000000000000000/%s", segment);
	age(file, 60);
	ck_assert(!store_mark_holds(s, "a", &m));
	node_mark_free(&m);
}
END_TEST

START_TEST(failure_repeats)
{
	add_with("a", 2);
	ck_assert_int_eq(run("exit 1"), EX_TEMPFAIL);
	ck_assert_str_eq(got(), "a 0 1,a 0 2,|,");
	ck_assert_str_eq(cursor("a"), "none");
	ck_assert(look()->state.failure != 0 && strstr(lag.state.reason, "ended with 1") != NULL);
	ck_assert_uint_eq(lag.lag, 2);
	ck_assert_int_eq(lag.oldest, 999);
	ck_assert_int_eq(run("kill -9 $$"), EX_TEMPFAIL);
	store_some("a", 0, 3, 3);
	got();
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "a 0 1,a 0 2,a 0 3,|,");
	ck_assert_str_eq(look()->state.reason, "");
	ck_assert_uint_eq(lag.state.records, 3);
	ck_assert_int_eq(lag.oldest, -1);
}
END_TEST

START_TEST(not_in_time)
{
	add_with("a", 1);
	o.timeout = 1;
	ck_assert_int_eq(run("exec sleep 60"), EX_TEMPFAIL);
	ck_assert_str_eq(cursor("a"), "none");
	command[0] = nothing;
	ck_assert_int_eq(run("exit 0"), EX_TEMPFAIL);
	ck_assert(strstr(look()->state.reason, "Not a directory") != NULL);
}
END_TEST

START_TEST(rejected_is_kept)
{
	add_with("a", 1);
	for (uint64_t seq = 2; seq < FEED_REJECTS + 5; seq++) {
		ck_assert_int_eq(run("exit 65"), EX_DATAERR);
		store_some("a", 0, seq, seq);
	}
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_int_eq(look()->rejects, FEED_REJECTS);
	ck_assert_uint_eq(lag.state.rejected, FEED_REJECTS + 3);
	ck_assert_uint_eq(lag.lag, 0);
}
END_TEST

static bool is_raw(const char *name)
{
	return strstr(name, ".raw") != NULL;
}

START_TEST(rejected_is_whole)
{
	struct name_list l;
	char name[400];

	add_with("a", 3);
	ck_assert_int_eq(run("exit 65"), EX_DATAERR);
	ck_assert_int_eq(name_list_read(&l, open(path("feeds/f/rejected"), O_RDONLY), is_raw), 0);
	ck_assert_uint_eq(l.n, 1);
	ck_assert(strstr(l.v[0], "_a_01000000000000000000000000000000_1-3.raw") != NULL);
	snprintf(name, sizeof(name), "feeds/f/rejected/%s", l.v[0]);
	ck_assert_str_eq(text_of(name), "a 0 1,a 0 2,a 0 3,");
	name_list_free(&l);
}
END_TEST

/* In batches of one record; the middle one fails. */
START_TEST(confirmed_in_part)
{
	add_with("a", 3);
	o.batch = 1;
	ck_assert_int_eq(run("[ $BIJK_FIRST$BIJK_LAST != 22 ]"), EX_TEMPFAIL);
	ck_assert_str_eq(cursor("a"), "0:2:0 ");
	ck_assert_str_eq(got(), "a 0 1,|,a 0 2,|,");
	ck_assert_int_eq(run("[ $BIJK_NODE = a ] && [ ${#BIJK_LOG} = 32 ]"), 0);
	ck_assert_str_eq(got(), "a 0 2,|,a 0 3,|,");
}
END_TEST

START_TEST(of_a_source)
{
	add_with("a", 6);
	o.sources[0] = "[b-z]";
	o.sources_n = 1;
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "a 0 2,a 0 4,a 0 6,|,");
	store_some("a", 0, 7, 7);
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "");
	ck_assert_str_eq(cursor("a"), "0:8:0 ");
	o.sources_n = 0;
}
END_TEST

START_TEST(from_now)
{
	add_with("a", 3);
	o.from_now = true;
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "");
	ck_assert_str_eq(cursor("a"), "0:4:0 ");
	/* What comes later is whole. */
	add_with("b", 2);
	store_some("a", 0, 4, 4);
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "a 0 4,|,b 0 1,b 0 2,|,");
	o.from_now = false;
}
END_TEST

START_TEST(many_nodes_in_a_batch)
{
	add_with("a", 2);
	add_with("b", 1);
	o.format = FEED_JSON;
	ck_assert_int_eq(run("exit 1"), EX_TEMPFAIL);
	ck_assert_str_eq(cursor("a"), "none");
	unlink(path("out"));
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(cursor("a"), "0:3:0 ");
	ck_assert_str_eq(cursor("b"), "0:2:0 ");
	ck_assert_str_eq(got(),
	    "{\"node\":\"a\",\"log\":\"01000000000000000000000000000000\",\"seq\":1,\"time\":"
	    "\"1970-01-01T00:00:01.000000000Z\",\"source\":\"a\",\"payload\":\"a 0 1\"},"
	    "{\"node\":\"a\",\"log\":\"01000000000000000000000000000000\",\"seq\":2,\"time\":"
	    "\"1970-01-01T00:00:02.000000000Z\",\"source\":\"b\",\"payload\":\"a 0 2\"},"
	    "{\"node\":\"b\",\"log\":\"01000000000000000000000000000000\",\"seq\":1,\"time\":"
	    "\"1970-01-01T00:00:01.000000000Z\",\"source\":\"a\",\"payload\":\"b 0 1\"},|,");
	o.format = FEED_RAW;
}
END_TEST

/* Lines that are not of the format: told, counted, and left out. */
START_TEST(refused_lines)
{
	add_with("a", 2);
	o.format = FEED_INFLUX;
	ck_assert_int_eq(run("exit 0"), EX_DATAERR);
	ck_assert_str_eq(got(), "");
	ck_assert_uint_eq(look()->state.refused, 2);
	ck_assert_str_eq(cursor("a"), "0:3:0 ");
	o.format = FEED_RAW;
}
END_TEST

START_TEST(one_run_at_a_time)
{
	int fd, lock;

	add_with("a", 1);
	fd = store_feed_open(s, "f", true);
	lock = lock_take(fd, ".lock", 0);
	ck_assert_int_ne(lock, -1);
	ck_assert_int_eq(run("exit 0"), EX_TEMPFAIL);
	close(lock);
	ck_assert_int_eq(run("exit 0"), 0);
}
END_TEST

/* A session holds the log: what lies before its last segment is delivered. */
START_TEST(while_a_session_writes)
{
	struct archive *a;

	add_with("a", 2);
	a = must(store_archive_open(s, "a", &ids[0], 1));
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "");
	ck_assert_int_eq(store_archive_jump(a, 4), 0);
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "a 0 1,a 0 2,|,");
	ck_assert_str_eq(cursor("a"), "0:4:0 ");
	store_archive_close(a);
}
END_TEST

/* --- What is removed --- */

static const char log_a[] = "archives/a/01000000000000000000000000000000";

/* Records 1 and 2 in a first segment, 4 in a second one; both are old. */
static void make_old(void)
{
	struct archive *a;
	char name[128];

	add_with("a", 2);
	a = must(store_archive_open(s, "a", &ids[0], 1));
	ck_assert_int_eq(store_archive_jump(a, 4), 0);
	store_archive_close(a);
	store_some("a", 0, 4, 4);
	snprintf(name, sizeof(name), "%s/0000000000000001.seg", log_a);
	age(name, 40 * 86400);
	snprintf(name, sizeof(name), "%s/0000000000000004.seg", log_a);
	age(name, 40 * 86400);
}

static void trim(void)
{
	static const struct log_id other;
	uint64_t early = 0;

	ck_assert_int_eq(store_archive_trim(s, "a", &other, NULL, &early), 0);
}

START_TEST(trimmed_first_is_missed)
{
	make_old();
	o.batch = 1;
	ck_assert_int_eq(run("[ $BIJK_FIRST = 1 ]"), EX_TEMPFAIL);
	got();
	trim();
	/* 2 to 4, of which 3 never was. */
	ck_assert_uint_eq(look()->missed, 3);
	ck_assert_uint_eq(look()->lag, 0);
	store_some("a", 0, 5, 5);
	ck_assert_uint_eq(look()->missed, 3);
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "a 0 5,|,");
	ck_assert_str_eq(cursor("a"), "0:6:3 ");
	ck_assert_uint_eq(look()->missed, 3);
	o.batch = 8 << 20;
}
END_TEST

START_TEST(retention_waits)
{
	char f[] = "f", *feeds[] = { f };
	char first[128];

	config.keep_for = (struct yaml_list){ feeds, 1 };
	snprintf(first, sizeof(first), "%s/0000000000000001.seg", log_a);
	make_old();
	ck_assert(!look()->begun && lag.kept_for);
	trim();
	ck_assert(exists(first));
	o.batch = 1;
	ck_assert_int_eq(run("[ $BIJK_FIRST = 1 ]"), EX_TEMPFAIL);
	trim();
	ck_assert(exists(first));
	ck_assert_int_eq(run("exit 0"), 0);
	ck_assert_str_eq(got(), "a 0 1,|,a 0 2,|,a 0 2,|,a 0 4,|,");
	ck_assert_str_eq(cursor("a"), "0:5:0 ");
	trim();
	ck_assert(!exists(first));
	ck_assert_uint_eq(look()->missed, 0);
	o.batch = 8 << 20;
	config.keep_for.n = 0;
}
END_TEST

/* --- Cursors --- */

START_TEST(cursors_are_durable)
{
	int fd = store_feed_open(s, "f", true);
	struct feed_position p = { .log = ids[0], .next = 7, .missed = 2 };
	struct feed_move v[] = { { .node = "a", .cursor = { &p, 1 } },
		{ .node = "rejected", .cursor = { &p, 1 } } };

	memset(calls, 0, sizeof(calls));
	ck_assert_int_eq(store_cursors_put(fd, v, 1), 0);
	ck_assert_str_eq(calls, "FRD");
	memset(calls, 0, sizeof(calls));
	ck_assert_int_eq(store_cursors_put(fd, v, 2), 0);
	ck_assert_str_eq(calls, "ARRD");
	ck_assert_str_eq(cursor("a"), "0:7:2 ");
	ck_assert_str_eq(cursor("rejected"), "0:7:2 ");
	ck_assert(!exists("feeds/f/rejected"));
	close(fd);
}
END_TEST

START_TEST(damaged_cursors)
{
	static const char *const bad[] = { "", "x", "01 1 0\n",
		"01000000000000000000000000000000 1\n", "01000000000000000000000000000000 0 0\n",
		"01000000000000000000000000000000 1 0",
		"01000000000000000000000000000000 1 0\n01000000000000000000000000000000 1 0\n" };
	struct feed_cursor c;
	int fd;

	add_with("a", 1);
	add_with("b", 1);
	ck_assert_int_eq(run("exit 0"), 0);
	fd = store_feed_open(s, "f", false);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(
		    file_replace(fd, "a", bad[i], strlen(bad[i]), 0600, FILE_UNSYNCED), 0);
		fails(store_cursor_read(fd, "a", &c), EBADMSG);
	}
	/* The others go on. */
	store_some("b", 0, 2, 2);
	got();
	ck_assert_int_eq(run("exit 0"), EX_DATAERR);
	ck_assert_str_eq(got(), "b 0 2,|,");
	ck_assert_int_eq(look()->unread, 1);
	close(fd);
}
END_TEST

START_TEST(half_of_seen)
{
	static const char whole[] = "node a 1 2 3\n"
				    "log 01000000000000000000000000000000 4 5 6 7\n"
				    "node b 1 2 3\nend\n";
	int fd = store_feed_open(s, "f", true);
	struct seen seen;

	for (size_t n = 0; n <= strlen(whole); n++) {
		ck_assert_int_eq(file_replace(fd, ".seen", whole, n, 0600, FILE_UNSYNCED), 0);
		seen_read(&seen, fd);
		ck_assert_uint_eq(seen.n, n == strlen(whole) ? 2 : 0);
		seen_free(&seen);
	}
	close(fd);
}
END_TEST

STORE_MAIN("feed", once_and_in_order, news_of_any_kind, as_many_bytes, failure_repeats, not_in_time,
    rejected_is_kept, rejected_is_whole, confirmed_in_part, of_a_source, from_now,
    many_nodes_in_a_batch, refused_lines, one_run_at_a_time, while_a_session_writes,
    trimmed_first_is_missed, retention_waits, cursors_are_durable, damaged_cursors, half_of_seen)
