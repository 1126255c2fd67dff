/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/doctor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/shellword.h"
#include "common/base/file.h"
#include "common/base/io.h"

#include "common/base/banned.h"

uint16_t doctor_ssh_port(const struct doctor *d)
{
	if (d->node.port != 0)
		return (uint16_t)d->node.port;
	/* What the masters were told, for that is where they come. */
	for (size_t i = 0; i < d->node.masters.n && i < FACTS_MASTERS; i++) {
		if (d->facts.master[i].port != 0)
			return (uint16_t)d->facts.master[i].port;
	}
	return 22;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/') &&
	    strstr(path, "/../") == NULL;
}

/* BusyBox's changes no user. */
static bool setpriv_changes_user(void)
{
	char to[256];
	ssize_t n = readlink("/usr/bin/setpriv", to, sizeof(to));

	return access("/usr/bin/setpriv", X_OK) == 0 &&
	    (n <= 0 || memmem(to, (size_t)n, "busybox", 7) == NULL);
}

void doctor_mend_as(struct doctor *d, const char *user, const char *run, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, run);
	vsnprintf(command, sizeof(command), run, ap);
	va_end(ap);
	if (setpriv_changes_user())
		report_mend(d->report, "setsid -w setpriv --reuid=%s --regid=%s --init-groups %s",
		    user, user, command);
	else
		report_mend(d->report, "setsid su -s /bin/sh -c %s %s </dev/null",
		    shell_word(command), user);
}

static bool hard_links_are_kept_out(void)
{
	struct buf b = BUF_INIT(16);
	bool on =
	    file_read(AT_FDCWD, "/proc/sys/fs/protected_hardlinks", &b) == 0 && b.data[0] == '1';

	buf_free(&b);
	return on;
}

void doctor_mend_owner(struct doctor *d, const char *user, const char *path)
{
	const char *word = shell_word(path);

	if ((is_below(path, NODE_STATE) || is_below(path, MASTER_STATE)) &&
	    hard_links_are_kept_out())
		report_mend(d->report,
		    "find %s -xdev ! -user %s '(' -type d -o -type f -links 1 ')' -execdir chown "
		    "-h %s:%s {} +",
		    word, user, user, user);
	else
		report_note(d->report,
		    "is %s.state in %s the right directory, and nobody else's? then: chown -hR "
		    "%s:%s %s",
		    d->is_master ? "master" : "node", d->config_path, user, user, word);
}

void doctor_note_owner(struct doctor *d, uint16_t port)
{
	static struct listener v[LISTENERS_MAX];
	struct process p = { .pid = 0 };
	size_t n = listeners(v), i = 0;

	while (i < n && v[i].port != port)
		i++;
	if (i < n && listener_owner(&v[i], &p))
		report_note(d->report, "process %d, %s, listens there", (int)p.pid, p.exe);
	else if (i < n)
		report_note(d->report, "a process of user ID %u listens there", v[i].uid);
}
