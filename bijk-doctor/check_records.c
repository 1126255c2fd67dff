/* SPDX-License-Identifier: ISC */
/* What is to be carried: the log, its room on the disk, and when a master last
 * took from it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define CLOCK_STEP 5 /* seconds in the future that are no news */
#define OLD 3600     /* seconds that a record may wait */

static void look_at_spool(struct doctor *d)
{
	struct report *r = d->report;
	const struct facts *f = &d->facts;
	char size[32], limit[32], age[32];
	int64_t old = f->oldest_ns > 0 ? now_s() - f->oldest_ns / 1000000000 : 0;
	uint64_t left = f->next - f->acked;

	if (!f->gathered || report_check_failed(r))
		return;
	if (!f->log_there) {
		report_found(r, VERDICT_WARN, "records", "none was ever stored");
		report_note(r, "store one: bijk-put -s load /proc/loadavg");
		return;
	}
	if (!f->log_good) {
		report_found(
		    r, VERDICT_FAIL, "records", "the spool cannot be opened: %s", f->log_why);
		report_note(r, "look at it with: ls -l %s/spool", d->node.state);
		return;
	}
	num_show_size(size, sizeof(size), f->size);
	num_show_size(limit, sizeof(limit), d->node.max_size);
	if (f->size > d->node.max_size - d->node.max_size / 10) {
		report_found(r, VERDICT_WARN, "spool",
		    "%s of %s (spool.max_size): the oldest records that no master has go next",
		    size, limit);
		report_note(r, "what keeps them from going to a master stands below");
		return;
	}
	report_found(r, left > 0 && old > OLD ? VERDICT_WARN : VERDICT_OK, "records",
	    "%" PRIu64 " that no master has%s%s; %s of %s", left,
	    left > 0 ? ", the oldest of " : "",
	    left > 0 ? num_show_span(age, sizeof(age), old) : "", size, limit);
}

static void look_at_space(struct doctor *d)
{
	struct report *r = d->report;
	struct statvfs fs;
	char free_text[32], min[32];
	char *spool = path_join(d->node.state, "spool");
	const char *where = d->node.state;
	uint64_t room;

	/* The spool may be a file system of its own. */
	if (spool != NULL && statvfs(spool, &fs) == 0)
		where = spool;
	else if (statvfs(where, &fs) == -1)
		goto out;
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	num_show_size(free_text, sizeof(free_text), room);
	num_show_size(min, sizeof(min), d->node.min_free);
	if ((fs.f_flag & ST_RDONLY) != 0) {
		report_found(r, VERDICT_FAIL, "space",
		    "the file system of %s is read-only: nothing can be stored", where);
		report_note(r, "dmesg may say why; then: mount -o remount,rw");
	} else if (room < d->node.min_free) {
		report_found(r, VERDICT_FAIL, "space",
		    "%s free on the file system of %s, less than spool.min_free (%s): nothing is "
		    "taken",
		    free_text, where, min);
		report_note(r,
		    "make room; what takes it: du -xhd1 $(stat -c %%m %s) | sort -h | tail",
		    shell_word(where));
	} else if (fs.f_files > 0 && fs.f_favail == 0) {
		report_found(
		    r, VERDICT_FAIL, "space", "no inode is free on the file system of %s", where);
		report_note(r,
		    "remove files; where they are: du --inodes -xd2 $(stat -c %%m %s) | sort -n | "
		    "tail",
		    shell_word(where));
	} else {
		report_found(r, VERDICT_OK, "space", "%s free, %s must stay", free_text, min);
	}
out:
	free(spool);
}

/* A time to come is that of a clock which was wrong, then or now. */
static void tell_contact(struct doctor *d, const char *what, int64_t when, const char *master)
{
	int64_t now = now_s();
	char age[32];

	if (when <= 0)
		report_found(d->report, VERDICT_OK, what, "none yet");
	else if (when > now + CLOCK_STEP)
		report_found(d->report, VERDICT_WARN, what,
		    "it lies %s in the future: the clock was set back since, or was wrong then",
		    num_show_span(age, sizeof(age), when - now));
	else
		report_found(d->report, VERDICT_OK, what, "%s ago, %s",
		    num_show_span(age, sizeof(age), now > when ? now - when : 0), master);
}

/* Whether the clock is right only a master's can tell; whether anything keeps
 * it right, the kernel knows. */
static void look_at_clock(struct doctor *d)
{
	struct timex t = { .modes = 0 };

	if (adjtimex(&t) == -1 || (t.status & STA_UNSYNC) != 0)
		report_evidence(d->report, "clock: nothing keeps it in step with others (NTP)");
	else
		report_evidence(d->report, "clock: kept in step with others (NTP)");
}

static void look_at_contact(struct doctor *d)
{
	const struct contact *k = &d->facts.contact;

	if (!d->facts.gathered)
		return;
	tell_contact(d, "last pull", k->last_pull, k->pull_master);
	tell_contact(d, "last push", k->push_ended, k->push_master);
	look_at_clock(d);
}

void check_records(struct doctor *d)
{
	look_at_space(d);
	look_at_spool(d);
	look_at_contact(d);
}
