/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "bijk-doctor/account_bar.h"
#include "bijk-doctor/shellword.h"

#include "common/base/banned.h"

#define DAY 86400

/* What a finding is about: "expiry of bijk". */
static const char *of(const char *thing, const struct account *a)
{
	static char text[4][96];
	static unsigned turn;
	char *out = text[turn++ % 4];

	snprintf(out, sizeof(text[0]), "%s of %s", thing, a->user);
	return out;
}

static void look_at_shell(struct doctor *d, const struct account *a, const struct passwd *p)
{
	const char *what = of("login shell", a);
	struct report *r = d->report;
	struct statvfs fs;
	struct stat st;

	if (strcmp(p->pw_shell, a->shell) != 0) {
		report_found(r, VERDICT_FAIL, what, "the shell is %s instead of %s: %s",
		    p->pw_shell, a->shell, a->effect);
		report_mend(r, "usermod -s %s %s", a->shell, a->user);
	} else if (stat(a->shell, &st) == -1) {
		report_found(r, VERDICT_FAIL, what, "%s: %s", a->shell, strerror(errno));
		report_note(r, "install it again: ./install.sh, in the source");
	} else if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) != 0111) {
		report_found(r, VERDICT_FAIL, what,
		    "%s has mode %04o: sshd refuses a shell that cannot be executed", a->shell,
		    (unsigned)(st.st_mode & 07777));
		report_mend(r, "chmod 755 %s", a->shell);
	} else if (statvfs(a->shell, &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0) {
		report_found(r, VERDICT_FAIL, what,
		    "%s lies on a file system that is mounted noexec", a->shell);
		report_note(r, "mount it without noexec");
	} else {
		report_found(r, VERDICT_OK, what, "%s is there and can be executed", a->shell);
	}
}

static void look_at_home(struct doctor *d, const struct account *a, const struct passwd *p)
{
	struct report *r = d->report;

	if (strcmp(p->pw_dir, a->home) == 0) {
		report_found(r, VERDICT_OK, of("home", a), "%s", p->pw_dir);
		return;
	}
	report_found(r, VERDICT_FAIL, of("home", a),
	    "the home is %s: what sshd looks for there is in %s", p->pw_dir, a->home);
	report_mend(r, "usermod -d %s %s", shell_word(a->home), a->user);
}

/* Where sshd does not tell (its configuration is wrong, which is told below),
 * as if PAM were asked. */
static bool uses_pam(struct doctor *d, const struct account *a)
{
	struct sshd_login l = { a->user, "127.0.0.1", "127.0.0.1", 22 };
	char why[512], value[SSHD_VALUE_MAX];
	char *text = sshd_effective(&d->sshd, &l, why);
	bool yes = text == NULL || (sshd_value(text, "usepam", value) && strcmp(value, "yes") == 0);

	free(text);
	return yes;
}

static void look_at_shadow(struct doctor *d, const struct account *a, bool pam)
{
	struct report *r = d->report;
	long today = (long)(time(NULL) / DAY);
	const struct spwd *s;

	if (!d->root) {
		report_found(
		    r, VERDICT_SKIP, of("expiry and lock", a), "only root can read /etc/shadow");
		return;
	}
	s = getspnam(a->user);
	if (s == NULL) {
		report_found(r, VERDICT_OK, of("expiry and lock", a), "no entry in shadow");
		return;
	}
	switch (account_bar(s, today, pam)) {
	case ACCOUNT_EXPIRED:
		report_found(r, VERDICT_FAIL, of("expiry", a),
		    "the account has expired %ld days ago", today - s->sp_expire);
		report_mend(r, "usermod -e '' %s", a->user);
		break;
	case ACCOUNT_MUST_CHANGE:
		report_found(r, VERDICT_FAIL, of("password", a),
		    "it must be changed at the next login, which our programs cannot do");
		report_mend(r, "chage -d \"$(date +%%F)\" %s", a->user);
		break;
	case ACCOUNT_AGED:
		report_found(r, VERDICT_FAIL, of("password", a),
		    "it is older than the %ld days that it may be, and must be changed at a login",
		    s->sp_max);
		report_mend(r, "chage -M -1 -I -1 %s", a->user);
		break;
	case ACCOUNT_LOCKED:
		report_found(r, VERDICT_FAIL, of("password", a),
		    "it begins with `!`: with UsePAM no, sshd takes the account for locked");
		report_mend(r, "usermod -p '*' %s", a->user);
		break;
	case ACCOUNT_OPEN:
		report_found(r, VERDICT_OK, of("expiry and lock", a), "%s",
		    s->sp_pwdp[0] == '!'
			? "its password begins with `!`, which with UsePAM yes keeps no key out"
			: "nothing that keeps a key out");
		break;
	}
}

static void look_at_nologin(struct doctor *d, bool pam)
{
	static const char *const files[] = { "/etc/nologin", "/run/nologin" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		/* The second is PAM's alone. */
		if (access(files[i], F_OK) == -1 || (i == 1 && !pam))
			continue;
		report_found(
		    d->report, VERDICT_FAIL, files[i], "it is there: nobody but root may log in");
		report_mend(d->report, "rm %s", files[i]);
		return;
	}
	report_found(d->report, VERDICT_OK, "/etc/nologin", "it is not there");
}

bool account_look(struct doctor *d, const struct account *a)
{
	const struct passwd *p = getpwnam(a->user);
	char what[64];
	bool pam;

	if (p == NULL) {
		snprintf(what, sizeof(what), "account %s", a->user);
		report_found(d->report, VERDICT_FAIL, what, "there is none");
		report_mend(d->report,
		    "useradd --system --user-group --no-create-home --home-dir %s --shell %s "
		    "--password '*' %s",
		    shell_word(a->home), a->shell, a->user);
		doctor_mend_owner(d, a->user, a->home);
		return false;
	}
	look_at_shell(d, a, p);
	look_at_home(d, a, p);
	pam = uses_pam(d, a);
	look_at_shadow(d, a, pam);
	look_at_nologin(d, pam);
	return true;
}
