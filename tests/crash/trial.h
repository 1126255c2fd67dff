/* SPDX-License-Identifier: ISC */
/* What the sweep and the errors share: a scenario made ready, a fault in it,
 * and the restart after it. */
#ifndef BIJK_TESTS_TRIAL_H
#define BIJK_TESTS_TRIAL_H

#include "tests/crash/scenario.h"

/* The figures of one scenario. */
struct totals {
	uint64_t calls;	 /* of a run without a fault */
	uint64_t faults; /* tried */
	uint64_t states; /* different ones that they left, restarted and judged */
	uint64_t deep;	 /* kills in the restart */
	uint64_t failed; /* faults after which something was wrong */
	bool broken;	 /* the trial itself could not be made */
};

/*
 * What was judged already. What the same calls on the same files left, with the
 * same promises given, differs in times and random numbers only, and is judged
 * once.
 */
struct memo {
	uint64_t *v;
	size_t n, room;
};

struct trial {
	const struct scenario *scenario;
	struct world world;
	struct snapshot start; /* before the fault */
	struct memo good;      /* of what was done since then */
	struct totals *totals;
	bool talk; /* says each fault */
};

/* A world in a new directory of this name, with all that comes before the
 * fault. -1: said. */
int trial_begin(
    struct trial *t, const struct scenario *s, const char *top, const char *build, uint64_t seed);
void trial_end(struct trial *t);

/*
 * Runs the commands with a fault at call `at` of all of them together. r is of
 * the one that was hit, or of the last one; r->calls counts all. -1: said.
 */
int trial_work(struct trial *t, const struct command *c, const struct trace_plan *p,
    trace_each *each, void *arg, struct trace_result *r);
/*
 * After trial_work() that gave r: the restart, and the judge, unless `good` has
 * the like. 0; 1: something is wrong, said; -1: said.
 */
int trial_settle(
    struct trial *t, const struct trace_result *r, struct memo *good, const char *fault);
/* What `good` would know it by. */
uint64_t trial_mark(const struct trial *t, const struct trace_result *r);
/* Counts and says it. Returns 1. */
int trial_wrong(struct trial *t, const char *fault, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The trial itself cannot go on. Returns -1. */
int trial_broken(struct trial *t, const char *doing);

bool memo_has(const struct memo *m, uint64_t mark);
int memo_add(struct memo *m, uint64_t mark);
void memo_free(struct memo *m);

#endif
