/* SPDX-License-Identifier: ISC */
/* cron, which starts the node's programs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/process.h"
#include "bijk-doctor/service.h"
#include "bijk-doctor/shellword.h"
#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define ENTRY_MAX 65536

/* Is there a line for this program that is no comment? */
static bool starts(const char *text, const char *program)
{
	for (const char *s = text; *s != '\0';) {
		const char *end = strchrnul(s, '\n'), *hit = strstr(s, program);

		if (s[strspn(s, " \t")] != '#' && hit != NULL && hit < end)
			return true;
		s = *end == '\0' ? end : end + 1;
	}
	return false;
}

static void put_back(struct doctor *d, const char *entry)
{
	char shipped[256];

	snprintf(shipped, sizeof(shipped), "/usr/share/bijk/shipped%s", entry);
	if (access(shipped, R_OK) == 0)
		report_mend(d->report, "install -m 644 %s %s", shipped, entry);
	else
		report_note(d->report, "./install.sh, in the source, puts it back");
}

/* True: cron reads it, and it starts the program. */
static bool look_at_entry(struct doctor *d, const char *entry, const char *program)
{
	struct report *r = d->report;
	struct buf b = BUF_INIT(ENTRY_MAX);
	struct stat st;
	bool good = false;

	if (file_read(AT_FDCWD, entry, &b) == -1 || b.data == NULL) {
		report_found(
		    r, VERDICT_FAIL, entry, "%s: cron does not start %s", strerror(errno), program);
		put_back(d, entry);
	} else if (!starts(b.data, program)) {
		report_found(r, VERDICT_FAIL, entry, "it has no line that starts %s", program);
		put_back(d, entry);
	} else if (stat(entry, &st) == 0 && (st.st_uid != 0 || (st.st_mode & 022) != 0)) {
		report_found(r, VERDICT_FAIL, entry,
		    "it is not root's alone (owner %u, mode %04o): cron passes it over",
		    (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777));
		report_mend(r, "chown root:root %s && chmod 644 %s", entry, entry);
	} else {
		report_found(r, VERDICT_OK, entry, "it starts %s", program);
		good = true;
	}
	buf_free(&b);
	return good;
}

static bool look_at_cron(struct doctor *d)
{
	static const char *const names[] = { "cron", "crond", "fcron", NULL };
	struct process p;
	char start[COMMAND_MAX];

	if (process_find(&p, names, process_is_roots)) {
		report_found(d->report, VERDICT_OK, "cron", "it runs (process %d)", (int)p.pid);
		return true;
	}
	cron_start_command(start);
	report_found(d->report, VERDICT_FAIL, "cron",
	    "no process of it runs: nothing of what is periodic is started");
	report_mend(d->report, "%s", start);
	return false;
}

static void look_at_last_run(struct doctor *d)
{
	const struct contact *k = &d->facts.contact;
	int64_t now = now_s(), last = k->push_ended;
	char age[32];

	for (size_t i = 0; i < d->node.masters.n && i < FACTS_MASTERS; i++) {
		if (d->facts.master[i].taken > last)
			last = d->facts.master[i].taken;
	}
	if (!d->facts.gathered || last == 0 || last > now) {
		report_found(d->report, VERDICT_SKIP, "last run", "none has left a trace yet");
		return;
	}
	report_found(d->report, VERDICT_OK, "last run",
	    "one that had something to do left its trace %s ago",
	    num_show_span(age, sizeof(age), now - last));
}

void check_master_cron(struct doctor *d)
{
	look_at_entry(d, "/etc/cron.d/bijk-master", "bijk-pull");
	look_at_cron(d);
}

void check_cron(struct doctor *d)
{
	bool entry = look_at_entry(d, "/etc/cron.d/bijk-node", "bijk-push");

	if (look_at_cron(d) && entry)
		look_at_last_run(d);
}
