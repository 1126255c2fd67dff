/* SPDX-License-Identifier: ISC */
#include "master/cat/cat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/term.h"

#include "common/base/banned.h"

/* --- One log --- */

/*
 * A segment last written before --since holds nothing newer, unless the node's
 * clock was ahead of this one: by less than a day, we assume.
 */
#define CLOCK_MARGIN 86400

static bool skips(const struct cat_filter *f, int64_t *time)
{
	*time = f->since_ns / 1000000000;
	if (f->since_ns == INT64_MIN || *time < CLOCK_MARGIN)
		return false;
	*time -= CLOCK_MARGIN;
	return true;
}

int cat_log_open(struct cat_log *c, const char *node, const char *dir, const struct cat_filter *f)
{
	uint64_t acked;
	int64_t time;

	*c = (struct cat_log){ .node = node, .scratch = BUF_INIT(FRAME_MAX), .time = INT64_MIN };
	c->log = log_open(dir, LOG_PEEK);
	if (c->log == NULL)
		return -1;
	acked = log_acked(dir);
	c->expect = acked > log_base(c->log) ? acked : log_base(c->log);
	if (c->expect > log_first(c->log))
		c->expect = log_first(c->log);
	if (skips(f, &time) && log_segment_time(c->log) < time) {
		c->expect = 0;
		log_skip_older(c->log, time);
	}
	return 0;
}

/* A gap up to `to`, before a record of time `next`. */
static void print_gap(struct cat_log *c, const struct cat_filter *f, const struct log_id *id,
    uint64_t to, int64_t next)
{
	if (c->skip == 0 && c->expect != 0 && to > c->expect && c->time < f->until_ns &&
	    next >= f->since_ns)
		cat_print_gap(f->form, c->node, id, c->expect, to - 1);
	if (to > c->expect)
		c->expect = to;
}

static bool matches(const struct cat_filter *f, const struct record *r)
{
	if (r->time_ns < f->since_ns || r->time_ns >= f->until_ns)
		return false;
	for (size_t i = 0; i < f->n_sources; i++) {
		if (source_matches(f->sources[i], r->source, r->source_len))
			return true;
	}
	return f->n_sources == 0;
}

static int print_frame(
    struct cat_log *c, const struct cat_filter *f, const struct log_frame *fr, const uint8_t *raw)
{
	size_t at = 0;

	for (uint32_t i = 0; i < fr->head.count; i++) {
		uint64_t seq = fr->head.seq + i;
		struct record r;

		record_next(raw, fr->head.raw_len, &at, &r);
		if (seq < c->expect)
			continue;
		print_gap(c, f, &fr->id, seq, r.time_ns);
		c->expect = seq + 1;
		c->time = r.time_ns;
		if (!matches(f, &r) || (c->skip > 0 && --c->skip > 0))
			continue;
		if (cat_print_record(f->form, c->node, &fr->id, seq, &r) == -1)
			return -1;
	}
	progress(
	    "%s: record %" PRIu64 " of %" PRIu64, c->node, c->expect - 1, log_next(c->log) - 1);
	return 0;
}

/* log_read() of a frame that can be decoded, and its body. */
static int read_frame(struct cat_log *c, struct log_frame *fr, const uint8_t **raw)
{
	int rc;

	while ((rc = log_read(c->log, fr)) == 1) {
		const char *why = "";
		*raw = frame_body(&fr->head, fr->data, &c->scratch, &why);
		if (*raw != NULL)
			break;
		msg_warn("%s: records from %" PRIu64 " on: %s", c->node, fr->head.seq, why);
		c->damaged = true;
	}
	c->damaged |= log_damaged(c->log);
	return rc;
}

int cat_log_print(struct cat_log *c, const struct cat_filter *f)
{
	struct log_frame fr;
	const uint8_t *raw;
	int rc;

	while ((rc = read_frame(c, &fr, &raw)) == 1) {
		if (print_frame(c, f, &fr, raw) == -1)
			return -1;
	}
	if (rc == -1)
		return -1;
	print_gap(c, f, log_id(c->log), log_next(c->log), INT64_MAX);
	return 0;
}

/* Counts what matches from `from`, where the reader is, to before `to`. */
static int count(
    struct cat_log *c, const struct cat_filter *f, uint64_t from, uint64_t to, uint64_t *n)
{
	struct log_frame fr = { .head = { .seq = from } };
	const uint8_t *raw;
	int rc;

	while ((rc = read_frame(c, &fr, &raw)) == 1 && fr.head.seq < to) {
		size_t at = 0;

		for (uint64_t seq = fr.head.seq; seq < frame_end(&fr.head); seq++) {
			struct record r;

			record_next(raw, fr.head.raw_len, &at, &r);
			*n += seq >= from && seq < to && matches(f, &r);
		}
	}
	return rc == -1 ? -1 : 0;
}

