/* SPDX-License-Identifier: ISC */
/* An account that somebody logs in to with a key, as sshd and PAM see it. */
#ifndef BIJK_DOCTOR_ACCOUNT_H
#define BIJK_DOCTOR_ACCOUNT_H

#include "bijk-doctor/doctor.h"

struct account {
	const char *user, *shell, *home;
	const char *effect; /* what a wrong shell means */
};

/* Its entry, shell, home, expiry and lock, and /etc/nologin: a finding for
 * each. False: there is no such account. */
bool account_look(struct doctor *d, const struct account *a);

#endif
