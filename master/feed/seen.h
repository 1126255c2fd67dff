/* SPDX-License-Identifier: ISC */
/*
 * Which nodes a feed has to their end, in feeds/NAME/.seen: while the marks of
 * such a node hold (store/feed.h), a run does not open its logs or its cursor.
 * Small state: without it a run takes longer, and is as right.
 */
#ifndef BIJK_FEED_SEEN_H
#define BIJK_FEED_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "master/store/feed.h"

struct seen_node {
	char name[NODE_NAME_MAX + 1];
	int64_t cursor_ns; /* its cursor was last replaced */
	uint64_t missed;   /* in all its logs */
	struct node_mark mark;
	bool stale; /* not written again */
};

struct seen {
	struct seen_node *v; /* in the order of their names */
	size_t n, sorted;    /* the first `sorted` are; others were added */
	bool changed;
};

/* What cannot be read is absent. */
void seen_read(struct seen *s, int feed);
/* NULL: it was not there, or does not hold any more; then it is stale. */
const struct seen_node *seen_holds(struct seen *s, struct store *store, int feed, const char *node);
/* Takes over the mark. Without memory the node is not remembered. */
void seen_add(struct seen *s, int feed, const char *node, uint64_t missed, struct node_mark *m);
/* Unsynced, if anything changed. -1: errno. */
int seen_write(struct seen *s, int feed);
void seen_free(struct seen *s);

#endif
