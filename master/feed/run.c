/* SPDX-License-Identifier: ISC */
#include "master/feed/run.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/log/log.h"
#include "master/feed/command.h"
#include "master/feed/seen.h"
#include "master/feed/state.h"
#include "master/store/feed.h"

#include "common/base/banned.h"

#define BEGUN_FILE ".begun" /* a first run went through all nodes */

/* A node whose records are in the batch, or whose cursor it moves. */
struct fed {
	struct feed_move move;
	struct node_mark mark;
	bool known; /* the feed had it before */
	bool moved;
	bool ended; /* all of it is in the batch */
	bool whole; /* …and nothing was left in a log that a session writes */
};

struct run {
	struct store *store;
	const char *name;
	const struct feed_options *o;
	int dir; /* of the feed */
	bool new;
	struct batch batch;
	struct buf scratch;
	struct fed **fed; /* the last one is being read */
	size_t n;
	struct seen seen;
	struct feed_state state;
	int fault; /* an exit code, while the rest goes on */
};

/* --- The nodes of a batch --- */

static void fed_free(struct fed *f)
{
	if (f == NULL)
		return;
	feed_cursor_free(&f->move.cursor);
	node_mark_free(&f->mark);
	free(f);
}

static struct fed *fed_begin(struct run *r, const char *node)
{
	struct fed **v = reallocarray(r->fed, r->n + 1, sizeof(struct fed *));
	struct fed *f = v != NULL ? calloc(1, sizeof(*f)) : NULL;

	if (v != NULL)
		r->fed = v;
	if (f == NULL)
		return NULL;
	snprintf(f->move.node, sizeof(f->move.node), "%s", node);
	f->whole = true;
	v[r->n++] = f;
	return f;
}

static uint64_t missed_of(const struct feed_cursor *c)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->n; i++)
		sum += c->v[i].missed;
	return sum;
}

/* Durable. -1: reported. */
static int put_cursors(struct run *r)
{
	struct feed_move *v = calloc(r->n > 0 ? r->n : 1, sizeof(*v));
	size_t n = 0;
	int rc = -1;

	for (size_t i = 0; v != NULL && i < r->n; i++) {
		if (r->fed[i]->moved)
			v[n++] = r->fed[i]->move; /* borrowed */
	}
	if (v != NULL)
		rc = store_cursors_put(r->dir, v, n);
	free(v);
	if (rc == -1)
		msg_error("feed %s: replacing its cursors: %s; what COMMAND confirmed comes again",
		    r->name, strerror(errno));
	return rc;
}

/* The cursors are put: what is read to its end is let go. */
static void let_go(struct run *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct fed *f = r->fed[i];
		f->moved = false;
		if (!f->ended) {
			r->fed[kept++] = f;
			continue;
		}
		if (f->whole && node_mark_tells(&f->mark, now_ns()))
			seen_add(
			    &r->seen, r->dir, f->move.node, missed_of(&f->move.cursor), &f->mark);
		fed_free(f);
	}
	r->n = kept;
}

/* --- Delivering --- */

static void note_failure(struct run *r, const char *why)
{
	msg_error("feed %s: %s; the batch comes again with the next run", r->name, why);
	r->state.failure = now_s();
	snprintf(r->state.reason, sizeof(r->state.reason), "%s", why);
}

static int keep_rejected(struct run *r, const char *why)
{
	int rejected = dir_make(r->dir, "rejected", 0700);
	int rc = rejected != -1 ? batch_keep(&r->batch, rejected, now_ns()) : -1;

	close_fd(rejected);
	if (rc == -1) {
		msg_error("feed %s: keeping a rejected batch in feeds/%s/rejected: %s", r->name,
		    r->name, strerror(errno));
		return -1;
	}
	msg_error("feed %s: %s: a batch of %" PRIu64 " record%s is rejected, and kept in "
		  "feeds/%s/rejected",
	    r->name, why, r->batch.records, num_s(r->batch.records), r->name);
	r->state.rejected++;
	r->fault = EX_DATAERR;
	return 0;
}

static int cannot_write(const struct run *r)
{
	msg_error("feed %s: writing a batch: %s", r->name, strerror(errno));
	return EX_IOERR;
}

/* 0, or an exit code. */
static int deliver(struct run *r)
{
	char why[FEED_REASON_MAX];

	if (batch_ready(&r->batch) == -1)
		return cannot_write(r);
	switch (command_run(r->o->command, &r->batch, r->o->timeout, why)) {
	case DELIVERED: break;
	case REJECTED:
		if (keep_rejected(r, why) == -1)
			return EX_IOERR;
		break;
	case FAILED: note_failure(r, why); return EX_TEMPFAIL;
	}
	r->state.batches++;
	r->state.records += r->batch.records;
	return 0;
}

