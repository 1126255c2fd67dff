/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/fields.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

static struct fields parsed(const char *text)
{
	struct fields f = { .n = 0 };

	ck_assert_int_eq(fields_parse(&f, text, strlen(text)), 0);
	return f;
}

START_TEST(lines)
{
	struct fields f = parsed(
	    "contact: 1700000000\nskew: -5\nreason: it \"said\" c:\\no\nempty: \nquoted: \"a\"\n");

	ck_assert_uint_eq(f.n, 5);
	ck_assert_int_eq(fields_num(&f, "contact", 0), 1700000000);
	ck_assert_int_eq(fields_num(&f, "skew", 0), -5);
	ck_assert_str_eq(fields_get(&f, "reason"), "it \"said\" c:\\no");
	ck_assert_str_eq(fields_get(&f, "empty"), "");
	ck_assert_str_eq(fields_get(&f, "quoted"), "\"a\"");
	ck_assert_ptr_null(fields_get(&f, "none"));
	ck_assert_int_eq(fields_num(&f, "none", 42), 42);
	ck_assert_int_eq(fields_num(&f, "reason", 42), 42);
	fields_free(&f);
	ck_assert_uint_eq(f.n, 0);
}
END_TEST

/* What a power cut may leave of a file that was not synced. */
START_TEST(damage)
{
	struct fields f = parsed("a: 1\nno line\n: 2\nB: 3\nb:4\nc\nd:\n\n  h: 5\ni: 6");

	ck_assert_uint_eq(f.n, 2);
	ck_assert_int_eq(fields_num(&f, "a", 0), 1);
	ck_assert_int_eq(fields_num(&f, "i", 0), 6);
	fields_free(&f);
	f = parsed("");
	ck_assert_uint_eq(f.n, 0);
	ck_assert_int_eq(fields_parse(&f, "a: 1\n\0\0\0\nb: 2\n", 14), 0);
	ck_assert_int_eq(fields_num(&f, "a", 0), 1);
	ck_assert_ptr_null(fields_get(&f, "b"));
	fields_free(&f);
}
END_TEST

START_TEST(the_last_counts)
{
	struct fields f = parsed("a: 1\na: 2\n");

	ck_assert_uint_eq(f.n, 1);
	ck_assert_int_eq(fields_num(&f, "a", 0), 2);
	ck_assert_int_eq(fields_set_num(&f, "a", INT64_MAX), 0);
	ck_assert_uint_eq(f.n, 1);
	ck_assert(fields_num(&f, "a", 0) == INT64_MAX);
	fields_free(&f);
}
END_TEST

/* Whatever stands in a file: what is read of it is written, and read as the
 * same. */
START_TEST(any_garbage)
{
	static const char state[] = "contact: 1700000000\ndirection: pull\nreason: it \"said\" "
				    "c:\\no\nlog: 00112233445566778899aabbccddeeff\nskew: -5\n";
	uint32_t x = 1;

	for (int i = 0; i < 20000; i++) {
		struct fields f = { .n = 0 }, again = { .n = 0 };
		struct buf first = BUF_INIT(1 << 16), second = BUF_INIT(1 << 16);
		char text[sizeof(state)];

		memcpy(text, state, sizeof(text));
		for (int k = 0; k < 1 + i % 6; k++) {
			x = x * 1664525 + 1013904223;
			text[(x >> 16) % (sizeof(text) - 1)] =
			    k % 2 == 0 ? "\n: \"\\"[x >> 8 & 3] : (char)(x >> 24);
		}
		ck_assert_int_eq(fields_parse(&f, text, x % sizeof(text)), 0);
		ck_assert_int_eq(fields_format(&f, &first), 0);
		ck_assert_int_eq(
		    fields_parse(&again, first.data != NULL ? first.data : "", first.len), 0);
		ck_assert_int_eq(fields_format(&again, &second), 0);
		ck_assert_uint_eq(again.n, f.n);
		if (f.n > 0)
			ck_assert_str_eq(second.data, first.data);
		for (size_t k = 0; k < f.n; k++)
			ck_assert_ptr_eq(
			    fields_get(&f, f.v[k].key), f.v[k].value); /* no key twice */
		fields_free(&f);
		fields_free(&again);
		buf_free(&first);
		buf_free(&second);
	}
}
END_TEST

static void comes_back(const char *value, const char *want)
{
	struct fields f = { .n = 0 }, g = { .n = 0 };
	struct buf b = BUF_INIT(FIELDS_MAX);

	ck_assert_int_eq(fields_set(&f, "v", value), 0);
	ck_assert_int_eq(fields_format(&f, &b), 0);
	ck_assert_ptr_null(memchr(b.data, '\n', b.len - 1)); /* one line */
	ck_assert_int_eq(fields_parse(&g, b.data, b.len), 0);
	ck_assert_str_eq(fields_get(&g, "v"), want);
	fields_free(&f);
	fields_free(&g);
	buf_free(&b);
}

START_TEST(any_value_comes_back)
{
	static const char *const same[] = { "plain", "", "-", ":", "-1", "a:", "192.0.2.1",
		"2001:db8::1", "a b", "\"", "\\", "\\n", "can't (\"do\") it \\o/ #1, 50%", " ", "~",
		"{}", "a: b" };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		comes_back(same[i], same[i]);
	comes_back(
	    "two\nlines\tand \x1b[31m red \xc3\xa9", "two\\nlines\\tand \\x1b[31m red \\xc3\\xa9");
}
END_TEST

/*
 * A state is read, changed and written at each session: what it holds must not
 * grow by that.
 */
START_TEST(setting_again_changes_nothing)
{
	struct fields f = { .n = 0 };
	char first[256], again[256];

	ck_assert_int_eq(fields_set(&f, "reason", "can't: \x1b \\ \n"), 0);
	snprintf(first, sizeof(first), "%s", fields_get(&f, "reason"));
	for (int i = 0; i < 3; i++) {
		snprintf(again, sizeof(again), "%s", fields_get(&f, "reason"));
		ck_assert_int_eq(fields_set(&f, "reason", again), 0);
	}
	ck_assert_str_eq(fields_get(&f, "reason"), first);
	fields_free(&f);
}
END_TEST

START_TEST(files)
{
	char dir[] = "/tmp/check_fields.XXXXXX";
	struct fields f = { .n = 0 }, g = { .n = 0 };
	struct stat st;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(fields_read(&g, fd, "state"), -1);
	ck_assert_int_eq(fields_set(&f, "key", "a value"), 0);
	ck_assert_int_eq(fields_write(&f, fd, "state"), 0);
	ck_assert_int_eq(fstatat(fd, "state", &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(fields_read(&g, fd, "state"), 0);
	ck_assert_str_eq(fields_get(&g, "key"), "a value");
	fields_free(&f);
	fields_free(&g);
	unlinkat(fd, "state", 0);
	close(fd);
	ck_assert_int_eq(rmdir(dir), 0); /* nothing else was left */
}
END_TEST

SUITE_MAIN("fields", lines, damage, the_last_counts, any_garbage, any_value_comes_back,
    setting_again_changes_nothing, files)
