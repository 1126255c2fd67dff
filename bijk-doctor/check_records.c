/* SPDX-License-Identifier: ISC */
/* What is to be carried: the log, its room on the disk, and when a master last
 * took from it. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/deadline.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define CLOCK_STEP 5 /* seconds in the future that are no news */
#define OLD 3600     /* seconds that a record may wait */
#define ROOM_LOW 20  /* of a master: one part of so many that is free is little */

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

/* `least`: with less free nothing is stored; `low`: a warning. */
static void look_at_space(
    struct doctor *d, const struct statvfs *fs, const char *where, uint64_t least, uint64_t low)
{
	struct report *r = d->report;
	uint64_t room = (uint64_t)fs->f_bavail * fs->f_frsize;
	bool no_inode = fs->f_files > 0 && fs->f_favail == 0;
	char free_text[32], inodes[32] = "", min[32];

	num_show_size(free_text, sizeof(free_text), room);
	num_show_size(min, sizeof(min), least);
	if (fs->f_files > 0)
		snprintf(inodes, sizeof(inodes), " and %ju inodes", (uintmax_t)fs->f_favail);
	if ((fs->f_flag & ST_RDONLY) != 0) {
		report_found(r, VERDICT_FAIL, "space",
		    "the file system of %s is read-only: nothing can be stored", where);
		report_note(r, "dmesg may say why; then: mount -o remount,rw");
	} else if (room < least || no_inode) {
		report_found(r, VERDICT_FAIL, "space", "%s%s free on the file system of %s: %s%s",
		    free_text, inodes, where,
		    no_inode ? "no new file can be made" : "nothing is stored with less than ",
		    no_inode ? "" : min);
		report_note(r,
		    "make room; what takes it: du -x%s $(stat -c %%m %s) | sort -h | tail",
		    no_inode ? "d2 --inodes" : "hd1", shell_word(where));
	} else {
		report_found(r, room < low ? VERDICT_WARN : VERDICT_OK, "space",
		    "%s%s free on the file system of %s", free_text, inodes, where);
	}
	if (d->is_master && room < low)
		report_note(r, "archive.max_age and archive.max_size in %s say how much is kept",
		    d->config_path);
}

void look_at_master_space(struct doctor *d)
{
	struct statvfs fs;

	if (statvfs(d->master.state, &fs) == 0)
		look_at_space(
		    d, &fs, d->master.state, 1, (uint64_t)fs.f_blocks / ROOM_LOW * fs.f_frsize);
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

static void look_at_contact(struct doctor *d)
{
	const struct contact *k = &d->facts.contact;

	if (!d->facts.gathered)
		return;
	tell_contact(d, "last pull", k->last_pull, k->pull_master);
	tell_contact(d, "last push", k->push_ended, k->push_master);
}

void check_records(struct doctor *d)
{
	char spool[PATH_MAX];

	snprintf(spool, sizeof(spool), "%s/spool", d->node.state);
	if (d->facts.room.f_blocks > 0)
		look_at_space(d, &d->facts.room, d->facts.log_there ? spool : d->node.state,
		    d->node.min_free, 0);
	look_at_spool(d);
	look_at_contact(d);
}
