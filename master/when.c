/* SPDX-License-Identifier: ISC */
#include "master/when.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/num.h"

#include "common/base/banned.h"

#define SECOND ((int64_t)1000000000)

/* Exactly n digits at *s, which moves behind them. */
static bool digits(const char **s, int n, int min, int max, int *out)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		char c = (*s)[i];
		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (c - '0');
	}
	*s += n;
	*out = v;
	return v >= min && v <= max;
}

static bool literal(const char **s, const char *any_of)
{
	if (**s == '\0' || strchr(any_of, **s) == NULL)
		return false;
	++*s;
	return true;
}

static bool date(const char **s, struct tm *t)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year;

	if (!digits(s, 4, 1700, 2200, &year) || !literal(s, "-") ||
	    !digits(s, 2, 1, 12, &t->tm_mon) || !literal(s, "-") ||
	    !digits(s, 2, 1, days[t->tm_mon - 1], &t->tm_mday))
		return false;
	t->tm_year = year - 1900;
	t->tm_mon--;
	return t->tm_mon != 1 || t->tm_mday < 29 ||
	    (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static bool hour_minute(const char **s, struct tm *t)
{
	return digits(s, 2, 0, 23, &t->tm_hour) && literal(s, ":") &&
	    digits(s, 2, 0, 59, &t->tm_min);
}

/* The digits behind a point: at least one; beyond nine they count for nothing. */
static bool fraction(const char **s, int64_t *ns)
{
	int64_t unit = SECOND / 10;
	const char *from = *s;

	for (; **s >= '0' && **s <= '9'; ++*s) {
		*ns += unit * (**s - '0');
		unit /= 10;
	}
	return *s > from;
}

/* "Z", or the offset from UTC in seconds. */
static bool zone(const char **s, int64_t *offset)
{
	bool west = **s == '-';
	struct tm t;

	*offset = 0;
	if (literal(s, "Zz"))
		return true;
	if (!literal(s, "+-") || !hour_minute(s, &t))
		return false;
	*offset = (int64_t)t.tm_hour * 3600 + (int64_t)t.tm_min * 60;
	if (west)
		*offset = -*offset;
	return true;
}

static int parse_rfc3339(const char *s, struct tm *t, int64_t *ns)
{
	int64_t part = 0, offset;

	/* A leap second is the one before it a second time. */
	if (!hour_minute(&s, t) || !literal(&s, ":") || !digits(&s, 2, 0, 60, &t->tm_sec) ||
	    (literal(&s, ".") && !fraction(&s, &part)) || !zone(&s, &offset) || *s != '\0')
		return -1;
	*ns = ((int64_t)timegm(t) - offset) * SECOND + part;
	return 0;
}

static int parse_local(const char *s, struct tm *t, int64_t *ns)
{
	if (*s != '\0') {
		if (!literal(&s, " ") || !hour_minute(&s, t))
			return -1;
		if (literal(&s, ":") && !digits(&s, 2, 0, 59, &t->tm_sec))
			return -1;
	}
	if (*s != '\0')
		return -1;
	t->tm_isdst = -1;
	*ns = (int64_t)mktime(t) * SECOND;
	return 0;
}

int when_parse(const char *s, int64_t now_ns, int64_t *ns)
{
	struct tm t = { .tm_year = 0 };
	uint64_t span;
	int64_t seconds;

	if (s[0] == '@') {
		if (num_parse_signed(s + 1, &seconds) == -1)
			return -1;
		return __builtin_mul_overflow(seconds, SECOND, ns) ? -1 : 0;
	}
	/* A bare number could be meant as many things. */
	if (s[0] != '\0' && strchr("smhdw", s[strlen(s) - 1]) != NULL &&
	    num_parse_span(s, &span) == 0)
		return __builtin_mul_overflow((int64_t)span, SECOND, &seconds) ||
			__builtin_sub_overflow(now_ns, seconds, ns)
		    ? -1
		    : 0;
	if (!date(&s, &t))
		return -1;
	return literal(&s, "Tt") ? parse_rfc3339(s, &t, ns) : parse_local(s, &t, ns);
}

void when_format_ns(int64_t ns, char out[WHEN_MAX])
{
	int64_t part = ns % SECOND;
	time_t seconds = (time_t)(ns / SECOND);
	struct tm t;
	size_t n;

	if (part < 0) {
		part += SECOND;
		seconds--;
	}
	gmtime_r(&seconds, &t);
	n = strftime(out, WHEN_MAX, "%Y-%m-%dT%H:%M:%S", &t);
	snprintf(out + n, WHEN_MAX - n, ".%09dZ", (int)part);
}

void when_format(int64_t seconds, char out[WHEN_MAX])
{
	time_t s = (time_t)seconds;
	struct tm t;

	/* No clock shows a year of five digits; a damaged file may. */
	if (gmtime_r(&s, &t) == NULL || t.tm_year > 8099 || t.tm_year < -1900)
		snprintf(out, WHEN_MAX, "@%lld", (long long)seconds);
	else
		strftime(out, WHEN_MAX, "%Y-%m-%dT%H:%M:%SZ", &t);
}
