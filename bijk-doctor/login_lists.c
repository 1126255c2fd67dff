/* SPDX-License-Identifier: ISC */
/* Lists are mended where they stand, for they add up. */
#include "bijk-doctor/login.h"

#include <grp.h>
#include <stdio.h>
#include <string.h>

#include "bijk-doctor/check_login.h"
#include "bijk-doctor/shellword.h"
#include "bijk-doctor/sshd_match.h"

#include "common/base/banned.h"

#define GROUPS_MAX 256

void login_places(struct report *r, const struct sshd_place *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		report_evidence(r, "%s:%u: %s %s%s", v[i].file, v[i].line, name, v[i].value,
		    v[i].in_match ? " (below a Match)" : "");
}

/* A word as a basic regular expression that matches it alone. */
static void escape(char *out, size_t size, const char *word)
{
	size_t n = 0;

	for (; *word != '\0' && n + 3 < size; word++) {
		if (strchr(".*[]^$/\\&", *word) != NULL)
			out[n++] = '\\';
		out[n++] = *word;
	}
	out[n] = '\0';
}

static void take_out(const struct login *l, const struct sshd_place *p, const char *word)
{
	char regex[SSHD_VALUE_MAX], command[SSHD_VALUE_MAX + 64];

	escape(regex, sizeof(regex), word);
	if (strcasecmp(p->value, word) == 0)
		snprintf(command, sizeof(command), "%ud", p->line);
	else
		snprintf(command, sizeof(command), "%us/[[:space:]]%s\\([[:space:]]\\|$\\)/\\1/",
		    p->line, regex);
	report_mend(l->d->report, "sed -i %s %s && " SSHD_PROGRAM " -t && %s", shell_word(command),
	    shell_word(p->file), l->d->sshd.reload);
}

/* Behind the keyword, for a comment may stand at the end. */
static void put_in(const struct login *l, const struct sshd_place *p, const char *word)
{
	report_mend(l->d->report,
	    "sed -i '%us/^\\([[:space:]]*[A-Za-z]*[[:space:]=]\\{1,\\}\\)/\\1%s /' %s "
	    "&& " SSHD_PROGRAM " -t && %s",
	    p->line, word, shell_word(p->file), l->d->sshd.reload);
}

static void mend_list(const struct login *l, enum sshd_list_name list, const char *pattern,
    const struct sshd_place *p)
{
	struct report *r = l->d->report;

	if (p == NULL) {
		report_note(
		    r, "where it stands was not found: look for it with grep -ri, in /etc/ssh");
		return;
	}
	switch (list) {
	case SSHD_ALLOW_USERS: put_in(l, p, l->user); break;
	case SSHD_ALLOW_GROUPS: put_in(l, p, l->group); break;
	case SSHD_DENY_GROUPS:
		if (strcmp(pattern, l->user) != 0 && strpbrk(pattern, "*?") == NULL) {
			report_mend(r, "gpasswd -d %s %s", l->user, shell_word(pattern));
			break;
		}
		/* fall through */
	default:
		take_out(l, p, pattern);
		if (strncmp(pattern, l->user, strlen(l->user)) != 0)
			report_note(r,
			    "this lets others in, too: narrow the pattern if you want them kept "
			    "out");
	}
	report_note(r, LOGIN_NOTE);
}

/* The names of all groups that the account is in. */
static size_t groups_of(const char *user, char names[GROUPS_MAX][64], const char *v[GROUPS_MAX])
{
	const struct passwd *p = getpwnam(user);
	gid_t ids[GROUPS_MAX];
	int n = GROUPS_MAX;
	size_t found = 0;

	if (p == NULL || getgrouplist(user, p->pw_gid, ids, &n) == -1)
		return 0;
	for (int i = 0; i < n; i++) {
		const struct group *g = getgrgid(ids[i]);

		if (g == NULL)
			continue;
		snprintf(names[found], 64, "%s", g->gr_name);
		v[found] = names[found];
		found++;
	}
	return found;
}

static struct sshd_list as_list(const struct sshd_words *w)
{
	return (struct sshd_list){ (const char *const *)w->v, w->n };
}

bool login_lists(struct login *l)
{
	static char names[GROUPS_MAX][64];
	static const char *groups[GROUPS_MAX];
	static struct sshd_place v[SSHD_PLACES];
	static const char *const keywords[] = { "denyusers", "allowusers", "denygroups",
		"allowgroups" };
	struct sshd_words w[4];
	struct sshd_lists lists;
	struct sshd_who who = { .user = l->user, .host = l->from, .addr = l->from };
	const char *pattern;
	enum sshd_list_name out;
	char what[160];

	for (size_t i = 0; i < 4; i++)
		sshd_words(&w[i], l->effective, keywords[i]);
	lists =
	    (struct sshd_lists){ as_list(&w[0]), as_list(&w[1]), as_list(&w[2]), as_list(&w[3]) };
	who.groups = (struct sshd_list){ groups, groups_of(l->user, names, groups) };
	/* getgrouplist() names the account's own group first. */
	snprintf(l->group, sizeof(l->group), "%s", who.groups.n > 0 ? groups[0] : l->user);
	out = sshd_keeps_out(&lists, &who, &pattern);
	if (out != SSHD_NO_LIST && !l->told[LOGIN_LISTS + out]) {
		size_t n = sshd_places(l->d->sshd.config, keywords[out - 1], v);
		const struct sshd_place *p =
		    sshd_place_with(v, n, pattern != NULL ? pattern : w[out - 1].v[0]);

		l->told[LOGIN_LISTS + out] = true;
		snprintf(what, sizeof(what), "%s of sshd, for %s from %s", sshd_list_keyword(out),
		    l->user, l->from);
		if (pattern != NULL)
			report_found(l->d->report, VERDICT_FAIL, what,
			    "`%s` keeps it out (%s line %u)", pattern, p != NULL ? p->file : "?",
			    p != NULL ? p->line : 0);
		else
			report_found(l->d->report, VERDICT_FAIL, what,
			    "%s is not among those that are let in: `%s` (%s line %u)",
			    out == SSHD_ALLOW_GROUPS ? l->group : l->user,
			    p != NULL ? p->value : "", p != NULL ? p->file : "?",
			    p != NULL ? p->line : 0);
		login_places(l->d->report, v, n, sshd_list_keyword(out));
		mend_list(l, out, pattern, p);
	}
	for (size_t i = 0; i < 4; i++)
		sshd_words_free(&w[i]);
	return out == SSHD_NO_LIST;
}
