/* SPDX-License-Identifier: ISC */
/*
 * Batches on their way: while COMMAND has one, the next one is filled. The order
 * that a feed depends on is kept here: COMMAND confirms a batch, then its cursors
 * are replaced, durably, and only then COMMAND gets the next one.
 *
 *   delivery_begin()
 *     delivery_node(), and for each record batch_add(delivery_batch()), the move of
 *     the node's cursor, delivery_flush() where the batch is full; fed->ended
 *   delivery_finish(), delivery_end()
 */
#ifndef BIJK_FEED_DELIVERY_H
#define BIJK_FEED_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "master/feed/batch.h"
#include "master/feed/command.h"
#include "master/feed/seen.h"
#include "master/feed/state.h"
#include "master/store/feed.h"

/* A node whose records are in the batch, or whose cursor it moves. */
struct fed {
	struct feed_move move;
	struct node_mark mark;
	bool known; /* the feed had it before */
	bool moved; /* since the last batch */
	bool ended; /* all of it is in the batch */
	bool whole; /* …and nothing was left in a log */
};

struct delivery {
	const char *name; /* of the feed */
	int dir;	  /* its directory */
	struct seen *seen;
	struct feed_state *state;
	int fault; /* an exit code, while the rest goes on; 0: none */
	struct command command;
	struct batch batches[2];
	unsigned filling;
	struct fed **fed; /* of the batch being filled; the last is being read */
	size_t n;
	struct fed **sent; /* of the batch that COMMAND has, or of none */
	size_t sent_n;
	bool busy; /* COMMAND is at work */
};

/* The caller has set what is above `batches`. -1: errno. */
int delivery_begin(struct delivery *d, enum feed_format format);
struct batch *delivery_batch(struct delivery *d);
/* NULL: no memory. It belongs to d. */
struct fed *delivery_node(struct delivery *d, const char *node);
/* Takes back the last one, of which nothing was read. */
void delivery_drop(struct delivery *d);
/*
 * Waits until the batch before is confirmed, and gives COMMAND this one, if there
 * is anything in it. 0, or an exit code, after which the run must end; it was
 * reported.
 */
int delivery_flush(struct delivery *d);
/* Waits for all. rc: what the run came to; 0: what is left is flushed. The same. */
int delivery_finish(struct delivery *d, int rc);
void delivery_end(struct delivery *d);

#endif
