/* SPDX-License-Identifier: ISC */
#include "common/base/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/banned.h"

int num_parse_n(const char *s, size_t len, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (len == 0 || (s[0] == '0' && len > 1))
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v))
			return -1;
	}
	if (v < min || v > max)
		return -1;
	*out = v;
	return 0;
}

int num_parse(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	return num_parse_n(s, strlen(s), min, max, out);
}

int num_parse_signed(const char *s, int64_t *out)
{
	bool negative = s[0] == '-';
	uint64_t v;

	if (num_parse(s + negative, 0, INT64_MAX, &v) == -1)
		return -1;
	*out = negative ? -(int64_t)v : (int64_t)v;
	return 0;
}

static int parse_unit(const char *s, const char *units, const uint64_t *factors, uint64_t *out)
{
	size_t len = strlen(s);
	uint64_t factor = 1;
	const char *unit;

	if (len > 1 && (unit = strchr(units, s[len - 1])) != NULL) {
		factor = factors[unit - units];
		len--;
	}
	if (num_parse_n(s, len, 0, INT64_MAX, out) == -1 ||
	    __builtin_mul_overflow(*out, factor, out) || *out > INT64_MAX)
		return -1;
	return 0;
}

int num_parse_size(const char *s, uint64_t *out)
{
	static const uint64_t f[] = { 1ULL << 10, 1ULL << 20, 1ULL << 30, 1ULL << 40 };
	return parse_unit(s, "KMGT", f, out);
}

int num_parse_span(const char *s, uint64_t *out)
{
	static const uint64_t f[] = { 1, 60, 3600, 86400, 604800 };
	return parse_unit(s, "smhdw", f, out);
}

char *num_show_size(char *buf, size_t size, uint64_t bytes)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double v = (double)bytes;
	size_t i = 0;

	while (v >= 1024 && i < sizeof(unit) / sizeof(unit[0]) - 1) {
		v /= 1024;
		i++;
	}
	snprintf(buf, size, v < 10 && i > 0 ? "%.1f %s" : "%.0f %s", v, unit[i]);
	return buf;
}

char *num_show_span(char *buf, size_t size, int64_t seconds)
{
	const char *sign = seconds < 0 ? "-" : "";
	uint64_t s = seconds < 0 ? (uint64_t)0 - (uint64_t)seconds : (uint64_t)seconds;

	if (s < 120)
		snprintf(buf, size, "%s%" PRIu64 " s", sign, s);
	else if (s < 7200)
		snprintf(buf, size, "%s%" PRIu64 " min", sign, s / 60);
	else if (s < 172800)
		snprintf(buf, size, "%s%" PRIu64 " h", sign, s / 3600);
	else
		snprintf(buf, size, "%s%" PRIu64 " d", sign, s / 86400);
	return buf;
}

const char *num_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

char *num_show_range(char buf[RANGE_MAX], const char *thing, uint64_t from, uint64_t end)
{
	if (end - from == 1)
		snprintf(buf, RANGE_MAX, "%s %" PRIu64, thing, from);
	else
		snprintf(buf, RANGE_MAX, "%ss %" PRIu64 " to %" PRIu64, thing, from, end - 1);
	return buf;
}

char *num_show_count(char buf[RANGE_MAX], uint64_t n, const char *thing)
{
	snprintf(buf, RANGE_MAX, "%" PRIu64 " %s%s", n, thing, num_s(n));
	return buf;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool hex_decode(uint8_t *out, size_t len, const char *s)
{
	for (size_t i = 0; i < len; i++) {
		int hi = hex_digit(s[2 * i]);
		int lo = hi < 0 ? -1 : hex_digit(s[2 * i + 1]);
		if (lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return s[2 * len] == '\0';
}

void hex_encode(char *out, const uint8_t *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * len] = '\0';
}
