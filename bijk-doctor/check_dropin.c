/* SPDX-License-Identifier: ISC */
/*
 * A push that gets through does not show that a node can do nothing else. So
 * each setting of the drop-in for bijk-master is compared with what sshd says
 * is in force: `sshd -T` with the drop-in alone, and with all of the
 * configuration.
 */
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"

#include "common/base/banned.h"

#define DROPIN "/etc/ssh/sshd_config.d/00-bijk-master.conf"
#define SHIPPED BIJK_PREFIX "/share/bijk/shipped" DROPIN

/* Prints the lines that the drop-in alone makes, and all of the configuration
 * does not. Nothing, where sshd cannot read it: the rehearsal says so. */
static const char lost[] =
    "in_force() { " SSHD_PROGRAM " -T -f \"$1\" -C user=" MASTER_USER ",host=localhost,"
    "addr=192.0.2.1,laddr=127.0.0.1,lport=22; }; all=$(in_force /dev/null && in_force \"$1\") || "
    "exit 9; "
    "in_force " SHIPPED " | grep -vxF -e \"$all\"";

static void compare(struct doctor *d, const char *lines)
{
	size_t n = strcspn(lines, "\n");

	if (n == 0) {
		report_found(d->report, VERDICT_OK, "sshd's settings for " MASTER_USER,
		    "those that were installed are in force");
		return;
	}
	report_found(d->report, VERDICT_FAIL, "sshd's settings for " MASTER_USER,
	    "`%.*s` of " DROPIN " is not in force: something that sshd reads first sets it", (int)n,
	    lines);
	while (lines[n] != '\0' && *(lines += n + 1) != '\0') {
		n = strcspn(lines, "\n");
		report_note(d->report, "nor is `%.*s`", (int)n, lines);
	}
	report_mend(d->report, "sed -i '1i Include " DROPIN "' %s && " SSHD_PROGRAM " -t && %s",
	    shell_word(d->sshd.config), d->sshd.reload);
}

void check_dropin(struct doctor *d)
{
	const char *const argv[] = { "/bin/sh", "-c", lost, "sh", d->sshd.config, NULL };
	struct answer a;

	if (!d->root || !d->sshd.there)
		return;
	if (access(DROPIN, R_OK) == -1) {
		report_found(d->report, VERDICT_FAIL, DROPIN,
		    "it is not there: no node can push, or one can do too much");
		report_mend(d->report, "cp " SHIPPED " " DROPIN " && " SSHD_PROGRAM " -t && %s",
		    d->sshd.reload);
		return;
	}
	if (ask(&a, argv) == 0 && a.code != 9)
		compare(d, a.out.data);
	answer_free(&a);
}
