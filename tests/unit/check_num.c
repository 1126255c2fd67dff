/* SPDX-License-Identifier: ISC */
/* Numbers and moments in text: num.h and when.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/num.h"
#include "master/when.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define SECOND INT64_C(1000000000)

START_TEST(numbers)
{
	uint64_t v = 7;

	ck_assert_int_eq(num_parse("0", 0, 9, &v), 0);
	ck_assert_uint_eq(v, 0);
	ck_assert_int_eq(num_parse("18446744073709551615", 0, UINT64_MAX, &v), 0);
	ck_assert_uint_eq(v, UINT64_MAX);
	ck_assert_int_eq(num_parse("9223372036854775807", 0, INT64_MAX, &v), 0);
	ck_assert_int_eq(num_parse_n("123x", 3, 0, 200, &v), 0);
	ck_assert_uint_eq(v, 123);
}
END_TEST

START_TEST(no_numbers)
{
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "01", "00", "1a", "0x1",
		"1.0", "1e3", "18446744073709551616", "99999999999999999999999", "\xd9\xa1" };
	uint64_t v = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(num_parse(bad[i], 0, UINT64_MAX, &v) == -1, "`%s` was taken", bad[i]);
	ck_assert_int_eq(num_parse("4", 5, 6, &v), -1);
	ck_assert_int_eq(num_parse("7", 5, 6, &v), -1);
	ck_assert_uint_eq(v, 7); /* untouched */
}
END_TEST

START_TEST(signed_numbers)
{
	int64_t v = 7;

	ck_assert_int_eq(num_parse_signed("-12", &v), 0);
	ck_assert_int_eq(v, -12);
	ck_assert_int_eq(num_parse_signed("9223372036854775807", &v), 0);
	ck_assert(v == INT64_MAX);
	ck_assert_int_eq(num_parse_signed("9223372036854775808", &v), -1);
	ck_assert_int_eq(num_parse_signed("-", &v), -1);
	ck_assert_int_eq(num_parse_signed("--1", &v), -1);
	ck_assert_int_eq(num_parse_signed("- 1", &v), -1);
}
END_TEST

START_TEST(sizes)
{
	uint64_t v;

	ck_assert_int_eq(num_parse_size("512M", &v), 0);
	ck_assert_uint_eq(v, UINT64_C(512) << 20);
	ck_assert_int_eq(num_parse_size("3T", &v), 0);
	ck_assert_uint_eq(v, UINT64_C(3) << 40);
	ck_assert_int_eq(num_parse_size("1000", &v), 0);
	ck_assert_uint_eq(v, 1000);
	ck_assert_int_eq(num_parse_size("1k", &v), -1);
	ck_assert_int_eq(num_parse_size("M", &v), -1);
	ck_assert_int_eq(num_parse_size("1KM", &v), -1);
	ck_assert_int_eq(num_parse_size("1 M", &v), -1);
	ck_assert_int_eq(num_parse_size("1.5G", &v), -1);
	/* Beyond what a file can have. */
	ck_assert_int_eq(num_parse_size("8388608T", &v), -1);
	ck_assert_int_eq(num_parse_size("16777216T", &v), -1);
}
END_TEST

START_TEST(spans)
{
	uint64_t v;

	ck_assert_int_eq(num_parse_span("90", &v), 0);
	ck_assert_uint_eq(v, 90);
	ck_assert_int_eq(num_parse_span("90s", &v), 0);
	ck_assert_uint_eq(v, 90);
	ck_assert_int_eq(num_parse_span("15m", &v), 0);
	ck_assert_uint_eq(v, 900);
	ck_assert_int_eq(num_parse_span("2h", &v), 0);
	ck_assert_uint_eq(v, 7200);
	ck_assert_int_eq(num_parse_span("30d", &v), 0);
	ck_assert_uint_eq(v, 2592000);
	ck_assert_int_eq(num_parse_span("1w", &v), 0);
	ck_assert_uint_eq(v, 604800);
	ck_assert_int_eq(num_parse_span("1M", &v), -1);
	ck_assert_int_eq(num_parse_span("-1s", &v), -1);
	ck_assert_int_eq(num_parse_span("h", &v), -1);
	ck_assert_int_eq(num_parse_span("9223372036854775807w", &v), -1);
}
END_TEST

