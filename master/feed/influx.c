/* SPDX-License-Identifier: ISC */
/*
 * InfluxDB's line protocol: MEASUREMENT,TAG=VALUE,... FIELD=VALUE,... TIME. A
 * backslash takes its meaning from a comma, a space, an equals sign or a quote.
 * A string with a line end in it is not taken: a record is read line by line.
 */
#include <stdbool.h>
#include <string.h>

#include "master/feed/format.h"
#include "master/feed/scan.h"

#include "common/base/banned.h"

struct pair {
	struct span key, value;
};

/* What is before the first of these bytes that has no backslash before it. */
static struct span take_until(struct scan *s, const char *ends)
{
	struct span p = { .at = s->at };

	while (s->at < s->end && strchr(ends, *s->at) == NULL)
		s->at += *s->at == '\\' && s->at + 1 < s->end ? 2 : 1;
	p.len = (size_t)(s->at - p.at);
	return p;
}

static bool take_string(struct scan *s, struct span *value)
{
	value->at = s->at++;
	while (s->at < s->end && *s->at != '"')
		s->at += *s->at == '\\' && s->at + 1 < s->end ? 2 : 1;
	if (!scan_byte(s, '"'))
		return false;
	value->len = (size_t)(s->at - value->at);
	return true;
}

static bool is_boolean(const struct span *p)
{
	static const char *const words[] = { "t", "T", "true", "True", "TRUE", "f", "F", "false",
		"False", "FALSE" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_is(p, words[i]))
			return true;
	}
	return false;
}

static bool is_value(const struct span *p)
{
	struct span number = { p->at, p->len };

	if (p->len > 1 && (p->at[p->len - 1] == 'i' || p->at[p->len - 1] == 'u')) {
		number.len--;
		return span_is_integer(&number);
	}
	return is_boolean(p) ||
	    (span_is_float(p) && memchr("0123456789.", p->at[p->len - 1], 11) != NULL);
}

/* ,TAG=VALUE: 1; 0: there is none; -1: *why. */
static int take_tag(struct scan *s, struct pair *t, const char **why)
{
	if (!scan_byte(s, ','))
		return 0;
	t->key = take_until(s, ",= ");
	*why = "a tag without a name or a value";
	if (t->key.len == 0 || !scan_byte(s, '='))
		return -1;
	t->value = take_until(s, ",= ");
	return t->value.len > 0 ? 1 : -1;
}

static int take_field(struct scan *s, const char **why)
{
	struct pair f = { .value = { .at = NULL } };

	f.key = take_until(s, ",= ");
	*why = "a field without a name or a value";
	if (f.key.len == 0 || !scan_byte(s, '=') || s->at == s->end)
		return -1;
	*why = "a string without its end";
	if (*s->at == '"')
		return take_string(s, &f.value) ? 0 : -1;
	f.value = take_until(s, ", ");
	*why = "a value that is no number, boolean or string in quotes";
	return is_value(&f.value) ? 0 : -1;
}

struct point {
	struct span measurement, fields, time;
	struct scan tags;
};

static int parse_fields(struct point *p, struct scan *s, const char **why)
{
	p->fields.at = s->at;
	do {
		if (take_field(s, why) == -1)
			return -1;
	} while (scan_byte(s, ','));
	p->fields.len = (size_t)(s->at - p->fields.at);
	*why = "something behind a field";
	return s->at == s->end || *s->at == ' ' || *s->at == '\t' ? 0 : -1;
}

static int parse_point(struct point *p, struct scan *s, const char **why)
{
	struct pair t;
	int rc;

	p->measurement = take_until(s, ", ");
	p->tags = *s;
	*why = "no measurement";
	if (p->measurement.len == 0)
		return -1;
	while ((rc = take_tag(s, &t, why)) == 1)
		;
	if (rc == -1)
		return -1;
	*why = "no fields";
	if (!scan_byte(s, ' '))
		return -1;
	scan_blanks(s);
	if (s->at == s->end || parse_fields(p, s, why) == -1)
		return -1;
	scan_blanks(s);
	p->time = scan_word(s);
	scan_blanks(s);
	*why = "the time is not in nanoseconds";
	return s->at == s->end && (p->time.len == 0 || span_is_integer(&p->time)) ? 0 : -1;
}

static void write_tags(FILE *out, struct scan tags)
{
	const char *why;
	struct pair t;

	while (take_tag(&tags, &t, &why) == 1) {
		fputs(
		    span_is(&t.key, "node") || span_is(&t.key, "source") ? ",exported_" : ",", out);
		span_write(out, &t.key);
		fputc('=', out);
		span_write(out, &t.value);
	}
}

int format_influx(
    FILE *out, const struct format_record *r, const char *line, size_t len, const char **why)
{
	struct scan s = { line, line + len };
	struct point p;

	scan_blanks(&s);
	if (s.at == s.end || *s.at == '#')
		return 0;
	*why = "a control character";
	if (scan_has_controls(&s) || parse_point(&p, &s, why) == -1)
		return -1;
	span_write(out, &p.measurement);
	fprintf(out, ",node=%s,source=%s", r->node, r->source);
	write_tags(out, p.tags);
	fputc(' ', out);
	span_write(out, &p.fields);
	span_write_time(out, &p.time, r->time_ns);
	return 1;
}
