/* SPDX-License-Identifier: ISC */
#include "master/feed/seen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define SEEN_FILE ".seen"
#define END "end" /* the last line */
#define SEEN_MAX (256u << 20)

/* --- As text: a line of the node, and one for each of its logs --- */

static struct seen_node *append_node(struct seen *s, const char *name)
{
	struct seen_node *v = s->v;

	/* Room for twice as many each time. */
	if ((s->n & (s->n - 1)) == 0)
		v = reallocarray(s->v, s->n == 0 ? 1 : 2 * s->n, sizeof(*v));
	if (v == NULL)
		return NULL;
	s->v = v;
	v[s->n] = (struct seen_node){ .cursor_ns = 0 };
	snprintf(v[s->n].name, sizeof(v[s->n].name), "%s", name);
	return &v[s->n++];
}

static struct log_mark *append_log(struct node_mark *m)
{
	struct log_mark *v = reallocarray(m->v, m->n + 1, sizeof(*v));

	if (v == NULL)
		return NULL;
	m->v = v;
	return &v[m->n++];
}

static int node_line(struct seen *s, char *const word[])
{
	struct seen_node *e;

	if (!name_valid(word[1]) || (s->n > 0 && strcmp(s->v[s->n - 1].name, word[1]) >= 0) ||
	    (e = append_node(s, word[1])) == NULL)
		return -1;
	return num_parse_signed(word[2], &e->mark.dir_ns) == -1 ||
		num_parse_signed(word[3], &e->cursor_ns) == -1 ||
		num_parse(word[4], 0, UINT64_MAX, &e->missed) == -1
	    ? -1
	    : 0;
}

static int log_line(struct seen *s, char *const word[])
{
	struct log_mark *m;

	if (s->n == 0 || (m = append_log(&s->v[s->n - 1].mark)) == NULL)
		return -1;
	return !hex_decode(m->id.b, sizeof(m->id.b), word[1]) ||
		num_parse_signed(word[2], &m->dir_ns) == -1 ||
		num_parse(word[3], 1, UINT64_MAX, &m->last) == -1 ||
		num_parse(word[4], 0, UINT64_MAX, &m->size) == -1 ||
		num_parse_signed(word[5], &m->time) == -1
	    ? -1
	    : 0;
}

static int seen_line(struct seen *s, char *line)
{
	char *word[6];
	int n = text_split(line, word, 6);

	return n == 5 && strcmp(word[0], "node") == 0 ? node_line(s, word)
	    : n == 6 && strcmp(word[0], "log") == 0   ? log_line(s, word)
						      : -1;
}

void seen_read(struct seen *s, int feed)
{
	struct buf b = BUF_INIT(SEEN_MAX);
	bool whole = false;
	char *at, *lf;
	int rc;

	*s = (struct seen){ .v = NULL };
	rc = file_read(feed, SEEN_FILE, &b);
	at = b.data;
	while (rc == 0 && at < b.data + b.len) {
		lf = memchr(at, '\n', (size_t)(b.data + b.len - at));
		rc = lf != NULL ? 0 : -1;
		if (lf != NULL) {
			*lf = '\0';
			whole = strcmp(at, END) == 0;
			rc = whole ? 0 : seen_line(s, at);
			at = lf + 1;
		}
	}
	buf_free(&b);
	/* A crash may have left a part of it: none of that is believed. */
	if (rc == -1 || !whole)
		seen_free(s);
	s->sorted = s->n;
}

static void format_node(struct buf *b, const struct seen_node *e)
{
	char hex[2 * LOG_ID_SIZE + 1];

	buf_addf(b, "node %s %" PRId64 " %" PRId64 " %" PRIu64 "\n", e->name, e->mark.dir_ns,
	    e->cursor_ns, e->missed);
	for (size_t i = 0; i < e->mark.n; i++) {
		const struct log_mark *m = &e->mark.v[i];
		hex_encode(hex, m->id.b, sizeof(m->id.b));
		buf_addf(b, "log %s %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRId64 "\n", hex,
		    m->dir_ns, m->last, m->size, m->time);
	}
}

static int by_seen_name(const void *a, const void *b)
{
	const struct seen_node *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int seen_write(struct seen *s, int feed)
{
	struct buf b = BUF_INIT(SEEN_MAX);
	int rc;

	if (!s->changed)
		return 0;
	if (s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), by_seen_name);
	for (size_t i = 0; i < s->n; i++) {
		if (!s->v[i].stale)
			format_node(&b, &s->v[i]);
	}
	buf_adds(&b, END "\n");
	rc = buf_ok(&b) ? file_replace(feed, SEEN_FILE, b.data, b.len, 0600, FILE_UNSYNCED) : -1;
	buf_free(&b);
	return rc;
}

void seen_free(struct seen *s)
{
	for (size_t i = 0; i < s->n; i++)
		node_mark_free(&s->v[i].mark);
	free(s->v);
	*s = (struct seen){ .v = NULL };
}

/* --- Asking --- */

const struct seen_node *seen_holds(struct seen *s, struct store *store, int feed, const char *node)
{
	struct seen_node key = { .cursor_ns = 0 }, *e;

	if (s->sorted == 0)
		return NULL;
	snprintf(key.name, sizeof(key.name), "%s", node);
	e = bsearch(&key, s->v, s->sorted, sizeof(*s->v), by_seen_name);
	if (e == NULL || e->stale)
		return NULL;
	if (store_mark_holds(store, node, &e->mark) &&
	    store_cursor_time(feed, node) == e->cursor_ns)
		return e;
	e->stale = true;
	s->changed = true;
	return NULL;
}

void seen_add(struct seen *s, int feed, const char *node, uint64_t missed, struct node_mark *m)
{
	struct seen_node *e = append_node(s, node);

	if (e == NULL)
		return;
	e->cursor_ns = store_cursor_time(feed, node);
	e->missed = missed;
	e->mark = *m;
	*m = (struct node_mark){ .dir_ns = 0 };
	s->changed = true;
}
