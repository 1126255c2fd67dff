/* SPDX-License-Identifier: ISC */
/* What is killed, and what fails: each scenario is a state, some programs at
 * work on it, and how it goes on afterwards. */
#ifndef BIJK_TESTS_SCENARIO_H
#define BIJK_TESTS_SCENARIO_H

#include "tests/crash/world.h"

struct scenario {
	const char *name;
	const char *what;		 /* for people */
	const struct command *before;	 /* none of them may fail */
	int (*arrange)(struct world *w); /* what no program would do; -1: errno */
	const struct command *work;	 /* where the fault is */
	const char *victim;		 /* this program alone is killed; NULL: all */
	const struct command *after;	 /* the restart: each must return 0 */
	unsigned tries;			 /* within so many; 0: one */
	unsigned judge;			 /* options */
	int (*check)(const struct world *w, char why[WORLD_WHY]);
};

extern const struct scenario scenarios[];
extern const size_t scenarios_n;
/* Those that errors are tried on; the victim is where calls fail. */
extern const struct scenario error_scenarios[];
extern const size_t error_scenarios_n;

#endif
