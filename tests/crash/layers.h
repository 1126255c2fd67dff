/* SPDX-License-Identifier: ISC */
/* The two layers that trace: what one worker does of them. */
#ifndef BIJK_TESTS_LAYERS_H
#define BIJK_TESTS_LAYERS_H

#include "tests/crash/trial.h"

struct share {
	unsigned worker, workers; /* faults number worker + 1, worker + 1 + workers, … are ours */
	bool all;		  /* the long form: depth 2, or errors, without choosing */
	uint64_t seed;		  /* for what is chosen */
	uint64_t only, deep;	  /* the one fault to try; 0: all */
};

/* Kills at each call of the work. -1: the trial broke, said. */
int sweep(struct trial *t, const struct share *s);
/* Makes each call of the victim fail. */
int inject(struct trial *t, const struct share *s);

#endif
