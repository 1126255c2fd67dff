/* SPDX-License-Identifier: ISC */
#include "master/when.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/num.h"

#include "common/base/banned.h"

#define SECOND ((int64_t)1000000000)

/* strptime() of a text like `shape`, where 9 is any digit: alone it takes
 * spaces and "1-1", too. */
static const char *take(const char *s, const char *shape, const char *format, struct tm *t)
{
	for (size_t i = 0; shape[i] != '\0'; i++) {
		if (shape[i] == '9' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
			return NULL;
	}
	return strptime(s, format, t);
}

static const char *take_date(const char *s, struct tm *t)
{
	const char *end = take(s, "9999-99-99", "%Y-%m-%d", t);
	struct tm real = *t;

	/* Within what nanoseconds can count. */
	if (end == NULL || t->tm_year < 1700 - 1900 || t->tm_year > 2200 - 1900)
		return NULL;
	timegm(&real); /* makes 30 February a day of March */
	return real.tm_mday == t->tm_mday ? end : NULL;
}

/* Digits behind a point: at least one; those after the ninth are ignored. */
static const char *take_fraction(const char *s, int64_t *ns)
{
	const char *from = s;
	int64_t unit = SECOND / 10;

	for (; *s >= '0' && *s <= '9'; s++) {
		*ns += unit * (*s - '0');
		unit /= 10;
	}
	return s > from ? s : NULL;
}

/* "Z", or the offset from UTC; in seconds. */
static const char *take_zone(const char *s, int64_t *offset)
{
	struct tm t = { .tm_hour = 0 };
	int64_t sign = *s == '-' ? -1 : 1;

	*offset = 0;
	if (*s == 'Z' || *s == 'z')
		return s + 1;
	if (*s != '+' && *s != '-')
		return NULL;
	s = take(s + 1, "99:99", "%H:%M", &t);
	*offset = sign * (t.tm_hour * 3600 + t.tm_min * 60);
	return s;
}

static int parse_rfc3339(const char *s, struct tm *t, int64_t *ns)
{
	int64_t part = 0, offset = 0;

	s = take(s, "99:99:99", "%H:%M:%S", t);
	if (s != NULL && *s == '.')
		s = take_fraction(s + 1, &part);
	if (s != NULL)
		s = take_zone(s, &offset);
	/* A leap second repeats the second before it. */
	if (s == NULL || *s != '\0' || t->tm_sec > 60)
		return -1;
	*ns = ((int64_t)timegm(t) - offset) * SECOND + part;
	return 0;
}

static bool is_hour(const char *s, struct tm *t)
{
	const char *end = take(s, "99:99:99", "%H:%M:%S", t);

	if (end == NULL)
		end = take(s, "99:99", "%H:%M", t);
	return end != NULL && *end == '\0' && t->tm_sec <= 59;
}

static int64_t local_ns(struct tm *t)
{
	t->tm_isdst = -1;
	return (int64_t)mktime(t) * SECOND;
}

static int parse_local(const char *s, struct tm *t, int64_t *ns)
{
	if (*s == ' ' ? !is_hour(s + 1, t) : *s != '\0')
		return -1;
	*ns = local_ns(t);
	return 0;
}

/* A day or an hour, as seen from now. */
static int parse_recent(const char *s, int64_t now_ns, int64_t *ns)
{
	time_t now = (time_t)(now_ns / SECOND);
	struct tm t;

	if (localtime_r(&now, &t) == NULL)
		return -1;
	t.tm_hour = t.tm_min = t.tm_sec = 0;
	if (strcmp(s, "yesterday") == 0)
		t.tm_mday--;
	else if (strcmp(s, "today") != 0 && !is_hour(s, &t))
		return -1;
	*ns = local_ns(&t);
	if (*ns > now_ns) {
		t.tm_mday--;
		*ns = local_ns(&t);
	}
	return 0;
}

/* -1 also for a number without a unit, which could mean many things. */
static int parse_ago(const char *s, int64_t now_ns, int64_t *ns)
{
	uint64_t span;
	int64_t ago;

	if (s[0] == '\0' || strchr("smhdw", s[strlen(s) - 1]) == NULL ||
	    num_parse_span(s, &span) == -1 || __builtin_mul_overflow(span, SECOND, &ago) ||
	    __builtin_sub_overflow(now_ns, ago, ns))
		return -1;
	return 0;
}

int when_parse(const char *s, int64_t now_ns, int64_t *ns)
{
	struct tm t = { .tm_year = 0 };
	int64_t seconds;
	const char *time;

	if (s[0] == '@')
		return num_parse_signed(s + 1, &seconds) == -1 ||
			__builtin_mul_overflow(seconds, SECOND, ns)
		    ? -1
		    : 0;
	if (parse_ago(s, now_ns, ns) == 0 || parse_recent(s, now_ns, ns) == 0)
		return 0;
	time = take_date(s, &t);
	if (time == NULL)
		return -1;
	return *time == 'T' || *time == 't' ? parse_rfc3339(time + 1, &t, ns)
					    : parse_local(time, &t, ns);
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

void when_format_local(int64_t ns, char out[WHEN_MAX])
{
	time_t s = (time_t)(ns / SECOND - (ns % SECOND < 0));
	struct tm t;
	size_t n;

	localtime_r(&s, &t);
	n = strftime(out, WHEN_MAX, "%Y-%m-%dT%H:%M:%S%z", &t);
	/* +0100 becomes +01:00 */
	memmove(out + n - 1, out + n - 2, 3);
	out[n - 2] = ':';
}
