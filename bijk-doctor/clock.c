/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/num.h"

#include "common/base/banned.h"

#define SKEW_MAX 60 /* seconds */

static void mend(struct doctor *d, int64_t skew)
{
	struct report *r = d->report;

	if (access("/usr/bin/chronyc", X_OK) == 0)
		report_mend(r, "chronyc makestep");
	else if (access("/usr/sbin/ntpd", X_OK) == 0)
		report_mend(r, "systemctl restart ntp || service ntp restart");
	else
		report_mend(r, "date -s \"@$(($(date +%%s) + %" PRId64 "))\"", skew);
	report_note(r, "and see that something keeps it right: timedatectl, or chrony");
}

void clock_look(struct doctor *d, const char *master, int64_t skew)
{
	char what[300], span[32];
	int64_t apart = skew < 0 ? -skew : skew;

	snprintf(what, sizeof(what), "%s, clock", master);
	num_show_span(span, sizeof(span), apart);
	if (apart <= SKEW_MAX) {
		report_found(d->report, VERDICT_OK, what, "at most %s apart", span);
		return;
	}
	report_found(d->report, VERDICT_WARN, what,
	    "ours is %s %s the master's: new records bear a wrong time", span,
	    skew > 0 ? "behind" : "ahead of");
	mend(d, skew);
}
