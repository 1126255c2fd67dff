/* SPDX-License-Identifier: ISC */
/* What may and what must be there after a crash at some point of a trace. */
#ifndef BIJK_TESTS_PROMISE_H
#define BIJK_TESTS_PROMISE_H

#include "tests/oracle/oracle.h"
#include "tests/replay/ops.h"

#define RECORDS 256 /* of a scenario, with those that are added behind it */

struct promise {
	uint64_t seed;
	uint8_t made[RECORDS], stored[RECORDS];
	uint64_t seq[RECORDS];	 /* the number that record n was given */
	uint64_t frame[RECORDS]; /* the first record of its frame */
	uint64_t last;
	uint64_t gone, acked; /* records below are not promised; below acked: not under a new id */
	uint64_t jumps[8];
	size_t n_jumps;
	uint64_t named; /* the next number that somebody was told, and under which id */
	uint8_t named_log[16];
	bool tail_lost;	      /* a scenario broke its own disk: a master has what is gone */
	uint8_t lost_log[16]; /* the id that its numbers were given under */
};

/* Takes in the first n operations of a trace. */
void promise_take(struct promise *p, const struct trace *t, size_t n);
void promise_made(struct promise *p, uint64_t n, uint64_t count, uint64_t seq);
void promise_stored(struct promise *p, uint64_t n, uint64_t count);
/* May the numbers from `seq` to below `to` be passed over? */
bool promise_gap(const struct promise *p, uint64_t seq, uint64_t to);
/* As the oracle's judge wants it. Freed with journal_free(). */
void promise_journal(const struct promise *p, struct journal *j);

#endif
