/* SPDX-License-Identifier: ISC */
/* What programs do with a log, step by step, while it is recorded. */
#ifndef BIJK_TESTS_ACTS_H
#define BIJK_TESTS_ACTS_H

#include "tests/replay/ops.h"
#include "tests/replay/verify.h"

struct run {
	struct subject s;
	struct trace trace;
	struct promise before; /* what was promised before the trace began */
	struct log *l;	       /* open for writing, or NULL */
	uint64_t seed, rng, n; /* n: the last record made */
	size_t max_size;       /* of the log; 0: no limit */
	bool given_up;	       /* two appends failed, one behind the other */
	bool tidy;	       /* nothing was made to fail: an append that fails is a fault */
};

struct scenario {
	const char *name;
	bool spool;
	void (*prepare)(struct run *r); /* what lies there before; NULL: nothing */
	void (*act)(struct run *r);
};

extern const struct scenario scenarios[];
extern const size_t n_scenarios;

/* What the next process does after one was killed: a session that names a
 * position, then a writer. */
void scenario_next_session(struct run *r);
void scenario_next_writer(struct run *r);

#endif
