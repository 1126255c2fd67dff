/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/account_bar.h"

#include <string.h>

#include "common/base/banned.h"

#define NEVER_CHANGES 99999 /* sp_max as useradd writes it; from here on nobody counts */

enum account_bar account_bar(const struct spwd *s, long today, bool pam)
{
	if (s->sp_pwdp != NULL && s->sp_pwdp[0] == '!' && !pam)
		return ACCOUNT_LOCKED;
	/* 0 is no date: shadow(5) calls it ambiguous, and PAM and sshd take it
	 * for none. */
	if (s->sp_expire > 0 && today >= s->sp_expire)
		return ACCOUNT_EXPIRED;
	if (s->sp_lstchg == 0)
		return ACCOUNT_MUST_CHANGE;
	if (pam && s->sp_lstchg > 0 && s->sp_max >= 0 && s->sp_max < NEVER_CHANGES &&
	    today > s->sp_lstchg + s->sp_max)
		return ACCOUNT_AGED;
	return ACCOUNT_OPEN;
}