/* Delivers the batch, if there is anything in it, and moves the cursors. 0, or
 * an exit code. */
static int flush_batch(struct run *r)
{
	off_t size = batch_size(&r->batch);
	int rc = size > 0 ? deliver(r) : size == 0 ? 0 : EX_IOERR;

	r->state.refused += r->batch.refused;
	if (r->batch.refused > 0)
		r->fault = EX_DATAERR;
	r->batch.refused = 0;
	if (rc == 0 && put_cursors(r) == -1)
		rc = EX_IOERR;
	if (rc == 0) {
		let_go(r);
		if (batch_reset(&r->batch) == -1)
			rc = EX_IOERR;
	}
	feed_state_write(r->dir, &r->state);
	return rc;
}

/* --- Reading --- */

/* A log being read, up to `end`. */
struct reading {
	struct run *run;
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
	msg_error("feed %s: reading %s: %s", g->run->name, g->path != NULL ? g->path : "a log",
	    strerror(errno));
	g->run->fault = EX_IOERR;
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
		msg_warn("feed %s: node %s: %s removed before they were delivered", g->run->name,
		    g->fed->move.node, num_show_range(which, "record", from, first));
	}
	g->at->next = to;
	g->fed->moved = true;
	return batch_add_gap(&g->run->batch, g->fed->move.node, g->id, from, to - 1);
}

static bool is_wanted(const struct feed_options *o, const struct record *r)
{
	char source[SOURCE_MAX + 1] = "";

	memcpy(source, r->source, r->source_len);
	for (size_t i = 0; i < o->sources_n; i++) {
		if (fnmatch(o->sources[i], source, 0) == 0)
			return true;
	}
	return o->sources_n == 0;
}

static int read_record(struct reading *g, uint64_t seq, const struct record *r)
{
	struct run *run = g->run;

	if ((seq > g->at->next && pass_gap(g, seq) == -1) ||
	    (is_wanted(run->o, r) &&
		batch_add(&run->batch, g->fed->move.node, g->id, seq, r) == -1))
		return cannot_write(run);
	g->at->next = seq + 1;
	g->fed->moved = true;
	return batch_size(&run->batch) >= (off_t)run->o->batch ? flush_batch(run) : 0;
}

/* 0, or an exit code. */
static int take_frame(struct reading *g, const struct log_frame *fr)
{
	const char *why = "";
	const uint8_t *raw = frame_body(&fr->head, fr->data, &g->run->scratch, &why);
	size_t at = 0;
	int rc = 0;

	if (raw == NULL) {
		msg_warn(
		    "%s: records from %" PRIu64 " on: %s", g->fed->move.node, fr->head.seq, why);
		g->run->fault = EX_DATAERR;
		return 0;
	}
	for (uint32_t i = 0; rc == 0 && i < fr->head.count; i++) {
		uint64_t seq = fr->head.seq + i;
		struct record r;

		record_next(raw, fr->head.raw_len, &at, &r);
		if (seq >= g->at->next && seq < g->end)
			rc = read_record(g, seq, &r);
	}
	return rc;
}

/* To the end of the log; raw batches end there, too. 0, or an exit code. */
static int read_log(struct reading *g)
{
	struct run *r = g->run;
	struct log_frame fr;
	int rc = 0, got = log_seek(g->log, g->at->next);

	while (got != -1 && rc == 0 && (got = log_read(g->log, &fr)) == 1 && fr.head.seq < g->end)
		rc = take_frame(g, &fr);
	if (rc != 0)
		return rc;
	if (got == -1)
		unreadable(g);
	else if (g->at->next < g->end && pass_gap(g, g->end) == -1)
		return cannot_write(r);
	if (log_damaged(g->log) && r->fault == 0)
		r->fault = EX_DATAERR;
	return r->o->format == FEED_RAW && r->batch.records > 0 ? flush_batch(r) : 0;
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
	if (g->run->new && g->run->o->from_now && !g->fed->known)
		from = g->end;
	g->fed->moved = true;
	return feed_cursor_add(c, g->id, from < g->end ? from : g->end);
}

