/* SPDX-License-Identifier: ISC */
#include "master/cat/cat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"

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
	if (c->expect != 0 && to > c->expect && c->time < f->until_ns && next >= f->since_ns)
		cat_print_gap(f->json, c->node, id, c->expect, to - 1);
	if (to > c->expect)
		c->expect = to;
}

static bool matches(const struct cat_filter *f, const struct record *r)
{
	return r->time_ns >= f->since_ns && r->time_ns < f->until_ns &&
	    (f->source == NULL ||
		(strlen(f->source) == r->source_len &&
		    memcmp(f->source, r->source, r->source_len) == 0));
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
		if (matches(f, &r) && cat_print_record(f->json, c->node, &fr->id, seq, &r) == -1)
			return -1;
	}
	return 0;
}

int cat_log_print(struct cat_log *c, const struct cat_filter *f)
{
	struct log_frame fr;
	int rc;

	while ((rc = log_read(c->log, &fr)) == 1) {
		const char *why = "";
		const uint8_t *raw = frame_body(&fr.head, fr.data, &c->scratch, &why);
		if (raw == NULL) {
			msg_warn("%s: records from %" PRIu64 " on: %s", c->node, fr.head.seq, why);
			c->damaged = true;
			continue;
		}
		if (print_frame(c, f, &fr, raw) == -1)
			return -1;
	}
	c->damaged |= log_damaged(c->log);
	if (rc == -1)
		return -1;
	print_gap(c, f, log_id(c->log), log_next(c->log), INT64_MAX);
	return 0;
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

	if (l == NULL)
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

int cat_node_print(struct cat_node *c, const struct cat_filter *f)
{
	static const struct log_id none;
	struct log_id *ids = NULL;
	int n, rc = 0;

	if (c->store == NULL)
		return print_log(c, &none, c->spool, f);
	n = store_logs(c->store, c->name, &ids);
	if (n == -1)
		return -1;
	for (int i = 0; i < n && rc == 0; i++) {
		char *dir = store_log_path(c->store, c->name, &ids[i]);
		rc = dir != NULL ? print_log(c, &ids[i], dir, f) : -1;
		free(dir);
	}
	free(ids);
	if (rc == 0) {
		note_damage(c, f->since_ns == INT64_MIN);
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
