/* SPDX-License-Identifier: ISC */
/* What bijk-cat prints of a log, gaps above all. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/exchange/proof.h"
#include "common/log/log.h"
#include "master/cat/cat.h"
#include "tests/unit/put.h"

#include "common/base/banned.h"

#define SECOND INT64_C(1000000000)
#define ID "07070707070707070707070707070707"

static char dir[] = "/tmp/check_cat.XXXXXX";
static char log_dir[64], out_file[64];
static struct log_id id;
static struct cat_filter all = { .since_ns = INT64_MIN, .until_ns = INT64_MAX, .form = CAT_JSON };

static void setup(void)
{
	proof_init();
	memset(id.b, 7, sizeof(id.b));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(log_dir, sizeof(log_dir), "%s/log", dir);
	snprintf(out_file, sizeof(out_file), "%s/out", dir);
}

static void teardown(void)
{
	ck_assert_int_eq(dir_remove_tree(AT_FDCWD, dir), 0);
}

/* Record `seq` in a frame of its own: its time is seq seconds, its source a or
 * b for odd and even. */
static void append(struct log *l, uint64_t seq, const char *payload, size_t len)
{
	struct record r = { .time_ns = (int64_t)seq * SECOND,
		.source = seq % 2 == 1 ? "a" : "b",
		.source_len = 1,
		.payload = (const uint8_t *)payload,
		.len = len };

	ck_assert_int_eq(put_record(l, seq, &r, FRAME_PLAIN), 0);
}

static void put(struct log *l, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq <= to; seq++) {
		char payload[32];
		int n = snprintf(payload, sizeof(payload), "%d", (int)seq);
		append(l, seq, payload, (size_t)n);
	}
}

static struct log *make(uint64_t base, uint64_t first)
{
	struct log *l = must(log_open_or_make(log_dir, &id, base, first));

	return l;
}

/* Standard output of what `print` does. */
static const char *printed(struct cat_log *c, const struct cat_filter *f)
{
	static struct buf b = BUF_INIT(64 << 20);
	int was = dup(STDOUT_FILENO);
	int fd = open(out_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	ck_assert_int_eq(cat_log_print(c, f), 0);
	ck_assert_int_eq(fflush(stdout), 0);
	dup2(was, STDOUT_FILENO);
	close(was);
	close(fd);
	buf_reset(&b);
	ck_assert_int_eq(file_read(AT_FDCWD, out_file, &b), 0);
	return b.data != NULL ? b.data : "";
}

/* In short: `1 2 [3-4] 5` for records 1, 2 and 5 and a gap. */
static const char *shape(struct cat_log *c, const struct cat_filter *f)
{
	static char text[512];
	char *copy = strdup(printed(c, f)), *rest = copy, *line;
	size_t n = 0;

	text[0] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL && line[0] != '\0') {
		unsigned from = 0, to = 0;
		const char *p = strstr(line, "\"seq\":");
		if (p != NULL) {
			ck_assert_int_eq(sscanf(p, "\"seq\":%u,", &from), 1);
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%u ", from);
		} else {
			ck_assert_int_eq(sscanf(line,
					     "{\"node\":\"n1\",\"log\":\"" ID
					     "\",\"gap_from\":%u,\"gap_to\":%u}",
					     &from, &to),
			    2);
			n += (size_t)snprintf(text + n, sizeof(text) - n, "[%u-%u] ", from, to);
		}
	}
	free(copy);
	return text;
}

static const char *shape_of(const struct cat_filter *f)
{
	struct cat_log c;
	const char *s;

	ck_assert_int_eq(cat_log_open(&c, "n1", log_dir, f), 0);
	s = shape(&c, f);
	cat_log_close(&c);
	return s;
}

