/* SPDX-License-Identifier: ISC */
/* What sshd would do with a pull from each master, by its settings in force for
 * that login. */
#ifndef BIJK_DOCTOR_CHECK_LOGIN_H
#define BIJK_DOCTOR_CHECK_LOGIN_H

#include "bijk-doctor/doctor.h"

#define LOGIN_NOTE "keep one login open while sshd is reloaded, and try another before you close it"

/* The four lists of users and groups alone, by what sshd_effective() gave for
 * this login. True: they let it in. */
bool check_login_lists(struct doctor *d, const char *user, const char *from, const char *effective);
/* `user` comes to our address `laddr`, port `lport`. */
void check_login(struct doctor *d, const char *user, const char *laddr, uint16_t lport);

#endif
