/* SPDX-License-Identifier: ISC */
/* What the configurations of node and master have in common. */
#ifndef BIJK_DOCTOR_CHECK_CONFIG_H
#define BIJK_DOCTOR_CHECK_CONFIG_H

#include "bijk-doctor/doctor.h"

/* Tells of a file that is not read, `why` being what its reader says, with the
 * mend that follows from that. */
void config_is_wrong(struct doctor *d, const char *why);
/* Tells of sections that look like one of ours (NULL ends the list) but for a
 * letter or two. */
bool config_has_slips(struct doctor *d, const char *const ours[], enum verdict v);

#endif
