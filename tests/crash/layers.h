/* SPDX-License-Identifier: ISC */
/* The two layers that trace: what is tried of them. */
#ifndef BIJK_TESTS_LAYERS_H
#define BIJK_TESTS_LAYERS_H

#include "tests/crash/trial.h"

struct choice {
	bool all;	     /* the long form: depth 2 without choosing */
	uint64_t seed;	     /* for what is chosen */
	uint64_t only, deep; /* the one fault to try; 0: all */
};

/* Kills at each call of the work. -1: the trial broke, said. */
int sweep(struct trial *t, const struct choice *s);
/* Makes each call of the victim fail. */
int inject(struct trial *t, const struct choice *s);

#endif