START_TEST(plain_payloads)
{
	struct cat_filter plain = all;
	struct log *l = make(1, 1);
	struct cat_log c;

	plain.form = CAT_PLAIN;
	append(l, 1, "ended\n", 6);
	append(l, 2, "open", 4);
	append(l, 3, "two\nlines\n\n", 11);
	log_close(l);
	ck_assert_int_eq(cat_log_open(&c, "n1", log_dir, &all), 0);
	ck_assert_str_eq(printed(&c, &plain), "ended\nopen\ntwo\nlines\n\n");
	cat_log_close(&c);
}
END_TEST

/* Time, node and source before each line. */
START_TEST(long_lines)
{
	struct cat_filter f = all;
	struct log *l = make(1, 1);
	struct cat_log c;

	/* POSIX counts the other way: this is east. */
	setenv("TZ", "EAST-5:30", 1);
	tzset();
	f.form = CAT_LONG;
	append(l, 1, "two\nlines\n\n", 11);
	append(l, 2, "open", 4);
	log_close(l);
	ck_assert_int_eq(cat_log_open(&c, "n1", log_dir, &f), 0);
	ck_assert_str_eq(printed(&c, &f),
	    "1970-01-01T05:30:01+05:30 n1 a two\n"
	    "1970-01-01T05:30:01+05:30 n1 a lines\n"
	    "1970-01-01T05:30:01+05:30 n1 a \n"
	    "1970-01-01T05:30:02+05:30 n1 b open\n");
	cat_log_close(&c);
}
END_TEST

START_TEST(json_objects)
{
	struct log *l = make(1, 1);
	struct cat_log c;

	append(l, 1, "a \"quote\" \\ \t\x01 \xc3\xa9", 17);
	append(l, 2, "\xff\x00", 2);
	append(l, 3, "nul\0", 4);
	log_close(l);
	ck_assert_int_eq(cat_log_open(&c, "n1", log_dir, &all), 0);
	ck_assert_str_eq(printed(&c, &all),
	    "{\"node\":\"n1\",\"log\":\"" ID
	    "\",\"seq\":1,\"time\":\"1970-01-01T00:00:01.000000000Z\","
	    "\"source\":\"a\",\"payload\":\"a \\\"quote\\\" \\\\ \\t\\u0001 \xc3\xa9\"}\n"
	    "{\"node\":\"n1\",\"log\":\"" ID
	    "\",\"seq\":2,\"time\":\"1970-01-01T00:00:02.000000000Z\","
	    "\"source\":\"b\",\"payload_base64\":\"/wA=\"}\n"
	    "{\"node\":\"n1\",\"log\":\"" ID
	    "\",\"seq\":3,\"time\":\"1970-01-01T00:00:03.000000000Z\","
	    "\"source\":\"a\",\"payload\":\"nul\\u0000\"}\n");
	cat_log_close(&c);
}
END_TEST

START_TEST(gaps)
{
	struct log *l = make(3, 5);

	put(l, 5, 6);
	put(l, 10, 11);
	ck_assert_int_eq(log_jump(l, 20), 0);
	log_close(l);
	ck_assert_str_eq(shape_of(&all), "[3-4] 5 6 [7-9] 10 11 [12-19] ");
}
END_TEST

START_TEST(a_gap_and_nothing_else)
{
	log_close(make(3, 5));
	ck_assert_str_eq(shape_of(&all), "[3-4] ");
}
END_TEST

/* What was acknowledged, or trimmed in an archive, went by intention. */
START_TEST(freed_is_no_gap)
{
	struct log *l = make(1, 5);

	put(l, 5, 6);
	log_close(l);
	ck_assert_str_eq(shape_of(&all), "[1-4] 5 6 ");
	ck_assert_int_eq(log_acked_put(log_dir, 3), 0);
	ck_assert_str_eq(shape_of(&all), "[3-4] 5 6 ");
	ck_assert_int_eq(log_acked_put(log_dir, 5), 0);
	ck_assert_str_eq(shape_of(&all), "5 6 ");
	ck_assert_int_eq(log_acked_put(log_dir, 6), 0);
	ck_assert_str_eq(shape_of(&all), "5 6 ");
}
END_TEST

