/* SPDX-License-Identifier: ISC */
/*
 * The node's own files: there, of the right owner and mode. What sshd asks of them (StrictModes) is that nobody but the
 * account and root can write to authorized_keys or to a directory on the way to it.
 */
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/num.h"

#include "common/base/banned.h"

struct thing {
	const char *what, *path; /* below the state, or absolute */
	mode_t mode;		 /* as it is installed */
	mode_t never;		 /* bits that stop something, so VERDICT_FAIL */
	mode_t secret;		 /* bits that show a secret */
	mode_t type;
	bool of_root; /* owner root, group bijk */
	bool needed;
	const char *mend; /* when it is not there */
};

static const struct thing things[] = {
	{ "home", "", 0750, 022, 0, S_IFDIR, false, true,
	    "install -d -m 750 -o " NODE_USER " -g " NODE_USER },
	{ "key pair", "id_ed25519", 0600, 077, 0, S_IFREG, false, true, NULL },
	{ "directory .ssh", ".ssh", 0700, 022, 0, S_IFDIR, false, true,
	    "install -d -m 700 -o " NODE_USER " -g " NODE_USER },
	{ "authorized_keys", ".ssh/authorized_keys", 0600, 022, 0, S_IFREG, false, false, NULL },
	{ "known_hosts", "known_hosts", 0600, 022, 0, S_IFREG, false, false, NULL },
	{ "spool", "spool", 0700, 022, 055, S_IFDIR, false, false, NULL },
	{ "state", "state", 0700, 022, 0, S_IFDIR, false, false, NULL },
};

static char *path_of(const struct doctor *d, const struct thing *t)
{
	if (t->path[0] == '\0')
		return strdup(d->node.state);
	return path_join(d->node.state, t->path);
}

static void missing(struct doctor *d, const struct thing *t, const char *path)
{
	if (!t->needed) {
		report_found(d->report, VERDICT_OK, t->what, "%s is not there yet", path);
		return;
	}
	report_found(d->report, VERDICT_FAIL, t->what, "%s is not there", path);
	if (t->mend != NULL)
		report_mend(d->report, "%s %s", t->mend, shell_word(path));
	else
		report_mend(d->report, "bijk-keyreg");
}

/* The sshd of Debian lets the group write where nobody else is in it; others do not. */
static bool only_group_writes(const struct thing *t, const struct stat *st)
{
	const struct group *g = getgrgid(st->st_gid);

	return t->never == 022 && (st->st_mode & t->never) == 020 && g != NULL &&
	    g->gr_mem[0] == NULL && strcmp(g->gr_name, NODE_USER) == 0;
}

/* True: it is as it should be. */
static bool look_at_mode(
    struct doctor *d, const struct thing *t, const char *path, const struct stat *st, uid_t owner)
{
	struct report *r = d->report;
	const char *recursive = t->type == S_IFDIR ? "-R " : "";

	if ((st->st_mode & S_IFMT) != t->type) {
		report_found(r, VERDICT_FAIL, t->what, "%s is no %s", path,
		    t->type == S_IFDIR ? "directory" : "regular file");
		report_mend(r, "mv %s %s.old && bijk-keyreg", shell_word(path), shell_word(path));
	} else if (st->st_uid != owner) {
		report_found(r, VERDICT_FAIL, t->what,
		    "%s belongs to user ID %u, not to " NODE_USER, path, (unsigned)st->st_uid);
		report_mend(
		    r, "chown %s" NODE_USER ":" NODE_USER " %s", recursive, shell_word(path));
	} else if (only_group_writes(t, st)) {
		report_found(r, VERDICT_WARN, t->what,
		    "%s has mode %04o: most sshd trust nothing that a group may write", path,
		    (unsigned)(st->st_mode & 07777));
		report_mend(r, "chmod %03o %s", (unsigned)t->mode, shell_word(path));
	} else if ((st->st_mode & t->never) != 0) {
		report_found(r, VERDICT_FAIL, t->what,
		    (t->never & 077) == 077
			? "%s has mode %04o: ssh refuses a key that others may read"
			: "%s has mode %04o: sshd (StrictModes) trusts nothing that others may "
			  "write",
		    path, (unsigned)(st->st_mode & 07777));
		report_mend(r, "chmod %03o %s", (unsigned)t->mode, shell_word(path));
	} else if ((st->st_mode & t->secret) != 0) {
		report_found(r, VERDICT_WARN, t->what, "%s has mode %04o: others may read records",
		    path, (unsigned)(st->st_mode & 07777));
		report_mend(r, "chmod %03o %s", (unsigned)t->mode, shell_word(path));
	} else {
		return true;
	}
	return false;
}

static void look_at_things(struct doctor *d, uid_t owner)
{
	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		char *path = path_of(d, &things[i]);
		struct stat st;

		if (path == NULL)
			return;
		if (lstat(path, &st) == 0) {
			if (look_at_mode(d, &things[i], path, &st, owner))
				report_found(d->report, VERDICT_OK, things[i].what, "%s, mode %04o",
				    path, (unsigned)(st.st_mode & 07777));
		} else if (errno == ENOENT || errno == ENOTDIR) {
			missing(d, &things[i], path);
		} else {
			report_found(d->report, d->root ? VERDICT_FAIL : VERDICT_SKIP,
			    things[i].what, "%s: %s%s", path, strerror(errno),
			    d->root ? "" : "; root can see it");
		}
		free(path);
	}
}

