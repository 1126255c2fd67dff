/* SPDX-License-Identifier: ISC */
/* What a session leaves in the state of its node. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/text.h"
#include "master/receive.h"
#include "master/receive_impl.h"

#include "common/base/banned.h"

static void keep_log(const struct receiver *t, struct node_state *st)
{
	const struct log_id *id = &t->said.id;

	if (!st->has_log || memcmp(&st->log, id, sizeof(*id)) != 0) {
		/* The log before again: two machines share one name. */
		if (st->has_old_log && memcmp(&st->old_log, id, sizeof(*id)) == 0)
			st->cloned = now_s();
		st->has_old_log = st->has_log;
		st->old_log = st->log;
		memcpy(st->old_log_address, st->log_address, sizeof(st->log_address));
		st->has_log = true;
		st->log = *id;
		st->log_since = now_s();
	}
	snprintf(st->log_address, sizeof(st->log_address), "%s", t->r->address);
}

static void keep_good(const struct receive *r, struct node_state *st)
{
	st->contact = now_s();
	if (!st->has_direction || st->direction != r->direction)
		st->direction_since = st->contact;
	st->has_direction = true;
	st->direction = r->direction;
	if (r->direction == DIRECTION_PULL) {
		st->last_pull = st->contact;
		snprintf(st->pulled_address, sizeof(st->pulled_address), "%s", r->address);
	}
	st->failures = 0;
	st->reason[0] = '\0';
}

static void keep_records(const struct receiver *t, struct node_state *st)
{
	const struct totals *n = &t->totals;

	st->records += n->records;
	st->bytes += n->bytes;
	if (n->newest_ns > st->newest_ns)
		st->newest_ns = n->newest_ns;
	st->left = t->said.next > t->durable ? t->said.next - t->durable : 0;
	st->gaps += n->gaps;
	st->lost += n->lost;
	if (n->gaps > 0) {
		st->gap_from = n->gap_from;
		st->gap_to = n->gap_to;
		st->gap_time = now_s();
	}
	if (t->early > 0)
		st->cut = now_s();
	st->cut_records += t->early;
}

/* For the pictures of the last day. What the clocks differ by is no delay. */
static void keep_day(const struct receiver *t, const struct node_state *st)
{
	const struct totals *n = &t->totals;
	int64_t now = now_s(), waited = now - (n->oldest_ns / 1000000000 - st->skew);
	struct day_slot adds = { .bytes = n->bytes };

	if (n->records > 0 && waited > 0)
		adds.delay = waited < UINT32_MAX ? (uint32_t)waited : UINT32_MAX;
	if (store_day_add(t->r->store, t->r->name, now, &adds) == -1)
		msg_info("node %s: saving its last day: %s", t->r->name, strerror(errno));
}

void receive_keep(const struct receiver *t, bool good, bool damaged)
{
	const struct receive *r = t->r;
	struct node_state st;
	int lock = store_state_lock(r->store, r->name, &st);

	if (r->direction == DIRECTION_PULL)
		st.tried = t->began;
	/* However it ended: breaking off earns no earlier push. */
	else if (good || t->totals.records > 0 || t->totals.gaps > 0)
		st.push_began = t->began;
	keep_records(t, &st);
	if (damaged)
		st.damaged = now_s();
	st.skew = (int64_t)t->said.time - t->heard;
	keep_log(t, &st);
	if (good)
		keep_good(r, &st);
	if (good || t->totals.records > 0)
		keep_day(t, &st);
	store_state_save(r->store, r->name, &st, lock);
}

void receive_failed(
    struct store *s, const char *name, enum direction direction, int64_t began, const char *reason)
{
	struct node_state st;
	int lock = store_state_lock(s, name, &st);

	if (direction == DIRECTION_PULL) {
		st.failures++;
		st.tried = began;
	}
	st.failed = now_s();
	st.failed_direction = direction;
	vis(st.reason, sizeof(st.reason), reason, strlen(reason));
	store_state_save(s, name, &st, lock);
}