int cat_log_tail(struct cat_log *c, const struct cat_filter *f, uint64_t *want)
{
	uint64_t first = log_first(c->log), from = log_next(c->log), found = 0;
	int64_t time;

	/* Each look goes back as far again as all before it. */
	for (uint64_t n = *want; found < *want && from > first; n *= 2) {
		uint64_t to = from;

		from = from - first > n ? from - n : first;
		if (log_seek(c->log, from) == -1)
			return -1;
		if (skips(f, &time) && log_segment_time(c->log) < time)
			first = from; /* nothing before it matches */
		if (count(c, f, from, to, &found) == -1)
			return -1;
	}
	if (from > log_first(c->log))
		c->expect = from;
	if (found >= *want && *want > 0)
		c->skip = found - *want + 1;
	*want -= found < *want ? found : *want;
	return log_seek(c->log, from);
}

void cat_log_close(struct cat_log *c)
{
	log_close(c->log);
	c->log = NULL;
	buf_free(&c->scratch);
}

/* --- All logs of a node --- */

/* The entry of this log in c->v, made when first seen. NULL: no memory. */
static struct cat_log *entry(struct cat_node *c, const struct log_id *id)
{
	void *v;

	for (size_t i = 0; i < c->n; i++) {
		if (memcmp(&c->v[i].id, id, sizeof(*id)) == 0)
			return &c->v[i].log;
	}
	v = reallocarray(c->v, c->n + 1, sizeof(*c->v));
	if (v == NULL)
		return NULL;
	c->v = v;
	memset(&c->v[c->n], 0, sizeof(*c->v));
	c->v[c->n].id = *id;
	return &c->v[c->n++].log;
}

static int print_log(
    struct cat_node *c, const struct log_id *id, const char *dir, const struct cat_filter *f)
{
	struct cat_log *l = entry(c, id);
	int rc;

	if (l == NULL || dir == NULL)
		return -1;
	rc = l->log != NULL ? log_refresh(l->log) : cat_log_open(l, c->name, dir, f);
	if (rc == 0)
		rc = cat_log_print(l, f);
	if (l->log != NULL) {
		c->damaged |= l->damaged;
		if (rc == -1 || !c->follow)
			cat_log_close(l);
	}
	/* Not there yet, or trimmed away meanwhile. */
	return rc == -1 && errno == ENOENT ? 0 : rc;
}

/* For `bijk-master status`. Only after reading all of an archive is it known to
 * be whole. */
static void note_damage(const struct cat_node *c, bool all)
{
	struct node_state st;
	int lock;

	if (store_state(c->store, c->name, &st) == -1 ||
	    (c->damaged ? c->noted : !all || st.damaged == 0))
		return;
	lock = store_state_lock(c->store, c->name, &st);
	st.damaged = c->damaged ? now_s() : 0;
	store_state_save(c->store, c->name, &st, lock);
}

/* Opens a log where its last *want records begin. */
static int tail_log(struct cat_node *c, const struct log_id *id, const char *dir,
    const struct cat_filter *f, uint64_t *want)
{
	struct cat_log *l = entry(c, id);

	if (l == NULL || dir == NULL)
		return -1;
	if (cat_log_open(l, c->name, dir, f) == -1)
		return errno == ENOENT ? 0 : -1;
	return cat_log_tail(l, f, want);
}

/* Of the spool there is one, whose id nobody asks for. */
static int list_logs(const struct cat_node *c, struct log_id **ids)
{
	if (c->store != NULL)
		return store_logs(c->store, c->name, ids);
	*ids = calloc(1, sizeof(**ids));
	return *ids != NULL ? 1 : -1;
}

static char *log_path(const struct cat_node *c, const struct log_id *id)
{
	return c->store != NULL ? store_log_path(c->store, c->name, id) : strdup(c->spool);
}

int cat_node_print(struct cat_node *c, const struct cat_filter *f)
{
	uint64_t want = c->begun ? 0 : f->tail;
	struct log_id *ids = NULL;
	int n = list_logs(c, &ids), rc = 0;
	char *dir;

	if (n == -1)
		return -1;
	/* The last records are in the log that was last used. */
	for (int i = n - 1; i >= 0 && rc == 0 && !c->begun && f->tail > 0; i--) {
		dir = log_path(c, &ids[i]);
		rc = tail_log(c, &ids[i], dir, f, &want);
		free(dir);
	}
	c->begun = true;
	for (int i = 0; i < n && rc == 0; i++) {
		dir = log_path(c, &ids[i]);
		rc = print_log(c, &ids[i], dir, f);
		free(dir);
	}
	free(ids);
	if (rc == 0 && c->store != NULL) {
		note_damage(c, f->since_ns == INT64_MIN && f->tail == 0);
		c->noted = c->damaged;
	}
	return rc;
}

void cat_node_free(struct cat_node *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->v[i].log.log != NULL)
			cat_log_close(&c->v[i].log);
	}
	free(c->v);
	c->v = NULL;
	c->n = 0;
}
