/* SPDX-License-Identifier: ISC */
#include "master/feed/read.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/log/log.h"

#include "common/base/banned.h"

/* A log being read, up to `end`. */
struct reading {
	struct feed_reader *r;
	struct fed *fed;
	const struct log_id *id;
	char *path;
	struct log *log;
	uint64_t end;
	struct feed_position *at;
};

/* The rest goes on, and this log with the next run. */
static void unreadable(struct reading *g)
{
	msg_error("feed %s: reading %s: %s", g->r->plan->name, g->path != NULL ? g->path : "a log",
	    strerror(errno));
	g->r->delivery->fault = EX_IOERR;
	g->fed->whole = false;
}

/* Records are not there: because they were removed, or never came. */
static int pass_gap(struct reading *g, uint64_t to)
{
	struct log *l = log_open(g->path, LOG_PEEK);
	uint64_t from = g->at->next, first = l != NULL ? log_first(l) : from;
	char which[RANGE_MAX];

	log_close(l);
	first = first < to ? first : to;
	if (first > from) {
		g->at->missed += first - from;
		msg_warn("feed %s: node %s: %s removed before they were delivered",
		    g->r->plan->name, g->fed->move.node,
		    num_show_range(which, "record", from, first));
	}
	g->at->next = to;
	g->fed->moved = true;
	return batch_add_gap(
	    delivery_batch(g->r->delivery), g->fed->move.node, g->id, from, to - 1);
}

static bool is_wanted(const struct feed_plan *o, const struct record *r)
{
	char source[SOURCE_MAX + 1] = "";

	memcpy(source, r->source, r->source_len);
	for (size_t i = 0; i < o->sources_n; i++) {
		if (fnmatch(o->sources[i], source, 0) == 0)
			return true;
	}
	return o->sources_n == 0;
}

static int cannot_write(const struct reading *g)
{
	msg_error("feed %s: filling a batch: %s", g->r->plan->name, strerror(errno));
	return EX_IOERR;
}

/* 0, or an exit code. */
static int take_record(struct reading *g, uint64_t seq, const struct record *rec)
{
	struct delivery *d = g->r->delivery;

	if ((seq > g->at->next && pass_gap(g, seq) == -1) ||
	    (is_wanted(g->r->plan, rec) &&
		batch_add(delivery_batch(d), g->fed->move.node, g->id, seq, rec) == -1))
		return cannot_write(g);
	g->at->next = seq + 1;
	g->fed->moved = true;
	return batch_size(delivery_batch(d)) >= (off_t)g->r->plan->batch ? delivery_flush(d) : 0;
}

/* 0, or an exit code. */
static int take_frame(struct reading *g, const struct log_frame *fr)
{
	const char *why = "";
	const uint8_t *raw = frame_body(&fr->head, fr->data, &g->r->scratch, &why);
	size_t at = 0;
	int rc = 0;

	if (raw == NULL) {
		msg_warn(
		    "%s: records from %" PRIu64 " on: %s", g->fed->move.node, fr->head.seq, why);
		g->r->delivery->fault = EX_DATAERR;
		return 0;
	}
	for (uint32_t i = 0; rc == 0 && i < fr->head.count; i++) {
		uint64_t seq = fr->head.seq + i;
		struct record rec;

		record_next(raw, fr->head.raw_len, &at, &rec);
		if (seq >= g->at->next && seq < g->end)
			rc = take_record(g, seq, &rec);
	}
	return rc;
}

/* To the end of the log; raw batches end there, too. 0, or an exit code. */
static int read_log(struct reading *g)
{
	struct delivery *d = g->r->delivery;
	struct log_frame fr;
	int rc = 0, got = log_seek(g->log, g->at->next);

	while (got != -1 && rc == 0 && (got = log_read(g->log, &fr)) == 1 && fr.head.seq < g->end)
		rc = take_frame(g, &fr);
	if (rc != 0)
		return rc;
	if (got == -1)
		unreadable(g);
	else if (g->at->next < g->end && pass_gap(g, g->end) == -1)
		return cannot_write(g);
	if (log_damaged(g->log) && d->fault == 0)
		d->fault = EX_DATAERR;
	return g->r->plan->format == FEED_RAW && delivery_batch(d)->records > 0 ? delivery_flush(d)
										: 0;
}

/* A log that a session writes is read below its last segment. */
static int open_for_reading(struct reading *g)
{
	g->log = log_open(g->path, LOG_READ_NOW);
	if (g->log != NULL) {
		g->end = log_next(g->log);
		return 0;
	}
	if (errno != EWOULDBLOCK)
		return -1;
	g->fed->whole = false;
	g->log = log_open(g->path, LOG_PEEK);
	if (g->log != NULL)
		g->end = log_settled(g->log);
	return g->log != NULL ? 0 : -1;
}

/*
 * Where the feed has this log. One that appears later in a node that it has
 * begins with its base: what is gone there is missed.
 */
static struct feed_position *position_in(struct reading *g)
{
	struct feed_cursor *c = &g->fed->move.cursor;
	struct feed_position *p = feed_cursor_find(c, g->id);
	uint64_t from = g->fed->known ? log_base(g->log) : log_first(g->log);

	if (p != NULL)
		return p;
	if (g->r->from_now && !g->fed->known)
		from = g->end;
	g->fed->moved = true;
	return feed_cursor_add(c, g->id, from < g->end ? from : g->end);
}

int feed_read_log(struct feed_reader *r, struct fed *f, const struct log_id *id)
{
	struct reading g = { .r = r, .fed = f, .id = id };
	int rc = 0;

	g.path = store_log_path(r->store, f->move.node, id);
	if (g.path != NULL && open_for_reading(&g) == 0 && (g.at = position_in(&g)) != NULL)
		rc = g.at->next < g.end ? read_log(&g) : 0;
	else if (g.path == NULL || g.log != NULL || errno != ENOENT) /* it was removed just now */
		unreadable(&g);
	log_close(g.log);
	free(g.path);
	return rc;
}
