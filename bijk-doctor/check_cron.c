/* SPDX-License-Identifier: ISC */
/* What starts the programs: systemd's timer, or cron, that runs and reads the
 * line of ours. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/process.h"
#include "bijk-doctor/service.h"
#include "common/base/file.h"

#include "common/base/banned.h"

#define ENTRY_MAX 65536
#define SYSTEMD "/run/systemd/system"
#define CRONTABS "/var/spool/cron/crontabs" /* of BusyBox, a file for each user */

enum cron { NO_CRON, BUSYBOX_CRON, FULL_CRON };

static enum cron which_cron(const struct process *p)
{
	if (!p->roots || !p->here)
		return NO_CRON;
	if (process_is(p, "cron") || process_is(p, "crond") || process_is(p, "fcron"))
		return FULL_CRON;
	return process_is(p, "busybox") && memmem(p->argv, p->argv_len, "crond", 6) != NULL
	    ? BUSYBOX_CRON
	    : NO_CRON;
}

static enum cron look_at_cron(struct doctor *d)
{
	DIR *proc = opendir("/proc");
	enum cron cron = NO_CRON;
	char start[COMMAND_MAX];
	struct process p;

	while (proc != NULL && cron != FULL_CRON && process_next(proc, &p)) {
		if (which_cron(&p) > cron)
			cron = which_cron(&p);
	}
	if (proc != NULL)
		closedir(proc);
	if (cron == NO_CRON && !d->root) {
		report_found(d->report, VERDICT_SKIP, "cron", "only root can see what runs");
		return FULL_CRON;
	}
	report_found(d->report, cron == NO_CRON ? VERDICT_FAIL : VERDICT_OK, "cron", "%s",
	    cron == NO_CRON ? "no process of it runs: nothing of what is periodic is started"
			    : "it runs");
	if (cron == NO_CRON) {
		cron_start_command(start);
		report_mend(d->report, "%s", start);
	}
	return cron;
}

/* A line of the entry that starts the program is good as long as nobody changed
 * it: what another would do only cron knows. */
static enum verdict judge_lines(const char *text, const char *line, const char *program)
{
	enum verdict v = VERDICT_FAIL;
	size_t n;

	for (; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (n == strlen(line) && strncmp(text, line, n) == 0)
			return VERDICT_OK;
		if (*text != '#' && memmem(text, n, program, strlen(program)) != NULL)
			v = VERDICT_WARN;
	}
	return v;
}

static void look_at_entry(
    struct doctor *d, const char *name, const char *user, const char *program, bool busybox)
{
	struct buf b = BUF_INIT(ENTRY_MAX);
	char file[64], line[256], why[512] = "";
	enum verdict v = VERDICT_FAIL;
	struct stat st;

	snprintf(
	    file, sizeof(file), "%s/%s", busybox ? CRONTABS : "/etc/cron.d", busybox ? user : name);
	snprintf(line, sizeof(line),
	    "* * * * * %s%stest -e " SYSTEMD " || test ! -x %s || %s --syslog", busybox ? "" : user,
	    busybox ? "" : " ", program, program);
	if (file_read(AT_FDCWD, file, &b) == -1 || stat(file, &st) == -1)
		snprintf(why, sizeof(why), "%s: %s does not start %s", strerror(errno),
		    busybox ? "BusyBox's crond, which does not read /etc/cron.d," : "cron",
		    program);
	else if (b.len > 0 && b.data[b.len - 1] != '\n')
		snprintf(why, sizeof(why),
		    "its last line does not end in a newline: cron passes the file over");
	else if (st.st_uid != 0 || (st.st_mode & 022) != 0)
		snprintf(why, sizeof(why),
		    "it is not root's alone (owner %u, mode %04o): cron passes it over",
		    (unsigned)st.st_uid, (unsigned)st.st_mode & 07777);
	else if ((v = judge_lines(b.data != NULL ? b.data : "", line, program)) != VERDICT_OK)
		snprintf(why, sizeof(why), "it has no line that starts %s as %s: `%s`", program,
		    user, line);
	report_found(d->report, v, file, "%s", v == VERDICT_OK ? "it starts our program" : why);
	if (v != VERDICT_OK && busybox) {
		report_mend(d->report,
		    "mkdir -p " CRONTABS " && sed -n 's,^\\([0-9*@].*\\) %s \\([t/]\\),\\1 "
		    "\\2,p' "
		    "/etc/cron.d/bijk-* >" CRONTABS "/%s && echo %s >>" CRONTABS "/cron.update",
		    user, user, user);
		report_note(d->report,
		    "again after each change in /etc/cron.d; or have a cron that reads it, such as "
		    "cronie");
	} else if (v != VERDICT_OK) {
		report_mend(d->report, "install -m 644 " BIJK_PREFIX "/share/bijk/shipped%s %s",
		    file, file);
	}
	buf_free(&b);
}

/* Does systemd do the work of the line in this entry? */
static bool left_to_systemd(const char *entry)
{
	struct buf b = BUF_INIT(ENTRY_MAX);
	bool left = file_exists(AT_FDCWD, SYSTEMD) &&
	    (file_read(AT_FDCWD, entry, &b) == -1 || b.data == NULL ||
		strstr(b.data, SYSTEMD) != NULL);

	buf_free(&b);
	return left;
}

static void look_at_timer(struct doctor *d, const char *timer, const char *program)
{
	bool active = unit_is_active(timer);

	report_found(d->report, active ? VERDICT_OK : VERDICT_FAIL, timer,
	    active ? "it starts our program" : "it is not active: nothing starts %s", program);
	if (!active)
		report_mend(d->report, "systemctl enable --now %s", timer);
}

void check_cron(struct doctor *d)
{
	const char *program =
	    d->is_master ? BIJK_PREFIX "/sbin/bijk-pull" : BIJK_PREFIX "/sbin/bijk-push";
	const char *user = d->is_master ? MASTER_USER : NODE_USER;
	bool busybox;

	if (left_to_systemd(d->is_master ? "/etc/cron.d/bijk-master" : "/etc/cron.d/bijk-node")) {
		look_at_timer(d, d->is_master ? "bijk-pull.timer" : "bijk-push.timer", program);
		return;
	}
	busybox = look_at_cron(d) == BUSYBOX_CRON;
	look_at_entry(d, d->is_master ? "bijk-master" : "bijk-node", user, program, busybox);
}
