/* SPDX-License-Identifier: ISC */
/* What the spool of every trial of the exchange holds, and so what must arrive. */
#ifndef BIJK_TESTS_PLAN_H
#define BIJK_TESTS_PLAN_H

#include "tests/cut/trial.h"

#define PLAN_FRAMES 5 /* DATA of a session that sends all of it */

struct plan_facts {
	uint64_t records;
	uint64_t next;		    /* the number of the next record */
	uint64_t last;		    /* the first number of the last segment */
	uint64_t gaps, lost;	    /* gaps, and numbers in them */
	uint64_t ends[PLAN_FRAMES]; /* the number behind each DATA */
};
extern struct plan_facts plan_facts; /* once there was a spool */

/* Makes the spool, and the journal of its records. Ends the program if it cannot. */
void plan_spool(struct world *w, const char *dir);
/* How many records there are at and beyond this number. */
uint64_t plan_records_from(uint64_t seq);

#endif
