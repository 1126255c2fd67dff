/* SPDX-License-Identifier: ISC */
/*
 * A walk over libyaml's events: stream, one document, a mapping of sections, in
 * our sections a mapping of keys. Not over its document tree: that keeps no
 * anchors and no place of an alias, names an error at the end of the file
 * before an earlier mistake, and refuses files that other readers of this file
 * take (an anchor twice).
 *
 * What libyaml would let through is refused where the event shows it.
 */
#include "common/base/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

#include "common/base/buf.h"
#include "common/base/io.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define KEYS_MAX 256 /* in one mapping */

struct walk {
	const char *name;
	const char *text;
	size_t len;
	const struct yaml_table *table;
	const char *section; /* where we are */
	void *dest;
	char *why;
	yaml_parser_t parser;
	yaml_event_t event;
	bool have_event;
};

struct seen {
	char *v[KEYS_MAX];
	size_t n;
};

__attribute__((format(printf, 4, 5))) static int fail_at(
    struct walk *w, size_t line, size_t column, const char *fmt, ...)
{
	char text[YAML_WHY_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(w->why, YAML_WHY_MAX, "%.200s:%zu:%zu: %.500s", w->name, line, column, text);
	return -1;
}

#define fail(w, mark, ...) fail_at(w, (mark).line + 1, (mark).column + 1, __VA_ARGS__)

/* The column of a tab in a line's indentation (both from 0), or -1. */
static long tab_indent(const struct walk *w, size_t line)
{
	const char *p = w->text, *end = w->text + w->len;
	size_t column = 0;

	for (; line > 0 && p != NULL && p < end; line--) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p != NULL ? p + 1 : NULL;
	}
	while (p != NULL && p + column < end && p[column] == ' ')
		column++;
	return p != NULL && p + column < end && p[column] == '\t' ? (long)column : -1;
}

static int next(struct walk *w)
{
	const yaml_parser_t *p = &w->parser;
	long tab;

	if (w->have_event)
		yaml_event_delete(&w->event);
	w->have_event = yaml_parser_parse(&w->parser, &w->event);
	if (w->have_event)
		return 0;
	if (p->error == YAML_READER_ERROR)
		return fail_at(w, 1, 1, "%s (byte %zu)", p->problem, p->problem_offset);
	/* libyaml's own message is obscure. */
	tab = tab_indent(w, p->problem_mark.line);
	if (tab >= 0)
		return fail_at(w, p->problem_mark.line + 1, (size_t)tab + 1,
		    "a tab in the indentation; use spaces");
	return fail(w, p->problem_mark, "%s%s%s", p->problem != NULL ? p->problem : "not YAML",
	    p->context != NULL ? " " : "", p->context != NULL ? p->context : "");
}

/* The text of a scalar event; NULL: not one that we take, and said. */
static const char *scalar(struct walk *w, const char *what)
{
	const yaml_event_t *e = &w->event;
	const char *s = (const char *)e->data.scalar.value;

	if (e->type == YAML_ALIAS_EVENT) {
		fail(w, e->start_mark,
		    "aliases (*name) are not supported here; write the value out");
		return NULL;
	}
	if (e->type != YAML_SCALAR_EVENT) {
		fail(w, e->start_mark, "%s expected, not a %s", what,
		    e->type == YAML_SEQUENCE_START_EVENT ? "list" : "section");
		return NULL;
	}
	if (e->data.scalar.anchor != NULL || e->data.scalar.tag != NULL) {
		fail(w, e->start_mark, "anchors (&name) and tags (!name) are not supported here");
		return NULL;
	}
	if (strlen(s) != e->data.scalar.length) {
		fail(w, e->start_mark, "a NUL byte");
		return NULL;
	}
	return s;
}

/* Notes a key of this mapping; -1: it was there before. */
static int refuse_second(struct walk *w, struct seen *seen, const char *key)
{
	for (size_t i = 0; i < seen->n; i++) {
		if (strcmp(seen->v[i], key) == 0)
			return fail(
			    w, w->event.start_mark, "`%s` stands here a second time", vis_str(key));
	}
	if (seen->n == KEYS_MAX || (seen->v[seen->n] = strdup(key)) == NULL)
		return fail(w, w->event.start_mark, "too many keys");
	seen->n++;
	return 0;
}

/*
 * Goes through a mapping: pair() is called with each key, which is the current
 * event, and leaves the last event of its value behind.
 */
static int read_mapping(
    struct walk *w, const char *what, int (*pair)(struct walk *w, const char *key))
{
	struct seen seen = { .n = 0 };
	int rc;

	while ((rc = next(w)) == 0 && w->event.type != YAML_MAPPING_END_EVENT) {
		const char *key = scalar(w, what);
		rc = key == NULL || refuse_second(w, &seen, key) == -1
		    ? -1
		    : pair(w, seen.v[seen.n - 1]);
		if (rc == -1)
			break;
	}
	while (seen.n > 0)
		free(seen.v[--seen.n]);
	return rc;
}

/* Goes to the end of what the current event begins. */
static int skip_value(struct walk *w)
{
	int depth = 0;

	for (;;) {
		switch (w->event.type) {
		case YAML_MAPPING_START_EVENT:
		case YAML_SEQUENCE_START_EVENT: depth++; break;
		case YAML_MAPPING_END_EVENT:
		case YAML_SEQUENCE_END_EVENT: depth--; break;
		default: break;
		}
		if (depth == 0)
			return 0;
		if (next(w) == -1)
			return -1;
	}
}

/* A plain empty scalar, ~ or null: as if the key were not there. */
static bool is_null(const yaml_event_t *e)
{
	const char *s = (const char *)e->data.scalar.value;

	return e->type == YAML_SCALAR_EVENT && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    (s[0] == '\0' || strcmp(s, "~") == 0 || strcmp(s, "null") == 0);
}

