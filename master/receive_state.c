/* SPDX-License-Identifier: ISC */
#include "master/receive_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/vis.h"

#include "common/base/banned.h"

static void note_log(const struct session_news *n, struct node_state *st)
{
	if (!st->has_log || memcmp(&st->log, &n->id, sizeof(n->id)) != 0) {
		/* Back to the log before: two machines take turns under one name. */
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

static void note_good(const struct session_news *n, struct node_state *st)
{
	st->contact = now_s();
	if (!st->has_way || st->way != n->way)
		st->way_since = st->contact;
	st->has_way = true;
	st->way = n->way;
	if (n->way == WAY_PUSH)
		st->push_began = n->began;
	else
		st->last_pull = st->contact;
	st->failures = 0;
	st->reason[0] = '\0';
}

static void note_records(const struct session_news *n, struct node_state *st)
{
	const struct tally *t = &n->tally;

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

void session_news_keep(struct store *s, const struct session_news *n)
{
	struct node_state st;
	int lock = store_state_lock(s, n->name);

	if (lock != -1 && store_state(s, n->name, &st) == 0) {
		note_records(n, &st);
		st.skew = n->skew;
		note_log(n, &st);
		if (n->good)
			note_good(n, &st);
		if (store_state_put(s, n->name, &st) == -1)
			msg_warn("node %s: keeping its state: %s", n->name, strerror(errno));
	}
	close_fd(lock);
}

void receive_waits(struct store *s, const char *name, uint64_t seconds)
{
	struct node_state st;
	int lock = store_state_lock(s, name);

	if (lock != -1 && store_state(s, name, &st) == 0) {
		st.waited = now_s();
		st.wait = seconds;
		if (store_state_put(s, name, &st) == -1)
			msg_warn("node %s: keeping its state: %s", name, strerror(errno));
	}
	close_fd(lock);
}

void receive_failed(struct store *s, const char *name, enum way way, const char *reason)
{
	struct node_state st;
	int lock = store_state_lock(s, name);

	if (lock != -1 && store_state(s, name, &st) == 0) {
		if (way == WAY_PULL)
			st.failures++;
		st.failed = now_s();
		st.failed_way = way;
		vis(st.reason, sizeof(st.reason), reason, strlen(reason));
		if (store_state_put(s, name, &st) == -1)
			msg_warn("node %s: keeping its state: %s", name, strerror(errno));
	}
	close_fd(lock);
}
