/* SPDX-License-Identifier: ISC */
/* Lives of a node and a master with power cuts in them, and what there was of these. */
#ifndef BIJK_TESTS_LIFE_H
#define BIJK_TESTS_LIFE_H

#include <stdint.h>

#include "tests/powercut/scene.h"

struct totals {
	uint64_t lives, failed, cuts, failed_cuts;
	uint64_t by_sides[4], by_kind[CUT_KINDS];
	uint64_t at_call, at_moment, at_rest;
	uint64_t named; /* of the lives and of the cuts: positions named before they are durable */
	uint64_t records;
};

/* Once, before the lanes are started. -1: errno. */
int life_prepare(void);
uint64_t life_random(uint64_t *state);

/* A life with up to three cuts that follow from the seed; how many there were. */
unsigned life_random_cuts(struct scene *s, uint64_t seed, struct totals *t);

/*
 * Positions named before they are durable: lives that put a writer, a reader or a receiver to the moment
 * in question. There are named_count() groups of them.
 */
unsigned named_count(void);
const char *named_title(unsigned number);
void named_run(struct scene *s, unsigned number, struct totals *t);

/* Counts what the scene's life came to, and says what was wrong. `what` names the life. */
void life_over(struct scene *s, struct totals *t, unsigned cuts, const char *what);
void life_cut(struct totals *t, const struct cut *c, bool at_rest);

#endif
