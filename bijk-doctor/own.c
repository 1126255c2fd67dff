/* SPDX-License-Identifier: ISC */
/*
 * A node's own files, and a master's: there, of the right type and owner, and
 * out of others' reach. What sshd asks of those on the way to authorized_keys
 * the rehearsal asks sshd.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/file.h"
#include "common/base/io.h"

#include "common/base/banned.h"

struct thing {
	const char *what, *path;	      /* below the state, or absolute */
	mode_t type, mode;		      /* as it is installed */
	mode_t never;			      /* bits that it must not have */
	enum { OPTIONAL, NEEDED, MADE } need; /* MADE: by our programs, once it is missed */
	bool deep;			      /* so is what lies directly in it */
};

static const struct thing node_things[] = {
	{ "home", "", S_IFDIR, 0750, 0, NEEDED, false },
	{ "key pair", "id_ed25519", S_IFREG, 0600, 077, MADE, false },
	{ "directory .ssh", ".ssh", S_IFDIR, 0700, 0, NEEDED, false },
	{ "authorized_keys", ".ssh/authorized_keys", S_IFREG, 0600, 0, OPTIONAL, false },
	{ "known_hosts", "known_hosts", S_IFREG, 0600, 0, OPTIONAL, false },
	{ "spool", "spool", S_IFDIR, 0700, 077, OPTIONAL, true },
	{ "state", "state", S_IFDIR, 0700, 077, OPTIONAL, true },
};

/* Whose they are. */
struct owner {
	const char *user, *state;
	uid_t uid;
	bool exists; /* the account; else what the state belongs to stands for it */
};

static struct owner owner_of(const char *user, const char *state)
{
	struct owner o = { .user = user, .state = state };
	const struct passwd *p = getpwnam(user);
	struct stat st;

	if (p != NULL) {
		o.uid = p->pw_uid;
		o.exists = true;
	} else if (stat(state, &st) == 0) {
		o.uid = st.st_uid;
	}
	return o;
}

/* --- One thing --- */

/* The home is in a directory of root's, and all else below it is its owner's to
 * make. */
static void mend_missing(
    struct doctor *d, const struct thing *t, const struct owner *o, const char *path)
{
	if (t->need == MADE)
		report_mend(
		    d->report, d->is_master ? "bijk-master export >/dev/null" : "bijk-keyreg");
	else if (t->path[0] == '\0')
		report_mend(d->report, "install -d -m %03o -o %s -g %s %s", (unsigned)t->mode,
		    o->user, o->user, shell_word(path));
	else
		doctor_mend_as(
		    d, o->user, "install -d -m %03o %s", (unsigned)t->mode, shell_word(path));
}

static void missing(
    struct doctor *d, const struct thing *t, const struct owner *o, const char *path)
{
	/* The next push makes one, and registers it. */
	bool soon = t->need == MADE && !d->is_master && d->pushes;

	if (t->need == OPTIONAL) {
		report_found(d->report, VERDICT_OK, t->what, "%s is not there yet", path);
		return;
	}
	report_found(
	    d->report, soon ? VERDICT_WARN : VERDICT_FAIL, t->what, "%s is not there", path);
	mend_missing(d, t, o, path);
	if (t->need == MADE && d->is_master)
		report_note(d->report,
		    "a new pull key gets to a node with its next registration: bijk-keyreg there, "
		    "or a reboot");
}

/* What does not belong there goes aside; our programs write it anew. */
static void mend_aside(struct doctor *d, const struct owner *o, const char *path)
{
	const char *word = shell_word(path);

	doctor_mend_as(d, o->user, "mv -T %s %s.old", word, word);
	if (!d->is_master)
		report_mend(d->report, "bijk-keyreg");
}

static void look_at_mode(struct doctor *d, const struct thing *t, const struct owner *o,
    const char *path, const struct stat *st)
{
	bool key = t->type == S_IFREG;

	if ((st->st_mode & t->never) == 0) {
		report_found(d->report, VERDICT_OK, t->what, "%s, mode %04o", path,
		    (unsigned)(st->st_mode & 07777));
		return;
	}
	report_found(d->report, key ? VERDICT_FAIL : VERDICT_WARN, t->what, "%s has mode %04o: %s",
	    path, (unsigned)(st->st_mode & 07777),
	    key ? "ssh refuses a key that others may read" : "others get at what is in it");
	doctor_mend_as(d, o->user, "chmod %03o %s", (unsigned)t->mode, shell_word(path));
}

/* What was stored by hand as another user cannot be opened by our programs. */
static void look_inside(
    struct doctor *d, const struct thing *t, const struct owner *o, const char *path)
{
	int fd = dir_open(AT_FDCWD, path);
	DIR *dir = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *e;
	struct stat st;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, ".") == 0 ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    st.st_uid == o->uid)
			continue;
		report_found(d->report, VERDICT_FAIL, t->what,
		    "%s/%s belongs to user ID %u, not to %s", path, e->d_name, (unsigned)st.st_uid,
		    o->user);
		doctor_mend_owner(d, o->user, path);
		break;
	}
	if (dir != NULL)
		closedir(dir);
	else
		close_fd(fd);
}

