/* SPDX-License-Identifier: ISC */
/* The account that a pull logs in to, as sshd and PAM see it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "bijk-doctor/account.h"
#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"

#include "common/base/banned.h"

#define DAY 86400

static void look_at_shell(struct doctor *d, const struct passwd *p)
{
	struct report *r = d->report;
	struct statvfs fs;
	struct stat st;

	if (strcmp(p->pw_shell, LOGIN_SHELL) != 0) {
		report_found(r, VERDICT_FAIL, "login shell of " NODE_USER,
		    "the shell is %s: a login gets that instead of " LOGIN_SHELL, p->pw_shell);
		report_mend(r, "usermod -s " LOGIN_SHELL " " NODE_USER);
	} else if (stat(LOGIN_SHELL, &st) == -1) {
		report_found(r, VERDICT_FAIL, "login shell of " NODE_USER, LOGIN_SHELL ": %s",
		    strerror(errno));
		report_note(r, "install it again: ./install.sh node, in the source");
	} else if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) != 0111) {
		report_found(r, VERDICT_FAIL, "login shell of " NODE_USER,
		    LOGIN_SHELL " has mode %04o: sshd refuses a shell that cannot be executed",
		    (unsigned)(st.st_mode & 07777));
		report_mend(r, "chmod 755 " LOGIN_SHELL);
	} else if (statvfs(LOGIN_SHELL, &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0) {
		report_found(r, VERDICT_FAIL, "login shell of " NODE_USER,
		    LOGIN_SHELL " lies on a file system that is mounted noexec");
		report_note(r, "mount it without noexec");
	} else {
		report_found(r, VERDICT_OK, "login shell of " NODE_USER,
		    LOGIN_SHELL " is there and can be executed");
	}
}

static void look_at_home(struct doctor *d, const struct passwd *p)
{
	struct report *r = d->report;

	if (strcmp(p->pw_dir, d->node.state) == 0) {
		report_found(r, VERDICT_OK, "home of " NODE_USER, "%s", p->pw_dir);
		return;
	}
	report_found(r, VERDICT_FAIL, "home of " NODE_USER,
	    "the home is %s: sshd looks for the master's key there, and it is in %s", p->pw_dir,
	    d->node.state);
	report_mend(r, "usermod -d %s " NODE_USER, shell_word(d->node.state));
}

/* Where sshd does not tell (its configuration is wrong, which is told below), as if PAM were asked. */
static bool uses_pam(struct doctor *d)
{
	struct sshd_login l = { NODE_USER, "127.0.0.1", "127.0.0.1", 22 };
	char why[512], value[SSHD_VALUE_MAX];
	char *text = sshd_effective(&d->sshd, &l, why);
	bool yes = text == NULL || (sshd_value(text, "usepam", value) && strcmp(value, "yes") == 0);

	free(text);
	return yes;
}

static void look_at_shadow(struct doctor *d)
{
	struct report *r = d->report;
	long today = (long)(time(NULL) / DAY);
	const struct spwd *s;

	if (!d->root) {
		report_found(r, VERDICT_SKIP, "expiry and lock of " NODE_USER,
		    "only root can read /etc/shadow");
		return;
	}
	s = getspnam(NODE_USER);
	if (s == NULL) {
		report_found(r, VERDICT_OK, "expiry and lock of " NODE_USER, "no entry in shadow");
		return;
	}
	switch (account_bar(s, today, uses_pam(d))) {
	case ACCOUNT_EXPIRED:
		report_found(r, VERDICT_FAIL, "expiry of " NODE_USER,
		    "the account has expired %ld days ago", today - s->sp_expire);
		report_mend(r, "usermod -e '' " NODE_USER);
		break;
	case ACCOUNT_MUST_CHANGE:
		report_found(r, VERDICT_FAIL, "password of " NODE_USER,
		    "it must be changed at the next login, which a pull cannot do");
		report_mend(r, "chage -d \"$(date +%%F)\" " NODE_USER);
		break;
	case ACCOUNT_AGED:
		report_found(r, VERDICT_FAIL, "password of " NODE_USER,
		    "it is older than the %ld days that it may be, and must be changed at a login",
		    s->sp_max);
		report_mend(r, "chage -M -1 -I -1 " NODE_USER);
		break;
	case ACCOUNT_LOCKED:
		report_found(r, VERDICT_FAIL, "password of " NODE_USER,
		    "it begins with `!`: with UsePAM no, sshd takes the account for locked");
		report_mend(r, "usermod -p '*' " NODE_USER);
		break;
	case ACCOUNT_OPEN:
		report_found(r, VERDICT_OK, "expiry and lock of " NODE_USER, "%s",
		    s->sp_pwdp[0] == '!'
			? "its password begins with `!`, which with UsePAM yes keeps "
			  "no key out"
			: "nothing that keeps a key out");
		break;
	}
}

static void look_at_nologin(struct doctor *d)
{
	static const char *const files[] = { "/etc/nologin", "/run/nologin" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		/* The second is PAM's alone. */
		if (access(files[i], F_OK) == -1 || (i == 1 && !uses_pam(d)))
			continue;
		report_found(
		    d->report, VERDICT_FAIL, files[i], "it is there: nobody but root may log in");
		report_mend(d->report, "rm %s", files[i]);
		return;
	}
	report_found(d->report, VERDICT_OK, "/etc/nologin", "it is not there");
}

void check_account(struct doctor *d)
{
	struct report *r = d->report;
	const struct passwd *p = getpwnam(NODE_USER);

	if (p == NULL) {
		report_found(r, VERDICT_FAIL, "account " NODE_USER, "there is none");
		report_mend(r,
		    "useradd --system --user-group --no-create-home --home-dir %s "
		    "--shell " LOGIN_SHELL " --password '*' " NODE_USER " && chown -R " NODE_USER
		    ":" NODE_USER " %s && chgrp " NODE_USER " %s",
		    shell_word(d->node.state), shell_word(d->node.state), shell_word(d->node.hash));
		return;
	}
	if (!d->sshd.there) {
		report_found(r, VERDICT_SKIP, "account " NODE_USER,
		    "it is there; without an sshd nobody logs in to it");
		return;
	}
	look_at_shell(d, p);
	look_at_home(d, p);
	look_at_shadow(d);
	look_at_nologin(d);
}
