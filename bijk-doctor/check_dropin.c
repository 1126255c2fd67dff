/* SPDX-License-Identifier: ISC */
/*
 * A push that gets through does not show that a node can do nothing else. So
 * each setting of the drop-in for bijk-master is compared with what sshd says
 * is in force: `sshd -T` with the drop-in alone, and with all of the
 * configuration.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"

#include "common/base/banned.h"

#define DROPIN "/etc/ssh/sshd_config.d/00-bijk-master.conf"
#define SHIPPED BIJK_PREFIX "/share/bijk/shipped" DROPIN

static bool effective(struct answer *a, const char *file)
{
	static const char login[] =
	    "user=" MASTER_USER ",host=localhost,addr=192.0.2.1,laddr=127.0.0.1,lport=22";
	const char *const argv[] = { SSHD_PROGRAM, "-T", "-f", file, "-C", login, NULL };

	return ask(a, argv) == 0 && a->code == 0;
}

/* Is this line, "keyword value", in the text? */
static bool has_line(const char *text, const char *line, size_t len)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (n == len && strncmp(text, line, n) == 0)
			return true;
		text += n + (text[n] == '\n');
	}
	return false;
}

/* Of the lines that the drop-in makes, and sshd alone would not. */
static void compare(struct doctor *d, const char *plain, const char *wanted, const char *real)
{
	bool good = true;

	for (const char *s = wanted; *s != '\0'; s += strcspn(s, "\n") + 1) {
		size_t n = strcspn(s, "\n");

		if (has_line(plain, s, n) || has_line(real, s, n))
			continue;
		if (good)
			report_found(d->report, VERDICT_FAIL, "sshd's settings for " MASTER_USER,
			    "`%.*s` of " DROPIN " is not in force: something that sshd reads first "
			    "sets it",
			    (int)n, s);
		else
			report_note(d->report, "nor is `%.*s`", (int)n, s);
		good = false;
	}
	if (good) {
		report_found(d->report, VERDICT_OK, "sshd's settings for " MASTER_USER,
		    "those that were installed are in force");
		return;
	}
	report_mend(d->report, "sed -i '1i Include " DROPIN "' %s && " SSHD_PROGRAM " -t && %s",
	    shell_word(d->sshd.config), d->sshd.reload);
}

void check_dropin(struct doctor *d)
{
	struct answer plain = { .code = 0 }, wanted = { .code = 0 }, real = { .code = 0 };

	if (!d->root || !d->sshd.there)
		return;
	if (access(DROPIN, R_OK) == -1) {
		report_found(d->report, VERDICT_FAIL, DROPIN,
		    "it is not there: no node can push, or one can do too much");
		report_mend(d->report, "cp " SHIPPED " " DROPIN " && " SSHD_PROGRAM " -t && %s",
		    d->sshd.reload);
	} else if (effective(&plain, "/dev/null") && effective(&wanted, SHIPPED) &&
	    effective(&real, d->sshd.config)) {
		compare(d, plain.out.data, wanted.out.data, real.out.data);
	}
	answer_free(&plain);
	answer_free(&wanted);
	answer_free(&real);
}
