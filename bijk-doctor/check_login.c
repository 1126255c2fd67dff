/* SPDX-License-Identifier: ISC */
/*
 * A single value is set for our account alone, in a drop-in of ours that sorts
 * first: what the administrator chose for everybody else stays. Lists are in
 * login_lists.c.
 */
#include "bijk-doctor/check_login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bijk-doctor/login.h"
#include "bijk-doctor/shellword.h"
#include "bijk-doctor/sshd_files.h"
#include "bijk-doctor/sshd_match.h"

#include "common/base/banned.h"

#define DROPIN SSHD_DROPINS "/00-bijk-node.conf"
#define KEY_TYPE "ssh-ed25519" /* of a master's pull key */
#define AUTHORIZED ".ssh/authorized_keys"
#define STARTUPS_FEW 4 /* logins at once; every pull is one */

static bool is_yes(const struct login *l, const char *value)
{
	(void)l;
	return strcmp(value, "yes") == 0;
}

static bool is_none(const struct login *l, const char *value)
{
	(void)l;
	return strcmp(value, "none") == 0;
}

/* One of the alternatives is a key alone. */
static bool key_is_enough(const struct login *l, const char *value)
{
	char copy[SSHD_VALUE_MAX], *save = NULL;

	(void)l;
	snprintf(copy, sizeof(copy), "%s", value);
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		if (strcmp(w, "any") == 0 || strcmp(w, "publickey") == 0)
			return true;
	}
	return false;
}

/* One of the files is that which registration writes: relative to the home, by
 * %h, or as a whole path. */
static bool reads_our_file(const struct login *l, const char *value)
{
	char copy[SSHD_VALUE_MAX], whole[SSHD_VALUE_MAX], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", value);
	snprintf(whole, sizeof(whole), "%s/" AUTHORIZED, l->d->node.state);
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		if (strcmp(w, AUTHORIZED) == 0 || strcmp(w, "%h/" AUTHORIZED) == 0 ||
		    strcmp(w, whole) == 0)
			return true;
	}
	return false;
}

/* A list between commas, of patterns. */
static bool takes_key_type(const struct login *l, const char *value)
{
	char copy[SSHD_VALUE_MAX], *save = NULL;

	(void)l;
	snprintf(copy, sizeof(copy), "%s", value);
	for (char *w = strtok_r(copy, ",", &save); w != NULL; w = strtok_r(NULL, ",", &save)) {
		if (sshd_pattern_matches(KEY_TYPE, w))
			return true;
	}
	return false;
}

static bool is_not_zero(const struct login *l, const char *value)
{
	(void)l;
	return strcmp(value, "0") != 0;
}

static const struct setting {
	const char *name; /* as sshd_config(5) spells it */
	bool (*good)(const struct login *l, const char *value);
	const char *want, *effect;
} settings[] = {
	{ "PubkeyAuthentication", is_yes, "yes", "no key is taken" },
	{ "AuthenticationMethods", key_is_enough, "publickey", "a key alone is not enough" },
	{ "AuthorizedKeysFile", reads_our_file, ".ssh/authorized_keys",
	    "the master's key is not looked for where it is" },
	{ "PubkeyAcceptedAlgorithms", takes_key_type, "+" KEY_TYPE,
	    "keys of the master's type (" KEY_TYPE ") are refused" },
	/* The same, as sshd before 8.5 calls it. */
	{ "PubkeyAcceptedKeyTypes", takes_key_type, "+" KEY_TYPE,
	    "keys of the master's type (" KEY_TYPE ") are refused" },
	{ "ForceCommand", is_none, "none", "that is run instead of `pull`" },
	{ "ChrootDirectory", is_none, "none", "bijk-login is not there" },
	{ "MaxSessions", is_not_zero, "10", "no session is let in" },
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

_Static_assert(SETTINGS <= LOGIN_STARTUPS, "each has its place in told[]");

/* Is this below a Match that sshd reads before our drop-in? Its value then wins
 * over ours. */
static bool wins_over_us(const struct login *l, const struct sshd_place *p)
{
	size_t n = strlen(SSHD_DROPINS "/");

	if (p == NULL || !p->in_match)
		return false;
	if (strncmp(p->file, SSHD_DROPINS "/", n) == 0)
		return strcmp(p->file, DROPIN) < 0;
	return !sshd_reads_dropins(l->d->sshd.config);
}

static void mend_setting(const struct login *l, const struct setting *s, const struct sshd_place *p)
{
	struct report *r = l->d->report;

	if (wins_over_us(l, p)) {
		report_mend(r, "sed -i '%us/^/#/' %s && " SSHD_PROGRAM " -t && %s", p->line,
		    shell_word(p->file), l->d->sshd.reload);
		report_note(r, LOGIN_NOTE);
		return;
	}
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

	while (n < sizeof(lower) - 1 && s->name[n] != '\0') {
		lower[n] = (char)(s->name[n] | 0x20);
		n++;
	}
	lower[n] = '\0';
	/* One that this sshd does not know, or does not show, is not set. */
	if (!sshd_value(l->effective, lower, value) || s->good(l, value))
		return true;
	if (l->told[i])
		return false;
	l->told[i] = true;
	n = sshd_places(l->d->sshd.config, lower, v);
	p = sshd_place_with(v, n, value);
	snprintf(what, sizeof(what), "%s of sshd, for %s from %s", s->name, l->user, l->from);
	report_found(l->d->report, VERDICT_FAIL, what, "it is %.200s%s%s: %s", value,
	    p != NULL ? ", by " : "", p != NULL ? p->file : "", s->effect);
	login_places(l->d->report, v, n, s->name);
	mend_setting(l, s, p);
	return false;
}

/* "10:30:100": from 10 logins that are not through yet, sshd turns new ones
 * away by chance. */
static void few_startups(struct login *l, const char *value)
{
	static struct sshd_place v[SSHD_PLACES];
	unsigned begin;
	size_t n;

	if (sscanf(value, "%u", &begin) != 1 || begin >= STARTUPS_FEW || l->told[LOGIN_STARTUPS])
		return;
	l->told[LOGIN_STARTUPS] = true;
	n = sshd_places(l->d->sshd.config, "maxstartups", v);
	report_found(l->d->report, VERDICT_WARN, "MaxStartups of sshd",
	    "it is %s: anybody who only connects keeps the masters out", value);
	login_places(l->d->report, v, n, "MaxStartups");
	if (n > 0)
		report_mend(l->d->report,
		    "sed -i '%us/.*/MaxStartups 10:30:100/' %s && " SSHD_PROGRAM " -t && %s",
		    v[0].line, shell_word(v[0].file), l->d->sshd.reload);
	report_note(l->d->report, LOGIN_NOTE);
}

static void look_at_limits(struct login *l)
{
	char starts[SSHD_VALUE_MAX], penalties[SSHD_VALUE_MAX], hash[SSHD_VALUE_MAX];

	if (sshd_value(l->effective, "maxstartups", starts)) {
		report_evidence(l->d->report, "MaxStartups %s", starts);
		few_startups(l, starts);
	}
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
	good = login_lists(l);
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

	return login_lists(&l);
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
