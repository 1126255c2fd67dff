/* SPDX-License-Identifier: ISC */
/* What is remembered of a feed from run to run, in feeds/NAME/.state. Small
 * state: it may be lost. */
#ifndef BIJK_FEED_STATE_H
#define BIJK_FEED_STATE_H

#include <stdbool.h>
#include <stdint.h>

#define FEED_REASON_MAX 256

struct feed_state {
	uint64_t records, batches; /* confirmed */
	uint64_t rejected;	   /* batches that COMMAND refused */
	uint64_t refused;	   /* lines that were not of the format */
	bool all;		   /* it is of all nodes */
	int64_t success;	   /* the last run without a failure ended, seconds; 0: none did */
	int64_t failure;	   /* the last failure; 0: never */
	char reason[FEED_REASON_MAX]; /* of it; "" after a run without one */
};

/* `feed` is the directory. What cannot be read is absent. */
void feed_state_read(int feed, struct feed_state *st);
/* Unsynced. -1: errno. */
int feed_state_write(int feed, const struct feed_state *st);

#endif
