/* SPDX-License-Identifier: ISC */
/*
 * What the other side does is done here, on a copy of this machine (copy.h): a
 * pull of this node, and its own way out; on a master a push, and a
 * registration. Each attempt gets a fresh copy in which the fixes found so far
 * were run. Where it stops, candidates for a fix are tried until one gets it
 * further, at most REHEARSE_ROUNDS times.
 */
#ifndef BIJK_DOCTOR_REHEARSE_H
#define BIJK_DOCTOR_REHEARSE_H

#include "bijk-doctor/doctor.h"

#define REHEARSE_ROUNDS 6

/* A pull by the master with this address; reports what stops it. True: it
 * flows. */
bool rehearse_pull(struct doctor *d, const struct master_at *m, const char *address);

#endif
