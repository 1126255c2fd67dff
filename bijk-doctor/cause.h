/* SPDX-License-Identifier: ISC */
/* What stopped a play: the rule, or who refused, and in whose words. */
#ifndef BIJK_DOCTOR_CAUSE_H
#define BIJK_DOCTOR_CAUSE_H

#include <stdbool.h>

#include "bijk-doctor/fix.h"
#include "bijk-doctor/play.h"

struct cause {
	const char *check; /* static */
	char what[192], found[1024], choice[384];
	struct fixes fixes; /* candidates */
};

/* Of a play that stopped; sshd_runs: on the real machine. */
void cause_find(struct cause *c, const struct play *p, bool sshd_runs);

#endif