/* A new secret is nothing that the masters know: they must be told. */
static void hash_is_gone(struct doctor *d)
{
	const char *path = shell_word(d->node.hash);

	report_mend(d->report,
	    "install -m 640 -o root -g " NODE_USER
	    " /dev/null %s && od -An -v -tx1 -N32 /dev/urandom | tr -d "
	    "' \\n' >%s",
	    path, path);
	for (size_t i = 0; i < d->node.masters.n; i++)
		report_mend_at(d->report, d->node.masters.v[i], "bijk-master add %s --replace-hash",
		    d->node.name != NULL ? d->node.name : "NAME");
	report_mend(d->report, "bijk-keyreg");
	report_note(d->report,
	    "if a copy of the old file is somewhere, put that back instead; else bijk-master asks "
	    "for the "
	    "new one: cat %s",
	    path);
}

static void look_at_hash(struct doctor *d)
{
	struct report *r = d->report;
	struct stat st;

	if (lstat(d->node.hash, &st) == -1 && errno == ENOENT) {
		report_found(r, VERDICT_FAIL, "hash", "%s, the secret of this node, is not there",
		    d->node.hash);
		hash_is_gone(d);
	} else if (!d->facts.gathered) {
		report_found(r, VERDICT_SKIP, "hash", "%s", d->facts.why);
	} else if (!d->facts.hash_good) {
		bool mode = lstat(d->node.hash, &st) == 0 &&
		    ((st.st_mode & 07777) != 0640 || st.st_uid != 0);

		report_found(r, VERDICT_FAIL, "hash", "%s: %s", d->node.hash, d->facts.hash_why);
		if (mode)
			report_mend(r, "chown root:" NODE_USER " %s && chmod 640 %s",
			    shell_word(d->node.hash), shell_word(d->node.hash));
		else
			hash_is_gone(d);
	} else {
		report_found(r, VERDICT_OK, "hash", "%s can be read by " NODE_USER, d->node.hash);
	}
}

/* What follows from the masters' cards: known_hosts, and their lines in authorized_keys. */
static void look_at_pins(struct doctor *d)
{
	struct report *r = d->report;
	const struct facts *f = &d->facts;

	if (!f->gathered || report_check_failed(r))
		return;
	if (!f->pins_read) {
		report_found(r, VERDICT_FAIL, "keys of the masters", "%s", f->pins_why);
		report_mend(
		    r, "chown -R " NODE_USER ":" NODE_USER " %s", shell_word(d->node.state));
	} else if (f->pins_stale) {
		report_found(r, VERDICT_FAIL, "keys of the masters",
		    "authorized_keys or known_hosts is not what registration wrote: a line is "
		    "missing "
		    "or another");
		report_mend(r, "bijk-keyreg");
	} else if (f->keys_here == 0 && d->pulled && d->node.masters.n > 0) {
		report_found(r, VERDICT_WARN, "keys of the masters",
		    "authorized_keys lets no master in: this node has not registered yet");
		report_mend(r, "bijk-keyreg");
	} else {
		report_found(r, VERDICT_OK, "keys of the masters",
		    "%u in authorized_keys, as registration wrote them", f->keys_here);
	}
}

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
	report_found(r, left > 0 && old > 3600 ? VERDICT_WARN : VERDICT_OK, "records",
	    "%" PRIu64 " that no master has%s%s; %s of %s", left,
	    left > 0 ? ", the oldest of " : "",
	    left > 0 ? num_show_span(age, sizeof(age), old) : "", size, limit);
}

static void look_at_space(struct doctor *d)
{
	struct report *r = d->report;
	struct statvfs fs;
	char free_text[32], min[32];
	uint64_t room;

	if (statvfs(d->node.state, &fs) == -1)
		return;
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	num_show_size(free_text, sizeof(free_text), room);
	num_show_size(min, sizeof(min), d->node.min_free);
	if ((fs.f_flag & ST_RDONLY) != 0) {
		report_found(r, VERDICT_FAIL, "space",
		    "the file system of %s is read-only: nothing can be stored", d->node.state);
		report_note(r, "dmesg may say why; then: mount -o remount,rw");
	} else if (room < d->node.min_free) {
		report_found(r, VERDICT_FAIL, "space",
		    "%s free on the file system of %s, less than spool.min_free (%s): nothing is "
		    "taken",
		    free_text, d->node.state, min);
		report_note(r, "make room; what takes it: du -xhd1 / | sort -h | tail");
	} else if (fs.f_files > 0 && fs.f_favail == 0) {
		report_found(r, VERDICT_FAIL, "space", "no inode is free on the file system of %s",
		    d->node.state);
		report_note(r, "remove files; where they are: du --inodes -xd2 / | sort -n | tail");
	} else {
		report_found(r, VERDICT_OK, "space", "%s free, %s must stay", free_text, min);
	}
}

static void look_at_contact(struct doctor *d)
{
	const struct contact *k = &d->facts.contact;
	int64_t now = now_s();
	char age[32];

	if (!d->facts.gathered)
		return;
	if (k->last_pull > 0)
		report_found(d->report, VERDICT_OK, "last pull", "%s ago, by %s",
		    num_show_span(age, sizeof(age), now - k->last_pull), k->pull_master);
	else
		report_found(d->report, VERDICT_OK, "last pull", "none yet");
	if (k->push_ended > 0)
		report_found(d->report, VERDICT_OK, "last push", "%s ago, to %s",
		    num_show_span(age, sizeof(age), now - k->push_ended), k->push_master);
	else
		report_found(d->report, VERDICT_OK, "last push", "none yet");
}

void check_own(struct doctor *d)
{
	const struct passwd *p = getpwnam(NODE_USER);
	struct stat st;

	if (p != NULL)
		look_at_things(d, p->pw_uid);
	else if (stat(d->node.state, &st) == 0)
		look_at_things(d, st.st_uid);
	look_at_hash(d);
	look_at_pins(d);
	look_at_space(d);
	look_at_spool(d);
	look_at_contact(d);
}
