/* SPDX-License-Identifier: ISC */
/* cron, which starts the programs: that it runs, and reads a line of ours. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/process.h"
#include "bijk-doctor/service.h"
#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define ENTRY_MAX 65536
#define CRONTABS "/var/spool/cron/crontabs/" /* of BusyBox, a file for each user */

enum { NO_CRON, BUSYBOX_CRON, FULL_CRON };

static int rank_cron(const struct process *p)
{
	if (!p->roots)
		return NO_CRON;
	if (process_is(p, "cron") || process_is(p, "crond") || process_is(p, "fcron"))
		return FULL_CRON;
	return process_is(p, "busybox") && memmem(p->argv, p->argv_len, "crond", 6) != NULL
	    ? BUSYBOX_CRON
	    : NO_CRON;
}

static bool better_cron(const struct process *one, const struct process *best)
{
	return one->here && rank_cron(one) > (best != NULL ? rank_cron(best) : NO_CRON);
}

static int look_at_cron(struct doctor *d)
{
	struct process p;
	char start[COMMAND_MAX];

	if (process_find(&p, better_cron)) {
		report_found(
		    d->report, VERDICT_OK, "cron", "it runs (process %d, %s)", (int)p.pid, p.exe);
		return rank_cron(&p);
	}
	if (!d->root) {
		report_found(d->report, VERDICT_SKIP, "cron", "only root can see what runs");
		return FULL_CRON;
	}
	cron_start_command(start);
	report_found(d->report, VERDICT_FAIL, "cron",
	    "no process of it runs: nothing of what is periodic is started");
	report_mend(d->report, "%s", start);
	return NO_CRON;
}

/* Five times, and no number beyond what it counts. */
static bool times_good(char time[5][32])
{
	static const unsigned long most[5] = { 59, 23, 31, 12, 7 };

	for (int i = 0; i < 5; i++) {
		for (const char *s = time[i]; *s != '\0'; s++) {
			char *end = NULL;

			if (*s >= '0' && *s <= '9' && strtoul(s, &end, 10) > most[i])
				return false;
			if (end != NULL)
				s = end - 1;
			else if (strchr("*,-/~", *s) == NULL && i < 3)
				return false;
		}
	}
	return true;
}

/* "* * * * * bijk /usr/sbin/bijk-push --syslog"; in a user's own file without
 * the user. */
static bool is_the_line(const char *line, const char *user, const char *program)
{
	char time[5][32], who[64] = "", what[256] = "";

	if (user != NULL)
		sscanf(line, "%31s %31s %31s %31s %31s %63s %255s", time[0], time[1], time[2],
		    time[3], time[4], who, what);
	else
		sscanf(line, "%31s %31s %31s %31s %31s %255s", time[0], time[1], time[2], time[3],
		    time[4], what);
	return strcmp(what, program) == 0 && (user == NULL || strcmp(who, user) == 0) &&
	    times_good(time);
}

static bool has_the_line(const char *text, const char *user, const char *program)
{
	while (*text != '\0') {
		const char *end = strchrnul(text, '\n');
		char line[1024];

		snprintf(
		    line, sizeof(line), "%.*s", (int)(end - text < 1023 ? end - text : 1023), text);
		if (is_the_line(line, user, program))
			return true;
		text = *end == '\0' ? end : end + 1;
	}
	return false;
}

static void mend_entry(struct doctor *d, const char *entry, const char *user, bool busybox)
{
	char shipped[256];

	snprintf(shipped, sizeof(shipped), BIJK_PREFIX "/share/bijk/shipped%s", entry);
	if (busybox) {
		report_mend(d->report,
		    "mkdir -p " CRONTABS " && sed -n 's,^\\([0-9*@].*\\) %s /,\\1 /,p' "
		    "/etc/cron.d/bijk-* >" CRONTABS "%s && echo %s >>" CRONTABS "cron.update",
		    user, user, user);
		report_note(d->report,
		    "again after each change in /etc/cron.d; or have a cron that reads it, such as "
		    "cronie");
	} else if (access(shipped, R_OK) == 0) {
		report_mend(d->report, "install -m 644 %s %s", shipped, entry);
	} else {
		report_note(d->report, "./install.sh, in the source, puts it back");
	}
}

/* True: cron reads it, and it starts the program. */
static bool look_at_entry(
    struct doctor *d, const char *name, const char *user, const char *program, bool busybox)
{
	struct report *r = d->report;
	struct buf b = BUF_INIT(ENTRY_MAX);
	char entry[64], own[64];
	struct stat st;
	bool good = false;

	snprintf(entry, sizeof(entry), "/etc/cron.d/%s", name);
	snprintf(
	    own, sizeof(own), "%s%s", busybox ? CRONTABS : "/etc/cron.d/", busybox ? user : name);
	if (file_read(AT_FDCWD, own, &b) == -1 || b.data == NULL) {
		report_found(r, VERDICT_FAIL, own, "%s: %s does not start %s", strerror(errno),
		    busybox ? "BusyBox's crond, which does not read /etc/cron.d," : "cron",
		    program);
		mend_entry(d, entry, user, busybox);
	} else if (!has_the_line(b.data, busybox ? NULL : user, program)) {
		report_found(
		    r, VERDICT_FAIL, own, "it has no line that starts %s as %s", program, user);
		mend_entry(d, entry, user, busybox);
	} else if (b.data[b.len - 1] != '\n') {
		report_found(r, VERDICT_FAIL, own,
		    "its last line does not end in a newline: cron passes the file over");
		report_mend(r, "echo >>%s", own);
	} else if (stat(own, &st) == 0 && (st.st_uid != 0 || (st.st_mode & 022) != 0)) {
		report_found(r, VERDICT_FAIL, own,
		    "it is not root's alone (owner %u, mode %04o): cron passes it over",
		    (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777));
		report_mend(r, "chown root:root %s && chmod 644 %s", own, own);
	} else {
		report_found(r, VERDICT_OK, own, "it starts %s", program);
		good = true;
	}
	buf_free(&b);
	return good;
}

static void look_at_last_run(struct doctor *d)
{
	int64_t now = now_s(), last = d->facts.contact.push_ended;
	char age[32];

	for (size_t i = 0; i < d->node.masters.n && i < FACTS_MASTERS; i++) {
		if (d->facts.master[i].taken > last)
			last = d->facts.master[i].taken;
	}
	if (!d->facts.gathered || last == 0 || last > now)
		report_found(d->report, VERDICT_SKIP, "last run", "none has left a trace yet");
	else
		report_found(d->report, VERDICT_OK, "last run",
		    "one that had something to do left its trace %s ago",
		    num_show_span(age, sizeof(age), now - last));
}

void check_cron(struct doctor *d)
{
	int cron = look_at_cron(d);

	if (d->is_master)
		look_at_entry(d, "bijk-master", MASTER_USER, BIJK_PREFIX "/sbin/bijk-pull",
		    cron == BUSYBOX_CRON);
	else if (look_at_entry(d, "bijk-node", NODE_USER, BIJK_PREFIX "/sbin/bijk-push",
		     cron == BUSYBOX_CRON) &&
	    cron != NO_CRON)
		look_at_last_run(d);
}
