/* SPDX-License-Identifier: ISC */
/*
 * Our own files, and the room for records. What sshd asks of the files on the
 * way to authorized_keys the rehearsal asks sshd.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define ROOM_LOW 20 /* of a master: one part of so many that is free is little */

static bool key_is_open(const struct doctor *d)
{
	return S_ISREG(d->facts.key_mode) && (d->facts.key_mode & 077) != 0;
}

static void mend_key(struct doctor *d, const char *user)
{
	char command[1024];

	snprintf(command, sizeof(command), "chmod 600 %s", shell_word(d->key));
	doctor_mend_as(d, user, command);
}

/* `least`: with less free nothing is stored; `low`: a warning. */
static void tell_space(struct doctor *d, const char *where, uint64_t least, unsigned low)
{
	const struct statvfs *fs = &d->facts.room;
	const uint64_t room = (uint64_t)fs->f_bavail * fs->f_frsize;
	const uint64_t size = (uint64_t)fs->f_blocks * fs->f_frsize;
	const bool no_inode = fs->f_files > 0 && fs->f_favail == 0;
	char room_text[32], inodes[32] = "", least_text[32];
	struct report *r = d->report;

	if (size == 0)
		return;
	num_show_size(room_text, sizeof(room_text), room);
	num_show_size(least_text, sizeof(least_text), least);
	if (fs->f_files > 0)
		snprintf(inodes, sizeof(inodes), " and %ju inodes", (uintmax_t)fs->f_favail);
	if ((fs->f_flag & ST_RDONLY) != 0) {
		report_found(r, VERDICT_FAIL, "space",
		    "the file system of %s is read-only: nothing can be stored", where);
		report_note(r, "dmesg may say why; then: mount -o remount,rw");
	} else if (least >= size) {
		report_found(r, VERDICT_FAIL, "spool.min_free",
		    "%s must stay free, more than the file system of %s has: nothing is stored",
		    least_text, where);
		report_mend(r,
		    "sed -i 's/^\\([[:space:]]*min_free:[[:space:]]*\\)[^[:space:]#]*/\\1%juM/' %s",
		    (uintmax_t)(size / 10 >> 20), shell_word(d->config_path));
	} else if (room < least || no_inode) {
		report_found(r, VERDICT_FAIL, "space", "%s%s free on the file system of %s: %s%s",
		    room_text, inodes, where,
		    no_inode ? "no new file can be made" : "nothing is stored with less than ",
		    no_inode ? "" : least_text);
		report_note(r,
		    "make room; what takes it: du -x%s $(stat -c %%m %s) | sort -h | tail",
		    no_inode ? "d2 --inodes" : "hd1", shell_word(where));
	} else {
		report_found(r, low > 0 && room < size / low ? VERDICT_WARN : VERDICT_OK, "space",
		    "%s%s free on the file system of %s", room_text, inodes, where);
	}
}

/* Of several lines the first counts; ours is the one of who owns the state. */
static bool tell_account(struct doctor *d, const char *user, const char *state)
{
	FILE *f = fopen("/etc/passwd", "re");
	char line[1024], name[64];
	unsigned n = 0, first = 0, ours = 0, uid, first_uid = 0;
	struct stat st;

	while (f != NULL && stat(state, &st) == 0 && fgets(line, sizeof(line), f) != NULL) {
		n++;
		if (sscanf(line, "%63[^:]:%*[^:]:%u:", name, &uid) != 2 || strcmp(name, user) != 0)
			continue;
		if (first == 0) {
			first = n;
			first_uid = uid;
		}
		if (ours == 0 && uid == st.st_uid &&
		    (d->is_master || strstr(line, ":" LOGIN_SHELL "\n") != NULL))
			ours = n;
	}
	if (f != NULL)
		fclose(f);
	if (ours <= first)
		return true;
	report_found(d->report, VERDICT_FAIL, "account",
	    "line %u of /etc/passwd (user ID %u) is in front of the right one for %s, line %u",
	    first, first_uid, user, ours);
	report_mend(d->report, "sed -i '1,%u{/^%s:/d}' /etc/passwd", ours - 1, user);
	return false;
}

/* False: the state, or something below it, is not there or another's, and what
 * our programs say of it follows from that. */
