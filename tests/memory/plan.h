/* SPDX-License-Identifier: ISC */
/* What the runner tells the shim, and it the runner: a file that both map. */
#ifndef BIJK_TESTS_MEMORY_PLAN_H
#define BIJK_TESTS_MEMORY_PLAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PLAN_FILE "memory.plan" /* these lie in HOME, as the programs do: real/NAME */
#define PLAN_SHIM "shim.so"
#define PLAN_REAL "real"

struct memory_plan {
	uint64_t at;	       /* the allocation that fails, from 1; 0: the shim is not loaded */
	bool on;	       /* and all behind it */
	bool talk;	       /* who called is written to standard error */
	_Atomic uint64_t made; /* allocations of the program, and of what it forks */
	_Atomic uint64_t failed;
};

#endif
