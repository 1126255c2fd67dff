/* SPDX-License-Identifier: ISC */
/*
 * The node's own files: there, of the right owner and mode. What sshd asks of
 * them (StrictModes) is that nobody but the account and root can write to
 * authorized_keys or to a directory on the way to it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/file.h"
#include "common/base/io.h"

#include "common/base/banned.h"

/* Below the home user bijk may put a link in the way: root follows none there
 * if it acts as bijk. */
/* Without root's terminal: into that, another process of the user's could type
 * by way of this one. */
#define AS_NODE_USER "setsid -w setpriv --reuid=" NODE_USER " --regid=" NODE_USER " --init-groups "

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
	    AS_NODE_USER "install -d -m 700" },
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
	/* The next push makes one, and registers it. */
	if (t->mend == NULL && t->needed && d->pushes) {
		report_found(d->report, VERDICT_WARN, t->what, "%s is not there", path);
		report_mend(d->report, "bijk-keyreg");
		return;
	}
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

/* Only the group may do what it should not, and nobody but the account is in
 * it. */
static bool group_is_its_own(const struct stat *st, const struct thing *t)
{
	const struct passwd *p = getpwnam(NODE_USER);
	const struct group *g;

	if (t->never != 022 || (st->st_mode & t->never) != 020 || p == NULL ||
	    st->st_gid != p->pw_gid || (g = getgrgid(st->st_gid)) == NULL)
		return false;
	for (char **m = g->gr_mem; *m != NULL; m++) {
		if (strcmp(*m, NODE_USER) != 0)
			return false;
	}
	return true;
}

/* What does not belong there goes aside; registration writes it anew. */
static void mend_aside(struct report *r, const char *path)
{
	report_mend(
	    r, AS_NODE_USER "mv -T %s %s.old && bijk-keyreg", shell_word(path), shell_word(path));
}

static void mend_mode(struct report *r, const struct thing *t, const char *path)
{
	report_mend(r, AS_NODE_USER "chmod %03o %s", (unsigned)t->mode, shell_word(path));
}

/* True: it is as it should be. */
static bool look_at_mode(
    struct doctor *d, const struct thing *t, const char *path, const struct stat *st, uid_t owner)
{
	struct report *r = d->report;

	if ((st->st_mode & S_IFMT) != t->type) {
		report_found(r, VERDICT_FAIL, t->what, "%s is no %s", path,
		    t->type == S_IFDIR ? "directory" : "regular file");
		mend_aside(r, path);
	} else if (st->st_uid != owner) {
		report_found(r, VERDICT_FAIL, t->what,
		    "%s belongs to user ID %u, not to " NODE_USER, path, (unsigned)st->st_uid);
		if (t->type == S_IFDIR)
			doctor_mend_owner(d, NODE_USER, path);
		else
			mend_aside(r, path);
	} else if (group_is_its_own(st, t)) {
		report_found(r, VERDICT_WARN, t->what,
		    "%s has mode %04o: its group may write; sshd (StrictModes) takes that on "
		    "Debian, where nobody else is in the group, and not elsewhere",
		    path, (unsigned)(st->st_mode & 07777));
		mend_mode(r, t, path);
	} else if ((st->st_mode & t->never) != 0) {
		report_found(r, VERDICT_FAIL, t->what,
		    (t->never & 077) == 077
			? "%s has mode %04o: ssh refuses a key that others may read"
			: "%s has mode %04o: sshd (StrictModes) trusts nothing that others may "
			  "write",
		    path, (unsigned)(st->st_mode & 07777));
		mend_mode(r, t, path);
	} else if ((st->st_mode & t->secret) != 0) {
		report_found(r, VERDICT_WARN, t->what, "%s has mode %04o: others may read records",
		    path, (unsigned)(st->st_mode & 07777));
		mend_mode(r, t, path);
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

/* sshd looks at every directory above authorized_keys up to the home, and ssh's
 * users at those above. */
static void look_above(struct doctor *d)
{
	char path[PATH_MAX], *slash;
	struct stat st;

	snprintf(path, sizeof(path), "%s", d->node.state);
	while ((slash = strrchr(path, '/')) != NULL && slash != path) {
		*slash = '\0';
		if (stat(path, &st) == -1 || (st.st_uid == 0 && (st.st_mode & 022) == 0))
			continue;
		report_found(d->report, VERDICT_WARN, "above the home",
		    "%s (owner %u, mode %04o) lets others than root replace what is below it", path,
		    (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777));
		/* It may be somebody's home. */
		if (st.st_uid == 0)
			report_mend(d->report, "chmod go-w %s", shell_word(path));
		else
			report_note(d->report,
			    "is node.state in %s right? the usual one is " NODE_STATE
			    "; if nobody else needs this directory: chown root:root %s && chmod "
			    "go-w %s",
			    d->config_path, shell_word(path), shell_word(path));
	}
}

/* What was stored by hand as another user cannot be opened by the node's
 * programs. */
static void look_inside(struct doctor *d, const char *name, uid_t owner)
{
	char *path = path_join(d->node.state, name);

	if (path != NULL)
		doctor_look_inside(d, name, path, NODE_USER, owner);
	free(path);
}

/* No master has it. */
static void hash_is_gone(struct doctor *d)
{
	const char *name = d->node.name != NULL ? d->node.name : "NAME";

	report_note(
	    d->report, "put back a copy of it; where there is none, make another, as root:");
	report_note(d->report,
	    "od -An -v -tx1 -N32 /dev/urandom | tr -d ' \\n' | install -m 640 -o root -g " NODE_USER
	    " /dev/stdin %s",
	    shell_word(d->node.hash));
	report_note(
	    d->report, "and then give it to each master: bijk-master add %s --replace-hash", name);
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

/* What follows from the masters' cards: known_hosts, and their lines in
 * authorized_keys. */
static void look_at_pins(struct doctor *d)
{
	struct report *r = d->report;
	const struct facts *f = &d->facts;

	if (!f->gathered || report_check_failed(r))
		return;
	if (!f->pins_read) {
		report_found(r, VERDICT_FAIL, "keys of the masters", "%s", f->pins_why);
		doctor_mend_owner(d, NODE_USER, d->node.state);
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

void check_own(struct doctor *d)
{
	const struct passwd *p = getpwnam(NODE_USER);
	struct stat st;

	if (p != NULL)
		look_at_things(d, p->pw_uid);
	else if (stat(d->node.state, &st) == 0)
		look_at_things(d, st.st_uid);
	if (p != NULL && d->root && !report_check_failed(d->report)) {
		look_above(d);
		look_inside(d, "spool", p->pw_uid);
		look_inside(d, "state", p->pw_uid);
	}
	look_at_hash(d);
	look_at_pins(d);
}