static bool tell_files(struct doctor *d, const char *user, const char *state)
{
	struct report *r = d->report;
	const struct facts *f = &d->facts;

	if (access(state, F_OK) == -1 && errno == ENOENT) {
		report_found(r, VERDICT_FAIL, "home", "%s is not there", state);
		report_mend(r, "install -d -m %s -o %s -g %s %s", d->is_master ? "700" : "750",
		    user, user, shell_word(state));
		return false;
	}
	if (!tell_account(d, user, state))
		return false;
	if (!f->gathered) {
		report_found(r, d->root ? VERDICT_FAIL : VERDICT_SKIP, "files", "%s", f->why);
		return false;
	}
	if (f->foreign[0] != '\0') {
		report_found(r, VERDICT_FAIL, strcmp(f->foreign, state) == 0 ? "home" : "files",
		    "%s belongs to user ID %u, not to %s", f->foreign, (unsigned)f->foreign_uid,
		    user);
		doctor_mend_owner(d, user, state);
		return false;
	}
	report_found(r, VERDICT_OK, "files", "all of %s is %s's", state, user);
	return true;
}

/* --- A node's --- */

static void advise_hash(struct doctor *d)
{
	const char *word = shell_word(d->node.hash);
	struct stat st;

	if (lstat(d->node.hash, &st) == 0 && ((st.st_mode & 07777) != 0640 || st.st_uid != 0)) {
		report_mend(d->report, "chown root:" NODE_USER " %s && chmod 640 %s", word, word);
		return;
	}
	/* No master has it. */
	report_note(d->report,
	    "put back a copy of it; where there is none, make another, as root: od -An -v -tx1 "
	    "-N32 /dev/urandom | tr -dc 0-9a-f | install -m 640 -o root -g " NODE_USER
	    " /dev/stdin %s",
	    word);
	report_note(d->report, "and then give it to each master: bijk-master add %s --replace-hash",
	    d->node.name);
}

static void advise_own(struct doctor *d, const struct said *s)
{
	if (strcmp(s->what, "hash") == 0)
		advise_hash(d);
	else if (strcmp(s->what, "key pair") == 0 && key_is_open(d))
		mend_key(d, NODE_USER);
	else if (strstr(s->text, "not there") != NULL || strstr(s->text, "registration") != NULL)
		report_mend(d->report, "bijk-keyreg");
	else if (strcmp(s->what, "records") != 0)
		report_note(d->report, "move it away; bijk-keyreg then makes another");
	else if (s->verdict == VERDICT_FAIL)
		report_note(d->report, "look at it with: ls -l %s/spool", d->node.state);
	else if (strstr(s->text, "none") != NULL)
		report_note(d->report, "store one: bijk-put -s load /proc/loadavg");
}

void check_own(struct doctor *d)
{
	const char *at = NULL;
	char spool[PATH_MAX];
	struct said s;

	if (!tell_files(d, NODE_USER, d->node.state))
		return;
	while (doctor_push_said(d, &at, &s) && s.host[0] == '\0') {
		/* What sshd makes of it the rehearsal asks sshd. */
		if (d->root && d->pulled && strstr(s.text, "registration wrote: ") != NULL)
			s.verdict = VERDICT_WARN;
		report_found(d->report, s.verdict, s.what, "%s", s.text);
		if (s.verdict != VERDICT_OK)
			advise_own(d, &s);
	}
	if (at == NULL)
		doctor_tell_push(d);
	snprintf(spool, sizeof(spool), "%s/spool", d->node.state);
	tell_space(d, spool, d->node.min_free, 0);
}

/* --- A master's --- */

void check_master_own(struct doctor *d)
{
	struct report *r = d->report;

	if (!tell_files(d, MASTER_USER, d->master.state))
		return;
	if (d->facts.key_mode == 0) {
		report_found(r, VERDICT_FAIL, "pull key", "%s is not there", d->key);
		report_mend(r, "bijk-master export >/dev/null");
		report_note(r,
		    "a new pull key gets to a node with its next registration: bijk-keyreg there, "
		    "or a reboot");
	} else if (key_is_open(d)) {
		report_found(r, VERDICT_FAIL, "pull key",
		    "%s has mode %04o: ssh refuses a key that others may read", d->key,
		    (unsigned)d->facts.key_mode & 07777);
		mend_key(d, MASTER_USER);
	} else {
		report_found(r, VERDICT_OK, "pull key", "%s", d->key);
	}
	tell_space(d, d->master.state, 1, ROOM_LOW);
}
