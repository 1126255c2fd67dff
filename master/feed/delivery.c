/* SPDX-License-Identifier: ISC */
#include "master/feed/delivery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"

#include "common/base/banned.h"

int delivery_begin(struct delivery *d, enum feed_format format)
{
	for (size_t i = 0; i < 2; i++) {
		if (batch_begin(&d->batches[i], format) == -1)
			return -1;
	}
	return 0;
}

struct batch *delivery_batch(struct delivery *d)
{
	return &d->batches[d->filling];
}

static struct batch *sent_batch(struct delivery *d)
{
	return &d->batches[1 - d->filling];
}

/* --- Nodes --- */

static void fed_free(struct fed *f)
{
	feed_cursor_free(&f->move.cursor);
	node_mark_free(&f->mark);
	free(f);
}

static void fed_free_all(struct fed **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fed_free(v[i]);
	free(v);
}

struct fed *delivery_node(struct delivery *d, const char *node)
{
	struct fed **v = reallocarray(d->fed, d->n + 1, sizeof(struct fed *));
	struct fed *f = v != NULL ? calloc(1, sizeof(*f)) : NULL;

	if (v != NULL)
		d->fed = v;
	if (f == NULL)
		return NULL;
	snprintf(f->move.node, sizeof(f->move.node), "%s", node);
	f->whole = true;
	v[d->n++] = f;
	return f;
}

void delivery_drop(struct delivery *d)
{
	fed_free(d->fed[--d->n]);
}

/* As it is now: reading goes on. NULL: no memory. */
static struct fed *fed_copy(const struct fed *f)
{
	struct fed *c = calloc(1, sizeof(*c));
	struct feed_position *v = calloc(f->move.cursor.n + 1, sizeof(*v));

	if (c == NULL || v == NULL) {
		free(c);
		free(v);
		return NULL;
	}
	*c = *f;
	c->mark = (struct node_mark){ .dir_ns = 0 };
	memcpy(v, f->move.cursor.v, f->move.cursor.n * sizeof(*v));
	c->move.cursor.v = v;
	return c;
}

/* What the batch moves is sent; a node that is being read stays. -1: no memory. */
static int send_nodes(struct delivery *d)
{
	struct fed *last = d->n > 0 && !d->fed[d->n - 1]->ended ? d->fed[d->n - 1] : NULL;
	struct fed **rest = NULL;

	if (last != NULL) {
		rest = calloc(1, sizeof(struct fed *));
		d->fed[d->n - 1] = rest != NULL ? fed_copy(last) : NULL;
		if (d->fed[d->n - 1] == NULL) {
			d->fed[d->n - 1] = last;
			free(rest);
			return -1;
		}
		rest[0] = last;
		last->moved = false;
	}
	d->sent = d->fed;
	d->sent_n = d->n;
	d->fed = rest;
	d->n = last != NULL;
	return 0;
}

/* --- What COMMAND said --- */

static uint64_t missed_of(const struct feed_cursor *c)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->n; i++)
		sum += c->v[i].missed;
	return sum;
}

/* Durable. -1: reported. */
static int put_cursors(struct delivery *d)
{
	struct feed_move *v = calloc(d->sent_n + 1, sizeof(*v));
	size_t n = 0;
	int rc = -1;

	for (size_t i = 0; v != NULL && i < d->sent_n; i++) {
		if (d->sent[i]->moved)
			v[n++] = d->sent[i]->move; /* borrowed */
	}
	if (v != NULL)
		rc = store_cursors_put(d->dir, v, n);
	free(v);
	if (rc == -1)
		msg_error("feed %s: replacing its cursors: %s; what COMMAND confirmed comes again",
		    d->name, strerror(errno));
	return rc;
}

/* The cursors are put: nodes that were read to their end are remembered. */
static void let_go(struct delivery *d)
{
	for (size_t i = 0; i < d->sent_n; i++) {
		struct fed *f = d->sent[i];
		if (f->ended && f->whole && node_mark_tells(&f->mark, now_ns()))
			seen_add(
			    d->seen, d->dir, f->move.node, missed_of(&f->move.cursor), &f->mark);
	}
	fed_free_all(d->sent, d->sent_n);
	d->sent = NULL;
	d->sent_n = 0;
}

static void note_failure(struct delivery *d, const char *why)
{
	msg_error("feed %s: %s; the batch comes again with the next run", d->name, why);
	d->state->failure = now_s();
	snprintf(d->state->reason, sizeof(d->state->reason), "%s", why);
}

static int keep_rejected(struct delivery *d, const char *why)
{
	int rejected = dir_make(d->dir, "rejected", 0700);
	int rc = rejected != -1 ? batch_keep(sent_batch(d), rejected, now_ns()) : -1;
	uint64_t n = sent_batch(d)->records;

	close_fd(rejected);
	if (rc == -1) {
		msg_error("feed %s: keeping a rejected batch in feeds/%s/rejected: %s", d->name,
		    d->name, strerror(errno));
		return -1;
	}
	msg_error("feed %s: %s: a batch of %" PRIu64 " record%s is rejected, and kept in "
		  "feeds/%s/rejected",
	    d->name, why, n, num_s(n), d->name);
	d->state->rejected++;
	d->fault = EX_DATAERR;
	return 0;
}

/* 0, or an exit code. */
static int hear_command(struct delivery *d)
{
	char why[FEED_REASON_MAX];

	d->busy = false;
	switch (command_wait(&d->command, why)) {
	case CONFIRMED: break;
	case REJECTED:
		if (keep_rejected(d, why) == -1)
			return EX_IOERR;
		break;
	case FAILED: note_failure(d, why); return EX_TEMPFAIL;
	}
	d->state->batches++;
	d->state->records += sent_batch(d)->records;
	return 0;
}

/* What was sent is confirmed, and the cursors moved. 0, or an exit code. */
static int settle(struct delivery *d)
{
	struct batch *b = sent_batch(d);
	int rc = d->busy ? hear_command(d) : 0;

	if (rc == 0 && (put_cursors(d) == -1 || batch_reset(b) == -1))
		rc = EX_IOERR;
	if (rc == 0) {
		if (b->refused > 0)
			d->fault = EX_DATAERR;
		d->state->refused += b->refused;
		b->refused = 0;
		let_go(d);
	}
	if (feed_state_write(d->dir, d->state) == -1)
		msg_debug("feed %s: its state: %s", d->name, strerror(errno));
	return rc;
}

/* --- Sending --- */

int delivery_flush(struct delivery *d)
{
	char why[FEED_REASON_MAX];
	off_t size = batch_size(delivery_batch(d));
	int rc = settle(d);

	if (rc != 0)
		return rc;
	if (size == -1 || send_nodes(d) == -1) {
		msg_error("feed %s: filling a batch: %s", d->name, strerror(errno));
		return EX_OSERR;
	}
	d->filling = 1 - d->filling;
	if (size == 0)
		return settle(d);
	if (command_start(&d->command, sent_batch(d), why) == -1) {
		note_failure(d, why);
		return EX_TEMPFAIL;
	}
	d->busy = true;
	return 0;
}

int delivery_finish(struct delivery *d, int rc)
{
	int last = 0;

	if (rc == 0)
		rc = delivery_flush(d);
	/* What COMMAND still has may be confirmed, although the run failed. */
	if (rc == 0 || d->busy)
		last = settle(d);
	return rc != 0 ? rc : last;
}

void delivery_end(struct delivery *d)
{
	fed_free_all(d->fed, d->n);
	fed_free_all(d->sent, d->sent_n);
	for (size_t i = 0; i < 2; i++)
		batch_end(&d->batches[i]);
}
