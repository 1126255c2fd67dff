/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/doctor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/process.h"
#include "bijk-doctor/shellword.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define MASTER_SECONDS 45

void doctor_ask_push(struct doctor *d)
{
	static const char program[] = BIJK_PREFIX "/sbin/bijk-push";
	const char *const argv[] = { program, "-f", d->config_path, "--test", NULL };

	if (d->facts.gathered && d->node.masters.n > 0 &&
	    ask_for(&d->push, argv, MASTER_SECONDS * (unsigned)d->node.masters.n) == -1)
		d->push.code = -1;
}

bool doctor_push_said(const struct doctor *d, const char **at, struct said *s)
{
	const char *line = *at != NULL ? *at : d->push.out.data, *what, *colon, *end;

	for (; line != NULL && *line != '\0'; line = *at) {
		end = line + strcspn(line, "\n");
		*at = *end != '\0' ? end + 1 : end;
		what = line + strcspn(line, " \n");
		what += strspn(what, " ");
		colon = strstr(what, ": "); /* an IPv6 address has colons too */
		if (colon == NULL || colon >= end)
			continue;
		s->verdict = strncmp(line, "ok ", 3) == 0 ? VERDICT_OK
		    : strncmp(line, "note ", 5) == 0	  ? VERDICT_WARN
							  : VERDICT_FAIL;
		snprintf(s->what, sizeof(s->what), "%.*s", (int)(colon - what), what);
		snprintf(s->text, sizeof(s->text), "%.*s", (int)(end - colon - 2), colon + 2);
		snprintf(s->host, sizeof(s->host), "%s", s->what);
		*strchrnul(s->host, ',') = '\0';
		if (strcmp(s->host, s->what) == 0)
			s->host[0] = '\0';
		return true;
	}
	return false;
}

uint16_t doctor_ssh_port(const struct doctor *d)
{
	const char *at = NULL, *port;
	struct said s;
	uint64_t n;

	/* What the masters were told, for that is where they come. */
	while (d->node.port == 0 && doctor_push_said(d, &at, &s)) {
		port = strrchr(s.text, ' ');
		if (strstr(s.what, ", told") != NULL && port != NULL &&
		    num_parse(port + 1, 1, UINT16_MAX, &n) == 0)
			return (uint16_t)n;
	}
	return d->node.port != 0 ? (uint16_t)d->node.port : 22;
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
