/* SPDX-License-Identifier: ISC */
/* A master's own things: configuration, account, directories, keys, space. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "bijk-doctor/account.h"
#include "bijk-doctor/check_config.h"
#include "bijk-doctor/shellword.h"
#include "common/base/file.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define ROOM_LOW 20 /* one part of so many that is free is little */

void check_master_config(struct doctor *d)
{
	static const char *const ours[] = { "master", "pull", "push", "register", "archive", NULL };
	char why[YAML_WHY_MAX];
	struct master_config c;

	if (master_config_read(d->config_path, &c, why) == -1)
		config_is_wrong(d, why);
	else if (!config_has_slips(d, ours, VERDICT_WARN))
		report_found(d->report, VERDICT_OK, "configuration",
		    "%s can be read; this is master %s", d->config_path, c.name);
	master_config_free(&c);
}

void check_master_account(struct doctor *d)
{
	struct account a = { .user = MASTER_USER,
		.shell = "/usr/sbin/nologin",
		.home = d->master.state,
		.effect = "a push needs none, and none else shall be had" };

	account_look(d, &a);
}

/* A path below the state, its type and mode; never: bits that must not be
 * there. */
static void look_at(struct doctor *d, const char *what, const char *path, mode_t type, mode_t mode,
    mode_t never, const char *mend)
{
	const struct passwd *p = getpwnam(MASTER_USER);
	struct report *r = d->report;
	struct stat st;

	if (lstat(path, &st) == -1) {
		bool hidden = errno == EACCES && !d->root;

		report_found(r, hidden ? VERDICT_SKIP : VERDICT_FAIL, what, "%s: %s%s", path,
		    strerror(errno), hidden ? "; root can see it" : "");
		if (!hidden)
			report_mend(r, "%s", mend);
	} else if ((st.st_mode & S_IFMT) != type) {
		report_found(r, VERDICT_FAIL, what, "%s is no %s", path,
		    type == S_IFDIR ? "directory" : "regular file");
	} else if (p != NULL && st.st_uid != p->pw_uid) {
		report_found(r, VERDICT_FAIL, what, "%s belongs to user ID %u, not to " MASTER_USER,
		    path, (unsigned)st.st_uid);
		doctor_mend_owner(d, MASTER_USER, path);
	} else if ((st.st_mode & never) != 0) {
		report_found(r, VERDICT_FAIL, what, "%s has mode %04o: others get at it", path,
		    (unsigned)(st.st_mode & 07777));
		report_mend(r, "chmod %03o %s", (unsigned)mode, shell_word(path));
	} else {
		report_found(
		    r, VERDICT_OK, what, "%s, mode %04o", path, (unsigned)(st.st_mode & 07777));
	}
}

static void look_at_space(struct doctor *d)
{
	struct statvfs fs;
	char room[32];

	if (statvfs(d->master.state, &fs) == -1)
		return;
	num_show_size(room, sizeof(room), (uint64_t)fs.f_bavail * fs.f_frsize);
	if ((fs.f_flag & ST_RDONLY) != 0) {
		report_found(d->report, VERDICT_FAIL, "space",
		    "the file system of %s is read-only: nothing can be stored", d->master.state);
		report_note(d->report, "dmesg may say why; then: mount -o remount,rw");
	} else if (fs.f_bavail == 0 || (fs.f_files > 0 && fs.f_favail == 0)) {
		report_found(d->report, VERDICT_FAIL, "space", "the file system of %s is full",
		    d->master.state);
		report_note(d->report,
		    "make room, or keep less: archive.max_age and archive.max_size in %s; what "
		    "takes it: du -xhd1 $(stat -c %%m %s) | sort -h | tail",
		    d->config_path, shell_word(d->master.state));
	} else if (fs.f_bavail < fs.f_blocks / ROOM_LOW) {
		report_found(d->report, VERDICT_WARN, "space",
		    "only %s free on the file system of %s", room, d->master.state);
		report_note(d->report,
		    "archive.max_age and archive.max_size in %s say how much is kept",
		    d->config_path);
	} else {
		report_found(d->report, VERDICT_OK, "space", "%s free", room);
	}
}

void check_master_own(struct doctor *d)
{
	const struct passwd *p = getpwnam(MASTER_USER);
	char mend[1100];
	char *nodes = path_join(d->master.state, "nodes");

	snprintf(mend, sizeof(mend), "install -d -m 700 -o " MASTER_USER " -g " MASTER_USER " %s",
	    shell_word(d->master.state));
	look_at(d, "directory", d->master.state, S_IFDIR, 0700, 022, mend);
	look_at(d, "pull key", d->master.key, S_IFREG, 0600, 077, "bijk-master export >/dev/null");
	if (report_check_failed(d->report))
		report_note(d->report,
		    "a new pull key gets to a node with its next registration: bijk-keyreg there, "
		    "or a "
		    "reboot");
	if (nodes != NULL && file_exists(AT_FDCWD, nodes))
		look_at(d, "nodes", nodes, S_IFDIR, 0700, 022, "");
	if (nodes != NULL && p != NULL && !report_check_failed(d->report))
		doctor_look_inside(d, "nodes", nodes, MASTER_USER, p->pw_uid);
	free(nodes);
	look_at_space(d);
}
