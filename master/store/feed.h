/* SPDX-License-Identifier: ISC */
/*
 * What the store keeps of feeds (bijk-feed(8)), in feeds/NAME/:
 *
 *   NODE        its cursor: a line `LOGID NEXT MISSED` for each of its logs
 *   rejected/   batches that COMMAND refused
 *   .lock, .begun, .state, .seen
 *
 * A cursor names a position that is durable in the archive, and is durable
 * itself when store_cursors_put() returns. Names of feeds are as those of nodes.
 * A function that fails returns -1 with errno.
 */
#ifndef BIJK_STORE_FEED_H
#define BIJK_STORE_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/names.h"
#include "master/store/store.h"

/* The directory of a feed, made if need be. ENOENT: there is no such feed. */
int store_feed_open(struct store *s, const char *feed, bool make);
/* Calls call() with each name in order, until it returns non-zero, and returns
 * that. */
int store_each_feed(struct store *s, int (*call)(const char *feed, void *arg), void *arg);

/* --- Cursors --- */

struct feed_position {
	struct log_id log;
	uint64_t next;	 /* what is below was confirmed, or missed */
	uint64_t missed; /* so many were removed before the feed had them */
};

/* Of one node. */
struct feed_cursor {
	struct feed_position *v;
	size_t n;
};

/* ENOENT: the feed has nothing of this node yet. EBADMSG: it is damaged. */
int store_cursor_read(int feed, const char *node, struct feed_cursor *c);
void feed_cursor_free(struct feed_cursor *c);
/* NULL: it has no such log. */
struct feed_position *feed_cursor_find(const struct feed_cursor *c, const struct log_id *id);
/* Adds one at `next`. NULL: no memory; else valid until the next addition. */
struct feed_position *feed_cursor_add(
    struct feed_cursor *c, const struct log_id *id, uint64_t next);
/* When it was last replaced, nanoseconds; 0: there is none. */
int64_t store_cursor_time(int feed, const char *node);

struct feed_move {
	char node[NODE_NAME_MAX + 1];
	struct feed_cursor cursor;
};

/*
 * Replaces the cursors of n nodes: each is the old or the new one, whenever the
 * machine fails. Durable. After -1 some may be replaced.
 */
int store_cursors_put(int feed, const struct feed_move *v, size_t n);

/* archive.keep_for: the feeds that retention waits for. */
const struct yaml_list *store_keep_for(const struct store *s);
/*
 * Below which number these feeds have all records of a log: UINT64_MAX where there is
 * no such feed, 0 where one has nothing of it.
 */
uint64_t store_kept_from(struct store *s, const char *node, const struct log_id *id);

/* --- Has anything come? --- */

/* What the directories and last segments of a node's logs looked like. */
struct log_mark {
	struct log_id id;
	int64_t dir_ns; /* its directory was last changed */
	uint64_t last;	/* its last segment */
	uint64_t size;	/* bytes of that */
	int64_t time;	/* it was last written, seconds */
};

struct node_mark {
	int64_t dir_ns; /* a log was last made or removed */
	struct log_mark *v;
	size_t n;
};

/* Take it before reading the logs. -1 ENOENT: there are none. */
int store_mark(struct store *s, const char *node, struct node_mark *m);
void node_mark_free(struct node_mark *m);
/*
 * Does a later change show? Not if a directory was changed just now: the clock
 * of a file system may tick too slowly to tell another change from that.
 */
bool node_mark_tells(const struct node_mark *m, int64_t now_ns);
/* Was nothing added or removed since? A few stat() calls, and no file opened. */
bool store_mark_holds(struct store *s, const char *node, const struct node_mark *m);

#endif
