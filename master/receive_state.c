/* SPDX-License-Identifier: ISC */
#include "master/receive_state.h"

#include <stdio.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/text.h"

#include "common/base/banned.h"

static void keep_log(const struct session_result *n, struct node_state *st)
{
	if (!st->has_log || memcmp(&st->log, &n->id, sizeof(n->id)) != 0) {
		/* The log before again: two machines share one name. */
		if (st->has_old_log && memcmp(&st->old_log, &n->id, sizeof(n->id)) == 0)
			st->cloned = now_s();
		st->has_old_log = st->has_log;
		st->old_log = st->log;
		memcpy(st->old_log_address, st->log_address, sizeof(st->log_address));
		st->has_log = true;
		st->log = n->id;
		st->log_since = now_s();
	}
	snprintf(st->log_address, sizeof(st->log_address), "%s", n->address);
}

static void note_good(const struct session_result *n, struct node_state *st)
{
	st->contact = now_s();
	if (!st->has_direction || st->direction != n->direction)
		st->direction_since = st->contact;
	st->has_direction = true;
	st->direction = n->direction;
	if (n->direction == DIRECTION_PULL) {
		st->last_pull = st->contact;
		snprintf(st->pulled_address, sizeof(st->pulled_address), "%s", n->address);
	}
	st->failures = 0;
	st->reason[0] = '\0';
}

static void note_records(const struct session_result *n, struct node_state *st)
{
	const struct totals *t = &n->totals;

	st->records += t->records;
	st->bytes += t->bytes;
	if (t->newest_ns > st->newest_ns)
		st->newest_ns = t->newest_ns;
	st->left = n->left;
	st->gaps += t->gaps;
	st->lost += t->lost;
	if (t->gaps > 0) {
		st->gap_from = t->gap_from;
		st->gap_to = t->gap_to;
		st->gap_time = now_s();
	}
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void note_gone(const struct store_gone *g, struct node_state *st)
{
	st->records = less(st->records, g->records);
	st->bytes = less(st->bytes, g->bytes);
	if (g->early_size == 0)
		return;
	st->cut = now_s();
	st->cut_records += g->early;
	st->cut_bytes += g->early_size;
}

static void add_result(struct node_state *st, const void *arg)
{
	const struct session_result *n = arg;

	if (n->direction == DIRECTION_PULL)
		st->tried = n->began;
	note_records(n, st);
	if (n->damaged)
		st->damaged = now_s();
	note_gone(&n->gone, st);
	/* However it ended: breaking off earns no earlier push. */
	if (n->direction == DIRECTION_PUSH &&
	    (n->good || n->totals.records > 0 || n->totals.gaps > 0))
		st->push_began = n->began;
	st->skew = n->skew;
	keep_log(n, st);
	if (n->good)
		note_good(n, st);
}

void session_result_keep(struct store *s, const struct session_result *n)
{
	store_state_change(s, n->name, add_result, n);
}

static void add_wait(struct node_state *st, const void *arg)
{
	st->waited = now_s();
	st->wait = *(const uint64_t *)arg;
}

void receive_waits(struct store *s, const char *name, uint64_t seconds)
{
	store_state_change(s, name, add_wait, &seconds);
}

struct failure {
	enum direction direction;
	int64_t began;
	const char *reason;
};

static void add_failure(struct node_state *st, const void *arg)
{
	const struct failure *f = arg;

	if (f->direction == DIRECTION_PULL) {
		st->failures++;
		st->tried = f->began;
	}
	st->failed = now_s();
	st->failed_direction = f->direction;
	vis(st->reason, sizeof(st->reason), f->reason, strlen(f->reason));
}

void receive_failed(
    struct store *s, const char *name, enum direction direction, int64_t began, const char *reason)
{
	store_state_change(s, name, add_failure, &(struct failure){ direction, began, reason });
}
