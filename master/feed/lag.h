/* SPDX-License-Identifier: ISC */
/* How far feeds are behind, for those who look at a master. Reads only. */
#ifndef BIJK_FEED_LAG_H
#define BIJK_FEED_LAG_H

#include <stdbool.h>
#include <stdint.h>

#include "master/feed/state.h"
#include "master/store/store.h"

struct feed_lag {
	const char *name;
	bool begun;	  /* false: archive.keep_for names it, and it never ran */
	bool kept_for;	  /* archive.keep_for names it */
	uint64_t lag;	  /* records that are held here, and not confirmed */
	int64_t oldest;	  /* age of the oldest of these, seconds; -1: there is none */
	uint64_t missed;  /* records that were removed before the feed had them */
	unsigned rejects; /* batches in feeds/NAME/rejected/ */
	unsigned unread;  /* nodes whose cursor or logs cannot be read */
	struct feed_state state;
};

/*
 * Calls call() for each feed, by name, until it returns non-zero, and returns
 * that. -1: errno. A node that a feed has to its end costs a few stat() calls,
 * any other the opening of its logs.
 */
int feed_each_lag(
    struct store *s, int64_t now, int (*call)(const struct feed_lag *l, void *arg), void *arg);

#define FEED_TEXT_MAX 640
/* In words for people: how far it is behind, and what is wrong; with what came
 * from outside made visible. */
void feed_lag_text(const struct feed_lag *l, int64_t now, char text[FEED_TEXT_MAX]);

#endif
