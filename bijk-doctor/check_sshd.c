/* SPDX-License-Identifier: ISC */
/* sshd: it runs, listens where the masters come, and has read its
 * configuration. What it would do with a pull is in check_login.c. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/check_login.h"
#include "bijk-doctor/check_sshd.h"
#include "bijk-doctor/shellword.h"
#include "bijk-doctor/sshd_files.h"
#include "common/base/deadline.h"
#include "common/base/sock.h"

#include "common/base/banned.h"

#define RELOAD_MS 1000

/* "/etc/ssh/sshd_config line 12: Bad configuration option: Foo" or
 * "/etc/ssh/sshd_config: line 12: …" */
static bool place_in(const char *words, char file[256], unsigned *line)
{
	return sscanf(words, "%255[^: ] line %u:", file, line) == 2 ||
	    sscanf(words, "%255[^: ]: line %u:", file, line) == 2;
}

bool sshd_files_good(struct doctor *d)
{
	const char *argv[] = { SSHD_PROGRAM, "-t", "-f", d->sshd.config, NULL };
	char file[256], words[512];
	struct answer a;
	unsigned line;
	bool good = true;

	if (!d->root) {
		report_found(d->report, VERDICT_SKIP, "sshd's configuration",
		    "only root can have sshd test it");
		return true;
	}
	if (ask(&a, argv) == 0 && a.code != 0) {
		snprintf(
		    words, sizeof(words), "%.*s", (int)strcspn(a.err.data, "\r\n"), a.err.data);
		good = false;
		report_found(d->report, VERDICT_FAIL, "sshd's configuration", "sshd -t: %s", words);
		if (strstr(words, "privilege separation directory") != NULL)
			report_mend(d->report, "mkdir -p -m 755 /run/sshd");
		else if (strstr(words, "no hostkeys") != NULL)
			report_mend(d->report, "ssh-keygen -A && %s", d->sshd.reload);
		else if (place_in(words, file, &line))
			report_mend(d->report, "sed -i '%us/^/#/' %s && " SSHD_PROGRAM " -t && %s",
			    line, shell_word(file), d->sshd.reload);
	}
	answer_free(&a);
	return good;
}

bool sshd_runs(struct doctor *d)
{
	char start[COMMAND_MAX];

	if (d->sshd.runs) {
		report_found(d->report, VERDICT_OK, "sshd", "it runs (process %d%s%s)",
		    (int)d->sshd.process.pid, d->sshd.options[0] != '\0' ? ", options " : "",
		    d->sshd.options);
		return true;
	}
	if (d->sshd.by_socket) {
		report_found(d->report, VERDICT_OK, "sshd", "systemd's socket starts it");
		return true;
	}
	sshd_start_command(start);
	report_found(d->report, VERDICT_FAIL, "sshd", "it does not run: nobody can log in");
	report_mend(d->report, "%s", start);
	return false;
}

void sshd_age(struct doctor *d)
{
	char name[PATH_MAX];
	time_t newest = sshd_newest(d->sshd.config, name);
	deadline_t limit = deadline_in_ms(RELOAD_MS);

	/* It may be reading just now. */
	while (d->sshd.read != 0 && newest > d->sshd.read && !deadline_passed(limit)) {
		sleep_ms(100);
		d->sshd.read = sshd_when_read(&d->sshd);
	}
	if (d->sshd.read == 0 || newest <= d->sshd.read)
		return;
	report_found(d->report, VERDICT_WARN, "sshd's configuration",
	    "%s is newer than the sshd that runs: what is said here of it is not in force yet",
	    name);
	report_mend(d->report, SSHD_PROGRAM " -t && %s", d->sshd.reload);
	report_note(d->report, LOGIN_NOTE);
}
