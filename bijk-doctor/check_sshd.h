/* SPDX-License-Identifier: ISC */
/* What is asked of the sshd of a node and of a master alike; each tells what it
 * finds. */
#ifndef BIJK_DOCTOR_CHECK_SSHD_H
#define BIJK_DOCTOR_CHECK_SSHD_H

#include "bijk-doctor/doctor.h"

/* False: it does not accept its configuration. */
bool sshd_files_good(struct doctor *d);
bool sshd_runs(struct doctor *d);
/* Tells of a configuration that is newer than the sshd that runs. */
void sshd_age(struct doctor *d);

#endif
