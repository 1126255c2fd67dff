/* SPDX-License-Identifier: ISC */
/* One account as sshd would let it in from one address: what check_login.c and
 * login_lists.c share. */
#ifndef BIJK_DOCTOR_LOGIN_H
#define BIJK_DOCTOR_LOGIN_H

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/sshd_files.h"

#define LOGIN_STARTUPS 16 /* places in told[] */
#define LOGIN_LISTS 17	  /* and one for each list behind it */

struct login {
	struct doctor *d;
	const char *user, *from; /* the master's address */
	const char *effective;	 /* what sshd -T says of it */
	char group[64];		 /* the account's own */
	/* Faults that were told of with another address: first of the settings,
	 * then of the above. */
	bool told[32];
};

/* AllowUsers and its like. True: none keeps the login out. */
bool login_lists(struct login *l);
/* Evidence: the lines where a setting stands. */
void login_places(struct report *r, const struct sshd_place *v, size_t n, const char *name);

#endif