START_TEST(filters)
{
	const char *sources[] = { "b", "[!b]" };
	struct log *l = make(1, 1);
	struct cat_filter f = all;

	put(l, 1, 4);
	put(l, 8, 9);
	log_close(l);
	f.since_ns = 3 * SECOND;
	ck_assert_str_eq(shape_of(&f), "3 4 [5-7] 8 9 ");
	f.until_ns = 9 * SECOND;
	ck_assert_str_eq(shape_of(&f), "3 4 [5-7] 8 ");
	f.since_ns = 9 * SECOND;
	f.until_ns = INT64_MAX;
	ck_assert_str_eq(shape_of(&f), "9 ");
	f.since_ns = INT64_MIN;
	f.until_ns = 4 * SECOND;
	ck_assert_str_eq(shape_of(&f), "1 2 3 ");
	f = all;
	f.sources = sources;
	f.n_sources = 1;
	ck_assert_str_eq(shape_of(&f), "2 4 [5-7] 8 ");
	sources[0] = "bb";
	ck_assert_str_eq(shape_of(&f), "[5-7] ");
	sources[0] = "b*";
	ck_assert_str_eq(shape_of(&f), "2 4 [5-7] 8 ");
	f.n_sources = 2;
	ck_assert_str_eq(shape_of(&f), "1 2 3 4 [5-7] 8 9 ");
}
END_TEST