/* False: it is another's, and what mends that mends all below it. */
static bool look_at_thing(struct doctor *d, const struct thing *t, const struct owner *o)
{
	char path[PATH_MAX];
	struct stat st;

	if (t->path[0] == '/')
		snprintf(path, sizeof(path), "%s", t->path);
	else
		snprintf(
		    path, sizeof(path), "%s%s%s", o->state, t->path[0] != '\0' ? "/" : "", t->path);
	if (lstat(path, &st) == -1 && (errno == ENOENT || errno == ENOTDIR)) {
		missing(d, t, o, path);
	} else if (lstat(path, &st) == -1) {
		report_found(d->report, d->root ? VERDICT_FAIL : VERDICT_SKIP, t->what, "%s: %s%s",
		    path, strerror(errno), d->root ? "" : "; root can see it");
	} else if ((st.st_mode & S_IFMT) != t->type) {
		report_found(d->report, VERDICT_FAIL, t->what, "%s is no %s", path,
		    t->type == S_IFDIR ? "directory" : "regular file");
		mend_aside(d, o, path);
	} else if (st.st_uid != o->uid) {
		report_found(d->report, VERDICT_FAIL, t->what,
		    "%s belongs to user ID %u, not to %s", path, (unsigned)st.st_uid, o->user);
		if (t->type == S_IFDIR)
			doctor_mend_owner(d, o->user, path);
		else
			mend_aside(d, o, path);
		return false;
	} else {
		look_at_mode(d, t, o, path, &st);
		if (t->deep && d->root && o->exists)
			look_inside(d, t, o, path);
	}
	return true;
}

static void look_at_all(
    struct doctor *d, const struct thing *things, size_t n, const struct owner *o)
{
	for (size_t i = 0; i < n; i++) {
		if (!look_at_thing(d, &things[i], o) && i == 0)
			return;
	}
}

/* --- A node's --- */

/* No master has it. */
static void note_new_hash(struct doctor *d)
{
	report_note(d->report,
	    "put back a copy of it; where there is none, make another, as root: od -An -v -tx1 "
	    "-N32 /dev/urandom | tr -dc 0-9a-f | install -m 640 -o root -g " NODE_USER
	    " /dev/stdin %s",
	    shell_word(d->node.hash));
	report_note(d->report, "and then give it to each master: bijk-master add %s --replace-hash",
	    d->node.name != NULL ? d->node.name : "NAME");
}

static void tell_hash(struct doctor *d)
{
	struct report *r = d->report;
	const char *word = shell_word(d->node.hash);
	struct stat st;
	bool there = lstat(d->node.hash, &st) == 0 || errno != ENOENT;

	if (there && !d->facts.gathered) {
		report_found(r, VERDICT_SKIP, "hash", "%s", d->facts.why);
	} else if (there && d->facts.hash_good) {
		report_found(r, VERDICT_OK, "hash", "%s can be read by " NODE_USER, d->node.hash);
	} else {
		report_found(r, VERDICT_FAIL, "hash", "%s: %s", d->node.hash,
		    there ? d->facts.hash_why : "the secret of this node is not there");
		if (there && lstat(d->node.hash, &st) == 0 &&
		    ((st.st_mode & 07777) != 0640 || st.st_uid != 0))
			report_mend(r, "chown root:" NODE_USER " %s && chmod 640 %s", word, word);
		else
			note_new_hash(d);
	}
}

/* What follows from the masters' cards: known_hosts, and their lines in
 * authorized_keys. */
static void tell_pins(struct doctor *d)
{
	const struct facts *f = &d->facts;
	bool none = f->keys_here == 0 && d->pulled && d->node.masters.n > 0;

	if (!f->gathered || report_check_failed(d->report))
		return;
	if (!f->pins_read) {
		report_found(d->report, VERDICT_FAIL, "keys of the masters", "%s", f->pins_why);
		doctor_mend_owner(d, NODE_USER, d->node.state);
	} else if (f->pins_stale || none) {
		report_found(d->report, f->pins_stale ? VERDICT_FAIL : VERDICT_WARN,
		    "keys of the masters",
		    f->pins_stale ? "authorized_keys or known_hosts is not what registration "
				    "wrote: a line is missing or another"
				  : "authorized_keys lets no master in: this node has not "
				    "registered yet");
		report_mend(d->report, "bijk-keyreg");
	} else {
		report_found(d->report, VERDICT_OK, "keys of the masters",
		    "%u in authorized_keys, as registration wrote them", f->keys_here);
	}
}

void check_own(struct doctor *d)
{
	struct owner o = owner_of(NODE_USER, d->node.state);

	look_at_all(d, node_things, sizeof(node_things) / sizeof(node_things[0]), &o);
	tell_hash(d);
	tell_pins(d);
}

/* --- A master's --- */

void check_master_own(struct doctor *d)
{
	struct thing things[] = {
		{ "directory", "", S_IFDIR, 0700, 077, NEEDED, false },
		{ "pull key", d->master.key, S_IFREG, 0600, 077, MADE, false },
		{ "nodes", "nodes", S_IFDIR, 0700, 077, OPTIONAL, true },
	};
	struct owner o = owner_of(MASTER_USER, d->master.state);

	look_at_all(d, things, sizeof(things) / sizeof(things[0]), &o);
	look_at_master_space(d);
}
