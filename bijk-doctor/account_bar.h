/* SPDX-License-Identifier: ISC */
/* What in an account's entries keeps it from logging in with a key. Pure. */
#ifndef BIJK_DOCTOR_ACCOUNT_BAR_H
#define BIJK_DOCTOR_ACCOUNT_BAR_H

#include <shadow.h>
#include <stdbool.h>

enum account_bar {
	ACCOUNT_OPEN,
	ACCOUNT_LOCKED, /* a `!`, which sshd heeds where PAM does not decide */
	ACCOUNT_EXPIRED,
	ACCOUNT_MUST_CHANGE, /* its password is to be changed at the next login */
	ACCOUNT_AGED,	     /* its password is too old; PAM */
};

/* `today` counts days since 1970, as in the entry; pam: sshd asks PAM. */
enum account_bar account_bar(const struct spwd *s, long today, bool pam);

#endif
