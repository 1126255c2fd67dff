/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/doctor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/process.h"
#include "bijk-doctor/shellword.h"

#include "common/base/banned.h"

uint16_t doctor_ssh_port(const struct doctor *d)
{
	if (d->node.port != 0)
		return (uint16_t)d->node.port;
	/* What the masters were told, for that is where they come. */
	for (size_t i = 0; i < d->facts.masters; i++) {
		if (d->facts.master[i].port != 0)
			return (uint16_t)d->facts.master[i].port;
	}
	return 22;
}

void doctor_mend_as(struct doctor *d, const char *user, const char *command)
{
	char to[256] = "";

	/* BusyBox's setpriv changes no user. */
	if (access("/usr/bin/setpriv", X_OK) == 0 &&
	    (readlink("/usr/bin/setpriv", to, sizeof(to) - 1) == -1 ||
		strstr(to, "busybox") == NULL))
		report_mend(d->report, "setsid -w setpriv --reuid=%s --regid=%s --init-groups %s",
		    user, user, command);
	else
		report_mend(d->report, "setsid su -s /bin/sh -c %s %s </dev/null",
		    shell_word(command), user);
}

static bool hard_links_are_kept_out(void)
{
	FILE *f = fopen("/proc/sys/fs/protected_hardlinks", "re");
	bool on = f != NULL && fgetc(f) == '1';

	if (f != NULL)
		fclose(f);
	return on;
}

void doctor_mend_owner(struct doctor *d, const char *user, const char *state)
{
	const char *word = shell_word(state);

	if (strcmp(state, d->is_master ? MASTER_STATE : NODE_STATE) == 0 &&
	    hard_links_are_kept_out())
		report_mend(d->report,
		    "find %s -xdev ! -user %s '(' -type d -o -type f -links 1 ')' -execdir chown "
		    "-h %s:%s {} +",
		    word, user, user, user);
	else
		report_note(d->report,
		    "is %s in %s the right directory, and nobody else's? then: chown -hR %s:%s %s",
		    d->is_master ? "master.state" : "node.state", d->config_path, user, user, word);
}

void doctor_note_owner(struct doctor *d, uint16_t port)
{
	static struct listener v[LISTENERS_MAX];
	struct process p;

	for (size_t i = 0, n = listeners(v); i < n; i++) {
		if (v[i].port == port && listener_owner(&v[i], &p)) {
			report_note(d->report, "process %d, %s, listens there", (int)p.pid, p.exe);
			return;
		}
	}
}
