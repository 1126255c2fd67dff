/* SPDX-License-Identifier: ISC */
#include "master/feed/lag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/num.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "master/feed/seen.h"
#include "master/store/feed.h"

#include "common/base/banned.h"

struct survey {
	struct store *store;
	int64_t now;
	int dir; /* of the feed */
	struct seen seen;
	struct buf scratch;
	struct feed_lag *lag;
};

/* Of the first record at or beyond `seq`, by our clock, seconds; -1: none. */
static int64_t age_of_first(struct survey *v, struct log *l, uint64_t seq, int64_t skew)
{
	const uint8_t *raw = NULL;
	struct log_frame fr;
	const char *why;
	struct record r;
	size_t at = 0;
	int64_t age;

	if (log_seek(l, seq) == -1 || log_read(l, &fr) != 1 ||
	    (raw = frame_body(&fr.head, fr.data, &v->scratch, &why)) == NULL)
		return -1;
	for (uint64_t n = fr.head.seq; n <= seq || at == 0; n++) {
		if (record_next(raw, fr.head.raw_len, &at, &r) == -1)
			return -1;
	}
	age = v->now - (r.time_ns / 1000000000 - skew);
	return age > 0 ? age : 0;
}

/* Adds what the feed lacks of a log from `next` on. */
static int survey_log(
    struct survey *v, const char *node, const struct log_id *id, uint64_t next, int64_t skew)
{
	char *path = store_log_path(v->store, node, id);
	struct log *l = path != NULL ? log_open(path, LOG_PEEK) : NULL;
	int64_t age;

	free(path);
	if (l == NULL)
		return errno == ENOENT ? 0 : -1;
	if (next < log_first(l)) {
		if (next > 0)
			v->lag->missed += log_first(l) - next;
		next = log_first(l);
	}
	if (next < log_next(l)) {
		v->lag->lag += log_next(l) - next;
		age = age_of_first(v, l, next, skew);
		v->lag->oldest = age > v->lag->oldest ? age : v->lag->oldest;
	}
	log_close(l);
	return 0;
}

static int survey_logs(struct survey *v, const char *node, const struct feed_cursor *c)
{
	struct log_id *ids = NULL;
	struct node_state st;
	int n = store_logs(v->store, node, &ids), rc = n == -1 ? -1 : 0;

	if (n == -1 && errno == ENOENT)
		return 0;
	if (n > 0 && store_state(v->store, node, &st) == -1)
		st.skew = 0;
	for (int i = 0; i < n; i++) {
		const struct feed_position *p = feed_cursor_find(c, &ids[i]);
		if (p != NULL)
			v->lag->missed += p->missed;
		if (survey_log(v, node, &ids[i], p != NULL ? p->next : 0, st.skew) == -1)
			rc = -1;
	}
	free(ids);
	return rc;
}

static int survey_node(const char *node, void *arg)
{
	struct survey *v = arg;
	const struct seen_node *e = seen_holds(&v->seen, v->store, v->dir, node);
	struct feed_cursor c = { .v = NULL };
	int rc;

	if (e != NULL) {
		v->lag->missed += e->missed;
		return 0;
	}
	rc = store_cursor_read(v->dir, node, &c);
	/* A feed of some nodes lacks nothing of the others. */
	if (rc == -1 && errno == ENOENT)
		rc = v->lag->state.all ? 0 : 1;
	if (rc == 0)
		rc = survey_logs(v, node, &c);
	v->lag->unread += rc == -1;
	feed_cursor_free(&c);
	return 0;
}

/* Not one that is being written. */
static bool is_reject(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && (len < 4 || strcmp(name + len - 4, ".tmp") != 0);
}

static unsigned count_rejects(int feed)
{
	int dir = dir_open(feed, "rejected");
	struct name_list l = { .n = 0 };
	unsigned n;

	if (dir != -1 && name_list_read(&l, dir, is_reject) == -1)
		l.n = 0;
	n = (unsigned)l.n;
	name_list_free(&l);
	close_fd(dir);
	return n;
}