static int feed_log(struct run *r, struct fed *f, const struct log_id *id)
{
	struct reading g = { .run = r, .fed = f, .id = id };
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

/* --- The nodes --- */

/* Its cursor and its logs. 1: there is something to read; 0: there is not. */
static int look_at_node(struct run *r, struct fed *f)
{
	const char *node = f->move.node;

	f->known = store_cursor_read(r->dir, node, &f->move.cursor) == 0;
	if (!f->known && errno != ENOENT) {
		msg_error("feed %s: the cursor feeds/%s/%s: %s; to begin with the oldest record "
			  "again, remove it",
		    r->name, r->name, node, errno == EBADMSG ? "damaged" : strerror(errno));
		r->fault = EX_DATAERR;
		return 0;
	}
	if (store_mark(r->store, node, &f->mark) == 0)
		return 1;
	if (errno != ENOENT) {
		msg_error("feed %s: reading the logs of %s: %s", r->name, node, strerror(errno));
		r->fault = EX_IOERR;
	}
	return 0;
}

static int feed_node(const char *node, void *arg)
{
	struct run *r = arg;
	struct fed *f;
	int rc = 0;

	if (seen_holds(&r->seen, r->store, r->dir, node) != NULL)
		return 0;
	f = fed_begin(r, node);
	if (f == NULL) {
		msg_error("feed %s: out of memory", r->name);
		return EX_OSERR;
	}
	if (look_at_node(r, f) == 0) {
		fed_free(r->fed[--r->n]);
		return 0;
	}
	for (size_t i = 0; rc == 0 && i < f->mark.n; i++) {
		if (f->mark.v[i].last > 0)
			rc = feed_log(r, f, &f->mark.v[i].id);
	}
	f->ended = true;
	return rc;
}

static int feed_nodes(struct run *r, char *const *nodes, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (i == 0 || strcmp(nodes[i], nodes[i - 1]) != 0)
			rc = feed_node(nodes[i], r);
	}
	if (n == 0) {
		rc = store_each_node(r->store, feed_node, r);
		if (rc == 0)
			rc = store_each_removed(r->store, feed_node, r);
	}
	if (rc == -1) {
		msg_error("feed %s: listing the nodes: %s", r->name, strerror(errno));
		rc = EX_IOERR;
	}
	return rc;
}

/* --- A run --- */

/* The lock; -1: reported, and r->fault says it. */
static int feed_begin(struct run *r)
{
	int lock;

	r->dir = store_feed_open(r->store, r->name, true);
	lock = r->dir != -1 ? lock_take(r->dir, ".lock", 0) : -1;
	if (lock == -1 && errno == EWOULDBLOCK) {
		msg_notice("feed %s: another run is at work", r->name);
		r->fault = EX_TEMPFAIL;
		return -1;
	}
	if (lock == -1 || batch_begin(&r->batch, r->o->format) == -1) {
		msg_error("feed %s: %s", r->name, strerror(errno));
		r->fault = EX_IOERR;
		close_fd(lock);
		return -1;
	}
	r->new = !file_exists(r->dir, BEGUN_FILE);
	feed_state_read(r->dir, &r->state);
	seen_read(&r->seen, r->dir);
	return lock;
}

static void feed_end(struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		fed_free(r->fed[i]);
	free(r->fed);
	seen_free(&r->seen);
	buf_free(&r->scratch);
	batch_end(&r->batch);
	close_fd(r->dir);
}

static int feed_finish(struct run *r, int rc)
{
	if (rc == 0)
		rc = flush_batch(r);
	if (rc == 0 && r->new &&file_replace(r->dir, BEGUN_FILE, "", 0, 0600, FILE_DURABLE) == -1) {
		msg_error("feed %s: %s: %s", r->name, BEGUN_FILE, strerror(errno));
		rc = EX_IOERR;
	}
	if (rc == 0) {
		r->state.success = now_s();
		r->state.reason[0] = '\0';
	}
	/* Without them the next run takes longer. */
	if (feed_state_write(r->dir, &r->state) == -1 || seen_write(&r->seen, r->dir) == -1)
		msg_warn("feed %s: its state: %s", r->name, strerror(errno));
	return rc == 0 ? r->fault : rc;
}

int feed_run(
    struct store *s, const char *name, const struct feed_options *o, char *const *nodes, size_t n)
{
	struct run r = {
		.store = s, .name = name, .o = o, .dir = -1, .scratch = BUF_INIT(FRAME_MAX)
	};
	uint64_t before;
	int lock = feed_begin(&r), rc = r.fault;

	if (lock != -1) {
		r.state.all = n == 0;
		before = r.state.records;
		rc = feed_finish(&r, feed_nodes(&r, nodes, n));
		msg_info("feed %s: %" PRIu64 " records delivered", name, r.state.records - before);
	}
	feed_end(&r);
	close_fd(lock);
	return rc;
}
