/* SPDX-License-Identifier: ISC */
/*
 * A master's sshd, as a node's push meets it: the drop-in that was installed is
 * in force to the letter, no list keeps bijk-master out, and sshd may run
 * bijk-authkeys.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bijk-doctor/check_login.h"
#include "bijk-doctor/check_sshd.h"
#include "bijk-doctor/shellword.h"
#include "bijk-doctor/sshd_files.h"
#include "common/base/file.h"

#include "common/base/banned.h"

#define DROPIN SSHD_DROPINS "/00-bijk-master.conf"
#define SHIPPED "/usr/share/bijk/shipped" DROPIN
#define AUTHKEYS "/usr/sbin/bijk-authkeys"
#define ANYBODY "192.0.2.1" /* an address for documentation: a node that nothing is known of */

/* --- The drop-in --- */

/* sshd -T writes some values in its own way. */
static bool in_force(const char *effective, const char *keyword, const char *value)
{
	char now[SSHD_VALUE_MAX];

	if (!sshd_value(effective, keyword, now))
		return strcasecmp(value, "none") == 0;
	return strcasecmp(now, value) == 0;
}

/* Told of one setting that is not as shipped, with where another value
 * stands. */
static void not_in_force(
    struct doctor *d, const char *effective, const char *keyword, const char *value)
{
	static struct sshd_place v[SSHD_PLACES];
	char now[SSHD_VALUE_MAX] = "";
	size_t n = sshd_places(d->sshd.config, keyword, v);

	sshd_value(effective, keyword, now);
	report_found(d->report, VERDICT_FAIL, "sshd's settings for " MASTER_USER,
	    "%s is `%.200s`, and must be `%s`: something that is read before " DROPIN " sets it",
	    keyword, now, value);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(v[i].file, DROPIN) != 0)
			report_note(
			    d->report, "%s:%u: %s %s", v[i].file, v[i].line, keyword, v[i].value);
	}
}

static void mend_order(struct doctor *d)
{
	report_mend(d->report, "sed -i '1i Include " DROPIN "' %s && " SSHD_PROGRAM " -t && %s",
	    shell_word(d->sshd.config), d->sshd.reload);
	report_note(d->report, LOGIN_NOTE);
}

/* Each line of the file as it was shipped against what holds. */
static bool look_at_settings(struct doctor *d, const char *effective, const char *text)
{
	bool good = true;

	while (*text != '\0') {
		const char *end = strchrnul(text, '\n');
		char line[SSHD_VALUE_MAX], keyword[64], value[SSHD_VALUE_MAX];

		snprintf(
		    line, sizeof(line), "%.*s", (int)(end - text < 1000 ? end - text : 1000), text);
		text = *end == '\0' ? end : end + 1;
		if (!sshd_config_line(line, keyword, value) || strcmp(keyword, "match") == 0 ||
		    in_force(effective, keyword, value))
			continue;
		if (good)
			not_in_force(d, effective, keyword, value);
		else
			report_note(d->report, "so is %s, which must be `%s`", keyword, value);
		good = false;
	}
	if (!good)
		mend_order(d);
	return good;
}

static bool look_at_dropin(struct doctor *d, const char *effective)
{
	struct buf b = BUF_INIT(65536);
	bool good = false;

	if (access(DROPIN, R_OK) == -1) {
		report_found(d->report, VERDICT_FAIL, DROPIN,
		    "%s: no node can push, or one can do too much", strerror(errno));
		report_mend(d->report, "cp " SHIPPED " " DROPIN " && " SSHD_PROGRAM " -t && %s",
		    d->sshd.reload);
	} else if (file_read(AT_FDCWD, SHIPPED, &b) == -1 &&
	    file_read(AT_FDCWD, DROPIN, &b) == -1) {
		report_found(
		    d->report, VERDICT_WARN, DROPIN, "it cannot be read: %s", strerror(errno));
	} else if (b.data != NULL) {
		good = look_at_settings(d, effective, b.data);
	}
	buf_free(&b);
	return good;
}

/* --- bijk-authkeys --- */

/* Root's own group, with nobody but root in it: Debian's sshd trusts that as it
 * trusts root. */
static bool group_is_roots(gid_t gid)
{
	const struct group *g = gid == 0 ? getgrgid(gid) : NULL;

	if (g == NULL)
		return false;
	for (char **m = g->gr_mem; *m != NULL; m++) {
		if (strcmp(*m, "root") != 0)
			return false;
	}
	return true;
}

/* sshd runs it only if nobody but root can have changed it, or a directory on
 * the way to it. */
static void look_at_authkeys(struct doctor *d)
{
	static const char *const way[] = { "/", "/usr", "/usr/sbin", AUTHKEYS };
	struct stat st;

	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		if (stat(way[i], &st) == -1) {
			report_found(
			    d->report, VERDICT_FAIL, AUTHKEYS, "%s: %s", way[i], strerror(errno));
			report_note(
			    d->report, "install it again: ./install.sh master, in the source");
			return;
		}
		if (st.st_uid == 0 && (st.st_mode & 022) == 020 && group_is_roots(st.st_gid)) {
			report_found(d->report, VERDICT_WARN, AUTHKEYS,
			    "%s has mode %04o: its group may write; sshd runs it on Debian, where "
			    "nobody but root is in the group, and not elsewhere",
			    way[i], (unsigned)(st.st_mode & 07777));
			report_mend(d->report, "chmod g-w %s", way[i]);
			return;
		}
		if (st.st_uid != 0 || (st.st_mode & 022) != 0) {
			report_found(d->report, VERDICT_FAIL, AUTHKEYS,
			    "%s (owner %u, mode %04o) can be changed by others than root: sshd "
			    "does not run it",
			    way[i], (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777));
			report_mend(d->report, "chown root %s && chmod go-w %s", way[i], way[i]);
			return;
		}
	}
	if ((st.st_mode & 0111) != 0111) {
		report_found(d->report, VERDICT_FAIL, AUTHKEYS, "it cannot be executed");
		report_mend(d->report, "chmod 755 " AUTHKEYS);
		return;
	}
	report_found(d->report, VERDICT_OK, AUTHKEYS, "sshd may run it");
}

void check_master_sshd(struct doctor *d)
{
	struct sshd_login l = { MASTER_USER, ANYBODY, "127.0.0.1", 22 };
	char why[512], *effective;

	if (!d->sshd.there) {
		report_found(d->report, VERDICT_WARN, "sshd",
		    "none is installed here: no node can push to this master, it can only pull");
		return;
	}
	look_at_authkeys(d);
	if (!sshd_files_good(d) || !sshd_runs(d))
		return;
	sshd_age(d);
	effective = sshd_effective(&d->sshd, &l, why);
	if (effective == NULL) {
		report_found(d->report, d->root ? VERDICT_WARN : VERDICT_SKIP,
		    "sshd's settings for " MASTER_USER, "%s%s",
		    d->root ? "" : "only root can ask sshd for them: ", why);
		return;
	}
	if (look_at_dropin(d, effective) && check_login_lists(d, MASTER_USER, ANYBODY, effective))
		report_found(d->report, VERDICT_OK, "sshd's settings for " MASTER_USER,
		    "those that were installed are in force");
	free(effective);
}