/* Of one feed, whose directory is open. */
static int survey_feed(struct survey *v)
{
	int rc;

	feed_state_read(v->dir, &v->lag->state);
	v->lag->rejects = count_rejects(v->dir);
	seen_read(&v->seen, v->dir);
	rc = store_each_node(v->store, survey_node, v);
	if (rc == 0)
		rc = store_each_removed(v->store, survey_node, v);
	seen_free(&v->seen);
	return rc;
}

struct all_feeds {
	struct store *store;
	int64_t now;
	int (*call)(const struct feed_lag *l, void *arg);
	void *arg;
};

static int tell_feed(const struct all_feeds *a, const char *name, bool kept_for)
{
	struct feed_lag lag = { .name = name, .kept_for = kept_for, .oldest = -1 };
	struct survey v = {
		.store = a->store, .now = a->now, .scratch = BUF_INIT(FRAME_MAX), .lag = &lag
	};
	int rc = 0;

	v.dir = store_feed_open(a->store, name, false);
	if (v.dir == -1 && errno != ENOENT)
		return -1;
	lag.begun = v.dir != -1;
	if (lag.begun)
		rc = survey_feed(&v);
	buf_free(&v.scratch);
	close_fd(v.dir);
	return rc == 0 ? a->call(&lag, a->arg) : rc;
}

static bool names_it(const struct yaml_list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->v[i], name) == 0)
			return true;
	}
	return false;
}

static int collect_feed(const char *name, void *arg)
{
	struct name_list *l = arg;
	char **v = reallocarray(l->v, l->n + 1, sizeof(*v));

	if (v == NULL)
		return -1;
	l->v = v;
	v[l->n] = strdup(name);
	return v[l->n++] != NULL ? 0 : -1;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int feed_each_lag(
    struct store *s, int64_t now, int (*call)(const struct feed_lag *l, void *arg), void *arg)
{
	const struct yaml_list *keep_for = store_keep_for(s);
	struct all_feeds a = { .store = s, .now = now, .call = call, .arg = arg };
	struct name_list names = { .n = 0 };
	int rc = store_each_feed(s, collect_feed, &names);

	for (size_t i = 0; rc == 0 && i < keep_for->n; i++) {
		if (!names_it(&(struct yaml_list){ names.v, names.n }, keep_for->v[i]))
			rc = collect_feed(keep_for->v[i], &names);
	}
	if (names.n > 0)
		qsort(names.v, names.n, sizeof(*names.v), compare_names);
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		rc = tell_feed(&a, names.v[i], names_it(keep_for, names.v[i]));
	name_list_free(&names);
	return rc;
}

/* --- In words --- */

static void add_words(char text[FEED_TEXT_MAX], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void add_words(char text[FEED_TEXT_MAX], const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, FEED_TEXT_MAX - len, fmt, ap);
	va_end(ap);
}

void feed_lag_text(const struct feed_lag *l, int64_t now, char text[FEED_TEXT_MAX])
{
	const struct feed_state *st = &l->state;
	char count[RANGE_MAX], span[32];

	text[0] = '\0';
	if (!l->begun) {
		add_words(text, "it has never run, and archive.keep_for waits for it");
		return;
	}
	add_words(text, "%s behind", num_show_count(count, l->lag, "record"));
	if (l->oldest >= 0)
		add_words(
		    text, ", the oldest %s old", num_show_span(span, sizeof(span), l->oldest));
	if (l->missed > 0)
		add_words(text, "; %s missed", num_show_count(count, l->missed, "record"));
	if (l->rejects > 0)
		add_words(
		    text, "; %u rejected batch%s kept", l->rejects, l->rejects == 1 ? "" : "es");
	if (st->refused > 0)
		add_words(text, "; %s left out", num_show_count(count, st->refused, "line"));
	if (l->unread > 0)
		add_words(text, "; %s cannot be read", num_show_count(count, l->unread, "node"));
	if (st->reason[0] != '\0')
		add_words(text, "; %s ago: %s",
		    num_show_span(span, sizeof(span), now > st->failure ? now - st->failure : 0),
		    vis_str(st->reason));
}