START_TEST(shown)
{
	char b[32];

	ck_assert_str_eq(num_show_size(b, sizeof(b), 0), "0 B");
	ck_assert_str_eq(num_show_size(b, sizeof(b), 1023), "1023 B");
	ck_assert_str_eq(num_show_size(b, sizeof(b), 1536), "1.5 KiB");
	ck_assert_str_eq(num_show_size(b, sizeof(b), UINT64_C(512) << 20), "512 MiB");
	ck_assert_str_eq(num_show_size(b, sizeof(b), UINT64_MAX), "16384 PiB");
	ck_assert_str_eq(num_show_span(b, sizeof(b), 0), "0 s");
	ck_assert_str_eq(num_show_span(b, sizeof(b), 119), "119 s");
	ck_assert_str_eq(num_show_span(b, sizeof(b), 120), "2 min");
	ck_assert_str_eq(num_show_span(b, sizeof(b), 7200), "2 h");
	ck_assert_str_eq(num_show_span(b, sizeof(b), 172800), "2 d");
	ck_assert_str_eq(num_show_span(b, sizeof(b), -30), "-30 s");
	ck_assert_str_eq(num_show_span(b, sizeof(b), INT64_MIN), "-106751991167300 d");
}
END_TEST

START_TEST(hex)
{
	uint8_t b[2] = { 0 };
	char text[5];

	ck_assert(hex_decode(b, 2, "0aff"));
	ck_assert(b[0] == 0x0a && b[1] == 0xff);
	hex_encode(text, b, 2);
	ck_assert_str_eq(text, "0aff");
	ck_assert(!hex_decode(b, 2, "0AFF"));
	ck_assert(!hex_decode(b, 2, "0af"));
	ck_assert(!hex_decode(b, 2, "0aff0"));
	ck_assert(!hex_decode(b, 2, ""));
	ck_assert(!hex_decode(b, 2, "0agf"));
}
END_TEST

static int64_t moment(const char *s)
{
	int64_t ns = -1;

	ck_assert_msg(when_parse(s, 5000 * SECOND, &ns) == 0, "`%s` was refused", s);
	return ns;
}

START_TEST(moments)
{
	ck_assert_int_eq(moment("1970-01-01T00:00:00Z"), 0);
	ck_assert_int_eq(moment("2023-11-14T22:13:20Z"), 1700000000 * SECOND);
	ck_assert_int_eq(moment("2023-11-14t22:13:20.123456789z"), 1700000000 * SECOND + 123456789);
	ck_assert_int_eq(moment("2023-11-14T22:13:20.5Z"), 1700000000 * SECOND + 500000000);
	ck_assert_int_eq(
	    moment("2023-11-14T22:13:20.1234567899Z"), 1700000000 * SECOND + 123456789);
	ck_assert_int_eq(moment("2023-11-14T23:13:20+01:00"), 1700000000 * SECOND);
	ck_assert_int_eq(moment("2023-11-14T16:43:20-05:30"), 1700000000 * SECOND);
	ck_assert_int_eq(moment("2024-02-29T00:00:00Z"), 1709164800 * SECOND);
	ck_assert_int_eq(moment("1969-12-31T23:59:59.5Z"), -SECOND / 2);
	ck_assert_int_eq(moment("@1700000000"), 1700000000 * SECOND);
	ck_assert_int_eq(moment("@-1"), -SECOND);
	ck_assert_int_eq(moment("1h"), 1400 * SECOND);
	ck_assert_int_eq(moment("0s"), 5000 * SECOND);
	ck_assert_int_eq(moment("2h"), -2200 * SECOND);
}
END_TEST

