/* SPDX-License-Identifier: ISC */
/*
 * How much time has passed, as far as one may believe the clock of this machine. The clock is looked at again and again;
 * what it gained between two looks has passed, unless it is more than a step, or went back: then the clock was set, or
 * nobody looked for long, and nobody knows. Such a jump counts as no time at all. So a wrong clock makes nothing old, nor
 * does a right one that comes after it, and what is old becomes so by time that passed. No I/O.
 */
#ifndef BIJK_STORE_TIMELINE_H
#define BIJK_STORE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_MAX 32	 /* stretches that are remembered; the oldest is forgotten first */
#define TIMELINE_LOOK 60 /* seconds: a look so soon after the last one has nothing to add */

/* The clock ran from `from` to `to` without a jump; `at` is how late it was at `from`, in time that passed. */
struct stretch {
	int64_t from, to, at;
};

struct timeline {
	int64_t step; /* seconds */
	struct stretch v[TIMELINE_MAX];
	size_t n;
	bool forgot; /* there were more stretches before the first */
};

/* The clock says `now`. True: there is something to be remembered. */
bool timeline_look(struct timeline *t, int64_t now);
/* How late it is when the clock says `now`, in time that passed. */
int64_t timeline_now(const struct timeline *t, int64_t now);
/*
 * How late it was, at the latest, when a file was written that the clock gave the time `then`. What it gave in no stretch
 * counts as written at the last jump, or, if it may have been in a stretch that is forgotten, at the end of those.
 */
int64_t timeline_of(const struct timeline *t, int64_t then);
/* By how many seconds the last jump led away from time that passed, and at which reading; 0: there was none. */
int64_t timeline_jump(const struct timeline *t, int64_t *when);

#endif
