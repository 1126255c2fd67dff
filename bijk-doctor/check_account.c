/* SPDX-License-Identifier: ISC */
/* The account that a pull logs in to. */
#include "bijk-doctor/account.h"
#include "bijk-doctor/shellword.h"

#include "common/base/banned.h"

void check_account(struct doctor *d)
{
	struct account a = { .user = NODE_USER,
		.shell = LOGIN_SHELL,
		.home = d->node.state,
		.effect = "a pull gets that, and no records" };

	if (!d->sshd.there && getpwnam(NODE_USER) != NULL)
		report_found(d->report, VERDICT_SKIP, "account " NODE_USER,
		    "it is there; without an sshd nobody logs in to it");
	else if (!account_look(d, &a))
		report_mend(d->report, "chgrp " NODE_USER " %s", shell_word(d->node.hash));
}
