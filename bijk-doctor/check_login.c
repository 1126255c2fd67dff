/* SPDX-License-Identifier: ISC */
/*
 * Lists are mended where they stand, for they add up. A single value is set for our account alone, in a drop-in of ours
 * that sorts first: what the administrator chose for everybody else stays.
 */
#include "bijk-doctor/check_login.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bijk-doctor/shellword.h"
#include "bijk-doctor/sshd_files.h"
#include "bijk-doctor/sshd_match.h"

#include "common/base/banned.h"

#define DROPIN SSHD_DROPINS "/00-bijk-node.conf"
#define GROUPS_MAX 256
#define KEY_TYPE "ssh-ed25519" /* of a master's pull key */

struct login {
	struct doctor *d;
	const char *user, *from; /* the master's address */
	const char *effective;	 /* what sshd -T says of it */
	bool told[32];		 /* faults that were told of with another address */
};

/* --- Values --- */

static bool is_yes(const char *value)
{
	return strcmp(value, "yes") == 0;
}

static bool is_none(const char *value)
{
	return strcmp(value, "none") == 0;
}

/* One of the alternatives is a key alone. */
static bool key_is_enough(const char *value)
{
	char copy[SSHD_VALUE_MAX], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", value);
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		if (strcmp(w, "any") == 0 || strcmp(w, "publickey") == 0)
			return true;
	}
	return false;
}

static bool reads_our_file(const char *value)
{
	return strstr(value, ".ssh/authorized_keys") != NULL;
}

/* A list between commas, of patterns. */
static bool takes_key_type(const char *value)
{
	char copy[SSHD_VALUE_MAX], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", value);
	for (char *w = strtok_r(copy, ",", &save); w != NULL; w = strtok_r(NULL, ",", &save)) {
		if (sshd_pattern_matches(KEY_TYPE, w))
			return true;
	}
	return false;
}

static bool is_not_zero(const char *value)
{
	return strcmp(value, "0") != 0;
}

static const struct setting {
	const char *name; /* as sshd_config(5) spells it */
	bool (*good)(const char *value);
	const char *want, *effect;
} settings[] = {
	{ "PubkeyAuthentication", is_yes, "yes", "no key is taken" },
	{ "AuthenticationMethods", key_is_enough, "publickey", "a key alone is not enough" },
	{ "AuthorizedKeysFile", reads_our_file, ".ssh/authorized_keys",
	    "the master's key is not looked for where it is" },
	{ "PubkeyAcceptedAlgorithms", takes_key_type, "+" KEY_TYPE,
	    "keys of the master's type (" KEY_TYPE ") are refused" },
	{ "ForceCommand", is_none, "none", "that is run instead of `pull`" },
	{ "ChrootDirectory", is_none, "none", "bijk-login is not there" },
	{ "MaxSessions", is_not_zero, "10", "no session is let in" },
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static void tell_places(struct report *r, const struct sshd_place *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		report_evidence(r, "%s:%u: %s %s%s", v[i].file, v[i].line, name, v[i].value,
		    v[i].in_match ? " (below a Match)" : "");
}

static void mend_setting(const struct login *l, const struct setting *s)
{
	struct report *r = l->d->report;

	if (!sshd_reads_dropins(l->d->sshd.config))
		report_mend(r,
		    "mkdir -p " SSHD_DROPINS " && sed -i '1i Include " SSHD_DROPINS "/*.conf' %s",
		    shell_word(l->d->sshd.config));
	report_mend(r,
	    "printf 'Match User %s\\n\\t%s %s\\nMatch all\\n' >>" DROPIN " && " SSHD_PROGRAM
	    " -t && %s",
	    l->user, s->name, s->want, l->d->sshd.reload);
	report_note(r, LOGIN_NOTE);
}

static bool look_at_setting(struct login *l, size_t i)
{
	static struct sshd_place v[SSHD_PLACES];
	const struct setting *s = &settings[i];
	char value[SSHD_VALUE_MAX], lower[64], what[160];
	const struct sshd_place *p;
	size_t n = 0;

	while (s->name[n] != '\0' && n < sizeof(lower) - 1) {
		lower[n] = (char)(s->name[n] | 0x20);
		n++;
	}
	lower[n] = '\0';
	/* One that this sshd does not know, or does not show, is not set. */
	if (!sshd_value(l->effective, lower, value) || s->good(value))
		return true;
	if (l->told[i])
		return false;
	l->told[i] = true;
	n = sshd_places(l->d->sshd.config, lower, v);
	p = sshd_place_with(v, n, value);
	snprintf(what, sizeof(what), "%s of sshd, for %s from %s", s->name, l->user, l->from);
	report_found(l->d->report, VERDICT_FAIL, what, "it is %.200s%s%s: %s", value,
	    p != NULL ? ", by " : "", p != NULL ? p->file : "", s->effect);
	tell_places(l->d->report, v, n, s->name);
	mend_setting(l, s);
	return false;
}

/* --- Lists --- */

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
	case SSHD_ALLOW_USERS:
	case SSHD_ALLOW_GROUPS:
		report_mend(r, "sed -i '%us/$/ %s/' %s && " SSHD_PROGRAM " -t && %s", p->line,
		    l->user, shell_word(p->file), l->d->sshd.reload);
		break;
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

static bool look_at_lists(struct login *l)
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
	out = sshd_keeps_out(&lists, &who, &pattern);
	if (out != SSHD_NO_LIST && !l->told[SETTINGS + out]) {
		size_t n = sshd_places(l->d->sshd.config, keywords[out - 1], v);
		const struct sshd_place *p = sshd_place_with(v, n, pattern != NULL ? pattern : "");

		l->told[SETTINGS + out] = true;
		snprintf(what, sizeof(what), "%s of sshd, for %s from %s", sshd_list_keyword(out),
		    l->user, l->from);
		if (pattern != NULL)
			report_found(l->d->report, VERDICT_FAIL, what,
			    "`%s` keeps it out (%s line %u)", pattern, p != NULL ? p->file : "?",
			    p != NULL ? p->line : 0);
		else
			report_found(l->d->report, VERDICT_FAIL, what,
			    "%s is not among those that are let in: `%s` (%s line %u)", l->user,
			    p != NULL ? p->value : "", p != NULL ? p->file : "?",
			    p != NULL ? p->line : 0);
		tell_places(l->d->report, v, n, sshd_list_keyword(out));
		mend_list(l, out, pattern, p);
	}
	for (size_t i = 0; i < 4; i++)
		sshd_words_free(&w[i]);
	return out == SSHD_NO_LIST;
}

