/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/doctor.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-doctor/process.h"
#include "bijk-doctor/shellword.h"
#include "common/base/io.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define MASTER_SECONDS 45
#define PUSH_MAX 65536 /* bytes */

void doctor_ask_push(struct doctor *d)
{
	static char program[] = BIJK_PREFIX "/sbin/bijk-push", test[] = "--test", f[] = "-f";
	char *const argv[] = { program, f, (char *)d->config_path, test, NULL };

	if (!d->facts.gathered || d->node.masters.n == 0)
		return;
	d->push_end = deadline_in_s(MASTER_SECONDS * d->node.masters.n);
	d->push = (struct answer){ .out = BUF_INIT(PUSH_MAX), .err = BUF_INIT(PUSH_MAX) };
	/* It stays where it is, for lines of it are in use. */
	if (buf_reserve(&d->push.out, PUSH_MAX) == -1 ||
	    child_start(&d->push_run, NULL, argv, CHILD_PIPE_OUT | CHILD_PIPE_ERR) == -1)
		d->push.code = -1;
}

/* Waits until it says more. False: it has ended, or takes too long. */
static bool push_says_more(struct doctor *d)
{
	struct child *c = &d->push_run;
	char block[4096];
	ssize_t n;

	if (c->pid == 0 || c->out == -1)
		return false;
	if (wait_fd(c->out, POLLIN, d->push_end) == 1 &&
	    (n = read(c->out, block, sizeof(block))) > 0)
		return buf_add(&d->push.out, block, (size_t)n) == 0;
	read_all(c->err, &d->push.err, d->push_end);
	d->push.code = child_wait(c, d->push_end) == 1 ? child_exit_code(c) : -1;
	child_end(c, 1000);
	return false;
}

void doctor_tell_push(struct doctor *d)
{
	while (push_says_more(d))
		;
	if (d->push.code == -1)
		report_found(d->report, VERDICT_WARN, "bijk-push --test",
		    "it did not end within its time; what it said until then counts");
	else if (d->push.code != 0 && d->push.code != EX_UNAVAILABLE)
		report_found(d->report, VERDICT_FAIL, "bijk-push --test", "it failed: %s",
		    d->push.err.data != NULL ? d->push.err.data : "");
}

static void take_line(struct said *s, const char *line, const char *colon, const char *end)
{
	const char *what = line + strcspn(line, " \n");

	what += strspn(what, " ");
	s->verdict = strncmp(line, "ok ", 3) == 0 ? VERDICT_OK
	    : strncmp(line, "note ", 5) == 0	  ? VERDICT_WARN
						  : VERDICT_FAIL;
	snprintf(s->what, sizeof(s->what), "%.*s", (int)(colon - what), what);
	snprintf(s->text, sizeof(s->text), "%.*s", (int)(end - colon - 2), colon + 2);
	snprintf(s->host, sizeof(s->host), "%s", s->what);
	*strchrnul(s->host, ',') = '\0';
	if (strcmp(s->host, s->what) == 0)
		s->host[0] = '\0';
}

bool doctor_push_said(struct doctor *d, const char **at, struct said *s)
{
	do {
		const char *line = *at != NULL ? *at : d->push.out.data, *colon, *end;

		for (; line != NULL && (end = strchr(line, '\n')) != NULL; line = *at) {
			*at = end + 1;
			colon = strstr(line, ": "); /* an IPv6 address has colons too */
			if (colon != NULL && colon < end) {
				take_line(s, line, colon, end);
				return true;
			}
		}
	} while (push_says_more(d));
	return false;
}

uint16_t doctor_ssh_port(struct doctor *d)
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
