/* SPDX-License-Identifier: ISC */
#include "master/feed/scan.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "common/base/banned.h"

bool scan_byte(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void scan_blanks(struct scan *s)
{
	while (s->at < s->end && is_blank(*s->at))
		s->at++;
}

struct span scan_word(struct scan *s)
{
	struct span p = { .at = s->at };

	while (s->at < s->end && !is_blank(*s->at))
		s->at++;
	p.len = (size_t)(s->at - p.at);
	return p;
}

bool scan_has_controls(const struct scan *s)
{
	for (const char *p = s->at; p < s->end; p++) {
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return true;
	}
	return false;
}

bool span_is(const struct span *p, const char *word)
{
	return strlen(word) == p->len && memcmp(p->at, word, p->len) == 0;
}

static size_t take_digits(struct scan *s)
{
	const char *from = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - from);
}

static bool take_sign(struct scan *s)
{
	return scan_byte(s, '-') || scan_byte(s, '+');
}

static bool is_no_number(const struct scan *s)
{
	static const char *const words[] = { "nan", "inf", "infinity" };
	size_t len = (size_t)(s->end - s->at);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i]) == len && strncasecmp(s->at, words[i], len) == 0)
			return true;
	}
	return false;
}

bool span_is_float(const struct span *p)
{
	struct scan s = { p->at, p->at + p->len };
	size_t digits;

	take_sign(&s);
	if (is_no_number(&s))
		return true;
	digits = take_digits(&s);
	if (scan_byte(&s, '.'))
		digits += take_digits(&s);
	if (digits == 0)
		return false;
	if (scan_byte(&s, 'e') || scan_byte(&s, 'E')) {
		take_sign(&s);
		if (take_digits(&s) == 0)
			return false;
	}
	return s.at == s.end;
}

/* At most what 64 bits hold, or nearly so. */
bool span_is_integer(const struct span *p)
{
	struct scan s = { p->at, p->at + p->len };
	size_t digits;

	take_sign(&s);
	digits = take_digits(&s);
	return digits >= 1 && digits <= 19 && s.at == s.end;
}

void span_write(FILE *out, const struct span *p)
{
	fwrite(p->at, 1, p->len, out);
}

void span_write_time(FILE *out, const struct span *p, int64_t otherwise)
{
	fputc(' ', out);
	if (p->len > 0)
		span_write(out, p);
	else
		fprintf(out, "%" PRId64, otherwise);
	fputc('\n', out);
}
