/* SPDX-License-Identifier: ISC */
/* This machine's clock against a master's. */
#ifndef BIJK_DOCTOR_CLOCK_H
#define BIJK_DOCTOR_CLOCK_H

#include <stdint.h>

#include "bijk-doctor/doctor.h"

/* `skew`: the master's clock less ours, seconds. Records flow with any clock,
 * but bear its time. */
void clock_look(struct doctor *d, const char *master, int64_t skew);

#endif
