/* SPDX-License-Identifier: ISC */
/*
 * Our own files, and the room for records. What sshd asks of the files on the
 * way to authorized_keys the rehearsal asks sshd.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/deadline.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define OLD 3600     /* seconds without a master that records may wait for */
#define ROOM_LOW 20  /* of a master: one part of so many that is free is little */
#define SPOOL_LOW 10 /* the same of spool.max_size */

static void tell_key(struct doctor *d, const char *user, const char *key)
{
	struct report *r = d->report;
	const struct facts *f = &d->facts;
	const char *what = d->is_master ? "pull key" : "key pair";
	char command[1024];

	if (f->key_mode == 0) {
		/* The next push makes one, and registers it. */
		report_found(
		    r, d->pushes ? VERDICT_WARN : VERDICT_FAIL, what, "%s is not there", key);
		report_mend(r, d->is_master ? "bijk-master export >/dev/null" : "bijk-keyreg");
		if (d->is_master)
			report_note(r,
			    "a new pull key gets to a node with its next registration: bijk-keyreg "
			    "there, or a reboot");
	} else if (S_ISREG(f->key_mode) && (f->key_mode & 077) != 0) {
		report_found(r, VERDICT_FAIL, what,
		    "%s has mode %04o: ssh refuses a key that others may read", key,
		    (unsigned)f->key_mode & 07777);
		snprintf(command, sizeof(command), "chmod 600 %s", shell_word(key));
		doctor_mend_as(d, user, command);
	} else if (f->key[0] != '\0') {
		report_found(r, VERDICT_FAIL, what, "%s", f->key);
		report_note(r, "move it away; bijk-keyreg then makes another");
	} else {
		report_found(r, VERDICT_OK, what, "%s", key);
	}
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

/* False: the state, or something below it, is not there or another's, and what
 * our programs say of it follows from that. */
static bool tell_files(struct doctor *d, const char *user, const char *state, const char *key)
{
	struct report *r = d->report;
	const struct facts *f = &d->facts;

	if (access(state, F_OK) == -1 && errno == ENOENT) {
		report_found(r, VERDICT_FAIL, "home", "%s is not there", state);
		report_mend(r, "install -d -m %s -o %s -g %s %s", d->is_master ? "700" : "750",
		    user, user, shell_word(state));
		return false;
	}
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
	tell_key(d, user, key);
	return true;
}

/* --- A node's --- */

static void tell_hash(struct doctor *d)
{
	struct report *r = d->report;
	const char *path = d->node.hash, *word = shell_word(path);
	struct stat st;
	bool there = lstat(path, &st) == 0;

	if (d->facts.hash[0] == '\0' && d->facts.gathered) {
		report_found(r, VERDICT_OK, "hash", "%s can be read by " NODE_USER, path);
		return;
	}
	report_found(r, VERDICT_FAIL, "hash", "%s: %s", path, d->facts.hash);
	if (there && ((st.st_mode & 07777) != 0640 || st.st_uid != 0)) {
		report_mend(r, "chown root:" NODE_USER " %s && chmod 640 %s", word, word);
		return;
	}
	/* No master has it. */
	report_note(r,
	    "put back a copy of it; where there is none, make another, as root: od -An -v -tx1 "
	    "-N32 /dev/urandom | tr -dc 0-9a-f | install -m 640 -o root -g " NODE_USER
	    " /dev/stdin %s",
	    word);
	report_note(
	    r, "and then give it to each master: bijk-master add %s --replace-hash", d->node.name);
}

/* What follows from the masters' cards: known_hosts, and their lines in
 * authorized_keys. */
static void tell_pins(struct doctor *d)
{
	static const char what[] = "keys of the masters";
	const struct facts *f = &d->facts;
	struct report *r = d->report;

	if (f->pins[0] != '\0') {
		report_found(r, VERDICT_FAIL, what, "%s", f->pins);
		report_note(r, "move it away; bijk-keyreg then makes another");
	} else if (f->pins_stale) {
		report_found(r, VERDICT_FAIL, what,
		    "authorized_keys or known_hosts is not what registration wrote: a line is "
		    "missing or another");
		report_mend(r, "bijk-keyreg");
	} else {
		report_found(r, VERDICT_OK, what,
		    "%u in authorized_keys, as registration wrote them", f->keys_here);
	}
}

/* The log, and when a master last took from it. */
static void tell_records(struct doctor *d)
{
	const struct facts *f = &d->facts;
	const bool pull = f->contact.last_pull > f->contact.push_ended;
	const int64_t last = pull ? f->contact.last_pull : f->contact.push_ended;
	const int64_t now = now_s();
	char size[32], most[32], age[32];
	bool waits;

	if (!f->log_there) {
		report_found(d->report, VERDICT_WARN, "records", "none was ever stored");
		report_note(d->report, "store one: bijk-put -s load /proc/loadavg");
		return;
	}
	if (f->log[0] != '\0') {
		report_found(
		    d->report, VERDICT_FAIL, "records", "the spool cannot be opened: %s", f->log);
		report_note(d->report, "look at it with: ls -l %s/spool", d->node.state);
		return;
	}
	waits = f->left > 0 && last > 0 && last < now - OLD;
	num_show_size(size, sizeof(size), f->size);
	num_show_size(most, sizeof(most), d->node.max_size);
	report_found(d->report,
	    waits || (f->left > 0 && f->size > d->node.max_size - d->node.max_size / SPOOL_LOW)
		? VERDICT_WARN
		: VERDICT_OK,
	    "records", "%" PRIu64 " that no master has; %s of %s (spool.max_size)", f->left, size,
	    most);
	if (last > 0)
		report_found(d->report, VERDICT_OK, "last contact", "%s ago, a %s %s",
		    num_show_span(age, sizeof(age), now > last ? now - last : 0),
		    pull ? "pull by" : "push to",
		    pull ? f->contact.pull_master : f->contact.push_master);
}

void check_own(struct doctor *d)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/id_ed25519", d->node.state);
	if (tell_files(d, NODE_USER, d->node.state, path))
		tell_pins(d);
	if (d->facts.gathered || access(d->node.hash, F_OK) == -1)
		tell_hash(d);
	snprintf(path, sizeof(path), "%s%s", d->node.state, d->facts.log_there ? "/spool" : "");
	tell_space(d, path, d->node.min_free, 0);
	if (!report_failed(d->report, "own") && d->facts.gathered)
		tell_records(d);
}

/* --- A master's --- */

void check_master_own(struct doctor *d)
{
	tell_files(d, MASTER_USER, d->master.state, d->master.key);
	tell_space(d, d->master.state, 1, ROOM_LOW);
}
