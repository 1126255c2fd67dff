/* SPDX-License-Identifier: ISC */
/*
 * hosts.allow and hosts.deny, as libwrap decides by them (hosts_access(5),
 * hosts_options(5)). No I/O.
 *
 * A rule that cannot be judged from here (a netgroup, a lookup that libwrap
 * would make, a file of patterns) makes the answer WRAPPER_UNKNOWN when it is
 * reached.
 */
#ifndef BIJK_DOCTOR_HOSTS_ACCESS_H
#define BIJK_DOCTOR_HOSTS_ACCESS_H

#include <stdbool.h>

#include "bijk-doctor/hosts_pattern.h"

#define WRAPPER_RULE_MAX 256

enum wrapper_say { WRAPPER_NO_RULE, WRAPPER_ALLOWS, WRAPPER_DENIES, WRAPPER_UNKNOWN };

struct wrapper_rule {
	unsigned line; /* where it begins */
	/*
	 * The line has no end, or is longer than libwrap's 2047 bytes. It reads
	 * no further, and what is so in hosts.deny keeps out everybody.
	 */
	bool broken;
	char text[WRAPPER_RULE_MAX];
};

/*
 * What the text of one of the two files says of this client; a rule without an
 * option means WRAPPER_ALLOWS in hosts.allow and WRAPPER_DENIES in hosts.deny,
 * which `plain` says. *rule: which one decided, or of WRAPPER_NO_RULE the
 * broken line at which the reading ended, if one did.
 */
enum wrapper_say hosts_access(const char *text, const struct wrapper_client *c,
    enum wrapper_say plain, struct wrapper_rule *rule);

#endif