START_TEST(patterns)
{
	static const char *const good[] = { "a", "*", "disk.*", "cpu[0-9]", "[!a]?", "[^a]" },
				 *const bad[] = { "", "a b", "a/b", "a\\*", "*\n", "\xc3\xa9" };
	char longest[SOURCE_MAX + 2] = "";

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(source_pattern_valid(good[i]), "`%s` was refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!source_pattern_valid(bad[i]), "`%s` was taken", bad[i]);
	memset(longest, '?', SOURCE_MAX);
	ck_assert(source_pattern_valid(longest));
	ck_assert(source_matches(longest, longest, SOURCE_MAX));
	longest[SOURCE_MAX] = '?';
	ck_assert(!source_pattern_valid(longest));
	ck_assert(source_matches("cpu[0-9]", "cpu7x", 4));
	ck_assert(!source_matches("cpu[0-9]", "cpu7x", 5));
	ck_assert(!source_matches("cpu[!0-9]", "cpu7", 4));
}
END_TEST

static const char *tail_of(const struct cat_filter *f)
{
	uint64_t want = f->tail;
	struct cat_log c;
	static char text[64];

	ck_assert_int_eq(cat_log_open(&c, "n1", log_dir, f), 0);
	ck_assert_int_eq(cat_log_tail(&c, f, &want), 0);
	snprintf(text, sizeof(text), "%s/%d", shape(&c, f), (int)want);
	cat_log_close(&c);
	return text;
}

/* The last of what matches; and behind the /, how many are still to be found in
 * older logs. */
START_TEST(tail)
{
	const char *b[] = { "b" };
	struct log *l = make(3, 5);
	struct cat_filter f = all;

	put(l, 5, 30);
	put(l, 40, 44);
	log_close(l);
	f.tail = 1;
	ck_assert_str_eq(tail_of(&f), "44 /0");
	f.tail = 7;
	ck_assert_str_eq(tail_of(&f), "29 30 [31-39] 40 41 42 43 44 /0");
	f.tail = 5;
	ck_assert_str_eq(tail_of(&f), "40 41 42 43 44 /0");
	f.sources = b;
	f.n_sources = 1;
	ck_assert_str_eq(tail_of(&f), "28 30 [31-39] 40 42 44 /0");
	f.tail = 100;
	f.since_ns = 43 * SECOND;
	ck_assert_str_eq(tail_of(&f), "44 /99");
	f.since_ns = INT64_MIN;
	f.until_ns = 8 * SECOND;
	ck_assert_str_eq(tail_of(&f), "[3-4] 6 /99");
	f.tail = 0;
	ck_assert_str_eq(tail_of(&f), "/0");
}
END_TEST

/* The reader stands before the last records, not at the beginning. */
START_TEST(tail_reads_the_end)
{
	const char *none[] = { "none" };
	struct log *l = make(1, 1);
	struct cat_filter f = all;
	struct cat_log c;
	struct log_frame fr;
	uint64_t want = 3;

	put(l, 1, 2000);
	log_close(l);
	ck_assert_int_eq(cat_log_open(&c, "n1", log_dir, &f), 0);
	ck_assert_int_eq(cat_log_tail(&c, &f, &want), 0);
	ck_assert_int_eq(log_read(c.log, &fr), 1);
	ck_assert_uint_eq(fr.head.seq, 1998);
	cat_log_close(&c);
	f.sources = none;
	f.n_sources = 1;
	f.tail = 3;
	ck_assert_str_eq(tail_of(&f), "/3");
}
END_TEST

START_TEST(tail_followed)
{
	struct cat_filter f = all;
	struct log *l = make(1, 1);
	uint64_t want = 0;
	struct cat_log c;

	put(l, 1, 9);
	ck_assert_int_eq(cat_log_open(&c, "n1", log_dir, &f), 0);
	ck_assert_int_eq(cat_log_tail(&c, &f, &want), 0);
	ck_assert_str_eq(shape(&c, &f), "");
	ck_assert_int_eq(log_jump(l, 12), 0);
	put(l, 12, 12);
	ck_assert_int_eq(log_refresh(c.log), 0);
	ck_assert_str_eq(shape(&c, &f), "[10-11] 12 ");
	cat_log_close(&c);
	log_close(l);
}
END_TEST

/* Segments that were last written a day before --since are not read, and what
 * was not read is no gap. */
START_TEST(old_segments)
{
	static char big[9 << 20];
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct log *l = make(1, 100000);
	struct cat_filter f = all;
	int fd;

	memset(big, 'x', sizeof(big));
	append(l, 100000, big, sizeof(big));
	append(l, 100001, big, sizeof(big));
	append(l, 100002, "x", 1);
	log_close(l);
	fd = open(log_dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(utimensat(fd, "00000000000186a0.seg", old, 0), 0);
	close(fd);
	/* The record's clock was ahead of this one: 100000 s. */
	f.since_ns = (1000 + 86400) * SECOND;
	ck_assert_str_eq(shape_of(&f), "[1-99999] 100000 100001 100002 ");
	f.since_ns = (1001 + 86400) * SECOND;
	ck_assert_str_eq(shape_of(&f), "100001 100002 ");
}
END_TEST

START_TEST(following)
{
	struct log *l = make(1, 1);
	struct cat_log c;

	put(l, 1, 2);
	ck_assert_int_eq(cat_log_open(&c, "n1", log_dir, &all), 0);
	ck_assert_str_eq(shape(&c, &all), "1 2 ");
	ck_assert_int_eq(log_refresh(c.log), 0);
	ck_assert_str_eq(shape(&c, &all), "");
	put(l, 3, 3);
	ck_assert_int_eq(log_refresh(c.log), 0);
	ck_assert_str_eq(shape(&c, &all), "3 ");
	ck_assert_int_eq(log_jump(l, 6), 0);
	ck_assert_int_eq(log_refresh(c.log), 0);
	ck_assert_str_eq(shape(&c, &all), "[4-5] ");
	put(l, 8, 9);
	ck_assert_int_eq(log_refresh(c.log), 0);
	ck_assert_str_eq(shape(&c, &all), "[6-7] 8 9 ");
	cat_log_close(&c);
	log_close(l);
}
END_TEST

START_TEST(no_log)
{
	struct cat_log c;

	ck_assert_int_eq(cat_log_open(&c, "n1", log_dir, &all), -1);
}
END_TEST

SUITE_MAIN_FIXTURE("cat", setup, teardown, plain_payloads, long_lines, json_objects, gaps,
    a_gap_and_nothing_else, freed_is_no_gap, filters, patterns, tail, tail_reads_the_end,
    tail_followed, old_segments, following, no_log)