static int read_value(struct walk *w, const struct yaml_key *k)
{
	char why[YAML_WHY_MAX];
	yaml_mark_t mark = w->event.start_mark;
	const char *s;

	if (is_null(&w->event))
		return 0;
	if (k->kind != YAML_LIST) {
		s = scalar(w, "a single value");
		if (s == NULL)
			return -1;
		return yaml_store(k, s, w->dest, why) == -1 ? fail(w, mark, "%s", why) : 0;
	}
	if (w->event.type != YAML_SEQUENCE_START_EVENT ||
	    w->event.data.sequence_start.anchor != NULL || w->event.data.sequence_start.tag != NULL)
		return fail(w, mark, "%s.%s: a list is expected: [a, b]", k->section, k->key);
	yaml_list_clear(k, w->dest);
	for (;;) {
		if (next(w) == -1)
			return -1;
		if (w->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		s = scalar(w, "a single value");
		if (s == NULL)
			return -1;
		if (yaml_store(k, s, w->dest, why) == -1)
			return fail(w, w->event.start_mark, "%s", why);
	}
	return yaml_list_check(k, w->dest, why) == -1 ? fail(w, mark, "%s", why) : 0;
}

/* One key of our section w->section, and its value. */
static int read_known_key(struct walk *w, const char *key)
{
	const struct yaml_key *k = yaml_find(w->table, w->section, key);
	char why[YAML_WHY_MAX];

	if (k == NULL) {
		yaml_unknown_key(w->table, w->section, key, why);
		return fail(w, w->event.start_mark, "%s", why);
	}
	return next(w) == -1 ? -1 : read_value(w, k);
}

static int read_own_section(struct walk *w)
{
	if (is_null(&w->event))
		return 0;
	if (w->event.type != YAML_MAPPING_START_EVENT ||
	    w->event.data.mapping_start.anchor != NULL || w->event.data.mapping_start.tag != NULL)
		return fail(w, w->event.start_mark,
		    "section `%s`: lines of `key: value` are expected", w->section);
	return read_mapping(w, "a key", read_known_key);
}

static int read_section(struct walk *w, const char *section)
{
	w->section = section;
	if (next(w) == -1)
		return -1;
	return yaml_own_section(w->table, section) ? read_own_section(w) : skip_value(w);
}

static int read_stream(struct walk *w)
{
	if (next(w) == -1 || next(w) == -1) /* stream start, then document start or the end */
		return -1;
	if (w->event.type == YAML_STREAM_END_EVENT)
		return 0;
	if (next(w) == -1)
		return -1;
	if (w->event.type == YAML_MAPPING_START_EVENT) {
		if (read_mapping(w, "the name of a section", read_section) == -1)
			return -1;
	} else if (!is_null(&w->event)) {
		return fail(w, w->event.start_mark, "sections (`sender:`) are expected here");
	}
	if (next(w) == -1 || next(w) == -1) /* document end, then the next thing */
		return -1;
	if (w->event.type != YAML_STREAM_END_EVENT)
		return fail(w, w->event.start_mark, "a second document; only one is allowed");
	return 0;
}

static int refuse_nul(struct walk *w)
{
	const char *nul = w->len > 0 ? memchr(w->text, '\0', w->len) : NULL;
	size_t line = 1, column = 1;

	if (nul == NULL)
		return 0;
	for (const char *p = w->text; p < nul; p++) {
		column = *p == '\n' ? 1 : column + 1;
		line += *p == '\n';
	}
	return fail_at(w, line, column, "a NUL byte");
}

int yaml_parse(const char *name, const char *text, size_t len, const struct yaml_table *t,
    void *dest, char why[YAML_WHY_MAX])
{
	struct walk w = {
		.name = name, .text = text, .len = len, .table = t, .dest = dest, .why = why
	};
	int rc;

	if (len > YAML_FILE_MAX)
		return fail_at(&w, 1, 1, "larger than 16 KiB");
	if (text_is_utf16(text, len))
		return fail_at(&w, 1, 1, "it is UTF-16; save it as UTF-8");
	w.text += text_mark(text, len);
	w.len -= text_mark(text, len);
	if (refuse_nul(&w) == -1)
		return -1;
	if (!yaml_parser_initialize(&w.parser))
		return fail_at(&w, 1, 1, "out of memory");
	yaml_parser_set_input_string(&w.parser, (const unsigned char *)w.text, w.len);
	yaml_parser_set_encoding(&w.parser, YAML_UTF8_ENCODING);
	rc = read_stream(&w);
	if (w.have_event)
		yaml_event_delete(&w.event);
	yaml_parser_delete(&w.parser);
	return rc;
}

/* It may be a link to a file, as configuration management makes them. */
static int read_config(const char *path, struct buf *b)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int rc = -1;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		rc = read_all(fd, b, DEADLINE_NEVER);
	else
		errno = EINVAL;
	close_fd(fd);
	return rc;
}

int yaml_read(const char *path, const struct yaml_table *t, void *dest, char why[YAML_WHY_MAX])
{
	struct buf b = BUF_INIT(YAML_FILE_MAX);
	int rc = read_config(path, &b), error = rc == -1 ? errno : EINVAL;

	if (rc == 0)
		rc = yaml_parse(path, b.data != NULL ? b.data : "", b.len, t, dest, why);
	else if (error == EMSGSIZE)
		snprintf(why, YAML_WHY_MAX, "%.200s:1:1: larger than 16 KiB", path);
	else
		snprintf(why, YAML_WHY_MAX, "%.200s: %s", path, strerror(error));
	buf_free(&b);
	errno = error;
	return rc;
}