START_TEST(local_moments)
{
	/* POSIX counts the other way: this is one hour east, two in summer. */
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0", 1);
	tzset();
	ck_assert_int_eq(moment("2023-11-14"), 1699916400 * SECOND);
	ck_assert_int_eq(moment("2023-11-14 23:13"), 1699999980 * SECOND);
	ck_assert_int_eq(moment("2023-11-14 23:13:20"), 1700000000 * SECOND);
	ck_assert_int_eq(moment("2023-07-01 02:00:00"), 1688169600 * SECOND);
	ck_assert_int_eq(moment("2023-07-01T00:00:00Z"), 1688169600 * SECOND);
	/* Now is 02:23:20. */
	ck_assert_int_eq(moment("today"), -3600 * SECOND);
	ck_assert_int_eq(moment("yesterday"), -90000 * SECOND);
	ck_assert_int_eq(moment("02:23"), 4980 * SECOND);
	ck_assert_int_eq(moment("02:23:20"), 5000 * SECOND);
	ck_assert_int_eq(moment("02:23:21"), (5001 - 86400) * SECOND);
	ck_assert_int_eq(moment("22:00"), (75600 - 86400) * SECOND);
}
END_TEST

START_TEST(no_moments)
{
	static const char *const bad[] = { "", "now", "tomorrow", "today 10:00", "24:00", "10:60",
		"1:00", "10:00:60", "5", "1700000000", "@", "@x", "@1.5", "@9223372036854775807",
		"-1h", "1 h", "1h30m", "106751991168d", "2023", "2023-11", "2023-11-14T",
		"2023-11-14 ", "2023-11-14 2", "2023-11-14 22",
		"2023-11-14 22:13:", "2023-11-14 22:13:20Z", "2023-11-14 22:13:20.5",
		"2023-11-14T22:13Z", "2023-11-14T22:13:20", "2023-11-14T22:13:20.Z",
		"2023-11-14T22:13:20Z ", "2023-11-14T22:13:20+1:00", "2023-11-14T22:13:20+01",
		"2023-11-14T24:00:00Z", "2023-11-14T22:60:00Z", "2023-11-14T22:13:61Z",
		"2023-13-01T00:00:00Z", "2023-00-01T00:00:00Z", "2023-04-31T00:00:00Z",
		"2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "23-11-14T22:13:20Z",
		"02023-11-14T22:13:20Z", "2023-1-1", "1600-01-01", "2300-01-01", " 2023-11-14" };
	int64_t ns = 42;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(
		    when_parse(bad[i], 5000 * SECOND, &ns) == -1, "`%s` was taken", bad[i]);
}
END_TEST

START_TEST(counted)
{
	char b[RANGE_MAX];

	ck_assert_str_eq(num_show_range(b, "record", 7, 8), "record 7");
	ck_assert_str_eq(num_show_range(b, "record", 7, 10), "records 7 to 9");
	ck_assert_str_eq(num_show_count(b, 1, "record"), "1 record");
	ck_assert_str_eq(num_show_count(b, 0, "record"), "0 records");
}
END_TEST

START_TEST(moments_shown)
{
	char b[WHEN_MAX];

	when_format_ns(1700000000 * SECOND + 123456789, b);
	ck_assert_str_eq(b, "2023-11-14T22:13:20.123456789Z");
	when_format_ns(5, b);
	ck_assert_str_eq(b, "1970-01-01T00:00:00.000000005Z");
	when_format_ns(-1, b);
	ck_assert_str_eq(b, "1969-12-31T23:59:59.999999999Z");
	when_format_ns(INT64_MIN, b);
	ck_assert_str_eq(b, "1677-09-21T00:12:43.145224192Z");
	when_format_ns(INT64_MAX, b);
	ck_assert_str_eq(b, "2262-04-11T23:47:16.854775807Z");
	when_format(1700000000, b);
	ck_assert_str_eq(b, "2023-11-14T22:13:20Z");
	when_format(INT64_MAX, b);
	ck_assert_str_eq(b, "@9223372036854775807");
}
END_TEST

SUITE_MAIN("num", numbers, no_numbers, signed_numbers, sizes, spans, shown, hex, moments,
    local_moments, no_moments, counted, moments_shown)