/* --- --- */

static void look_at_limits(struct login *l)
{
	char starts[SSHD_VALUE_MAX], penalties[SSHD_VALUE_MAX], hash[SSHD_VALUE_MAX];

	if (sshd_value(l->effective, "maxstartups", starts))
		report_evidence(l->d->report, "MaxStartups %s", starts);
	if (sshd_value(l->effective, "persourcepenalties", penalties))
		report_evidence(l->d->report, "PerSourcePenalties %s", penalties);
	if (sshd_value(l->effective, "fingerprinthash", hash))
		report_evidence(l->d->report, "FingerprintHash %s", hash);
}

static void look_from(struct login *l, const char *from, const char *laddr, uint16_t lport)
{
	struct sshd_login login = { l->user, from, laddr, lport };
	char why[512], what[160];
	char *text = sshd_effective(&l->d->sshd, &login, why);
	bool good;

	snprintf(what, sizeof(what), "sshd's settings for %s from %s", l->user, from);
	if (text == NULL) {
		report_found(l->d->report, l->d->root ? VERDICT_WARN : VERDICT_SKIP, what, "%s%s",
		    l->d->root ? "" : "only root can ask sshd for them: ", why);
		return;
	}
	l->effective = text;
	l->from = from;
	good = look_at_lists(l);
	for (size_t i = 0; i < SETTINGS; i++)
		good &= look_at_setting(l, i);
	if (good) {
		report_found(l->d->report, VERDICT_OK, what, "they let the pull in");
		look_at_limits(l);
	}
	free(text);
}

bool check_login_lists(struct doctor *d, const char *user, const char *from, const char *effective)
{
	struct login l = { .d = d, .user = user, .from = from, .effective = effective };

	return look_at_lists(&l);
}

void check_login(struct doctor *d, const char *user, const char *laddr, uint16_t lport)
{
	struct login l = { .d = d, .user = user };
	bool any = false;

	for (size_t i = 0; i < d->masters.n; i++) {
		for (size_t k = 0; k < d->masters.v[i].n; k++) {
			look_from(&l, d->masters.v[i].address[k], laddr, lport);
			any = true;
		}
	}
	if (!any)
		report_found(d->report, VERDICT_SKIP, "sshd's settings for the masters",
		    "no address of a master is known");
}
