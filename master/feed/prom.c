/* SPDX-License-Identifier: ISC */
/*
 * Prometheus' text format, version 0.0.4: NAME {LABEL="VALUE",...} VALUE TIME.
 * The labels of a line that are called as ours get the prefix that Prometheus
 * gives them.
 */
#include <stdbool.h>
#include <string.h>

#include "master/feed/format.h"
#include "master/feed/scan.h"

#include "common/base/banned.h"

struct label {
	struct span name, value; /* value: in its quotes */
};

static bool is_ours(const struct span *name)
{
	return span_is(name, "node") || span_is(name, "source");
}

static bool name_byte(char c, bool first, bool colon)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (colon && c == ':') || (!first && c >= '0' && c <= '9');
}

static struct span take_label_name(struct scan *s, bool colon)
{
	struct span name = { .at = s->at };

	while (s->at < s->end && name_byte(*s->at, s->at == name.at, colon))
		s->at++;
	name.len = (size_t)(s->at - name.at);
	return name;
}

/* "VALUE" with \\, \" and \n. */
static bool take_quoted(struct scan *s, struct span *value)
{
	value->at = s->at;
	if (!scan_byte(s, '"'))
		return false;
	while (s->at < s->end && *s->at != '"') {
		if (*s->at == '\\' &&
		    (++s->at == s->end || (*s->at != '\\' && *s->at != '"' && *s->at != 'n')))
			return false;
		s->at++;
	}
	if (!scan_byte(s, '"'))
		return false;
	value->len = (size_t)(s->at - value->at);
	return true;
}

/* The next of the labels in braces. 1; 0: their end; -1: *why. */
static int take_label(struct scan *s, struct label *l, const char **why)
{
	scan_blanks(s);
	if (scan_byte(s, '}'))
		return 0;
	l->name = take_label_name(s, false);
	scan_blanks(s);
	*why = "no name of a label";
	if (l->name.len == 0)
		return -1;
	*why = "no value in quotes behind a label";
	if (!scan_byte(s, '='))
		return -1;
	scan_blanks(s);
	if (!take_quoted(s, &l->value))
		return -1;
	scan_blanks(s);
	*why = "no comma or brace behind a label";
	return scan_byte(s, ',') || (s->at < s->end && *s->at == '}') ? 1 : -1;
}

struct sample {
	struct span name, value, time;
	struct scan labels; /* from behind the brace on; .at NULL: there are none */
};

static int parse_sample(struct sample *m, struct scan *s, const char **why)
{
	struct label l;
	int rc;

	m->name = take_label_name(s, true);
	*why = "no name of a metric";
	if (m->name.len == 0)
		return -1;
	scan_blanks(s);
	m->labels.at = NULL;
	if (scan_byte(s, '{')) {
		m->labels = *s;
		while ((rc = take_label(s, &l, why)) == 1)
			;
		if (rc == -1)
			return -1;
	}
	scan_blanks(s);
	m->value = scan_word(s);
	scan_blanks(s);
	m->time = scan_word(s);
	scan_blanks(s);
	*why = "no number behind the metric";
	if (!span_is_float(&m->value))
		return -1;
	*why = "the time is not in milliseconds";
	if (m->time.len > 0 && !span_is_integer(&m->time))
		return -1;
	*why = "something behind the time";
	return s->at == s->end ? 0 : -1;
}

static void write_labels(FILE *out, struct scan labels)
{
	const char *why;
	struct label l;

	while (labels.at != NULL && take_label(&labels, &l, &why) == 1) {
		fputs(is_ours(&l.name) ? ",exported_" : ",", out);
		span_write(out, &l.name);
		fputc('=', out);
		span_write(out, &l.value);
	}
}

int format_prom(
    FILE *out, const struct format_record *r, const char *line, size_t len, const char **why)
{
	struct scan s = { line, line + len };
	struct sample m;

	scan_blanks(&s);
	if (s.at == s.end || *s.at == '#')
		return 0;
	*why = "a control character";
	if (scan_has_controls(&s) || parse_sample(&m, &s, why) == -1)
		return -1;
	span_write(out, &m.name);
	fprintf(out, "{node=\"%s\",source=\"%s\"", r->node, r->source);
	write_labels(out, m.labels);
	fputs("} ", out);
	span_write(out, &m.value);
	span_write_time(out, &m.time, r->time_ns / 1000000);
	return 1;
}
