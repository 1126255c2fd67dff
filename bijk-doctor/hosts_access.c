/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/hosts_access.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bijk-doctor/hosts_pattern.h"

#include "common/base/banned.h"

#define LINE_MAX_LEN                                                                               \
	2047 /* with the NUL: one byte less than libwrap's, which keeps the end of the line */
#define SEPARATORS ", \t\r"

/* --- A list: patterns, EXCEPT more patterns --- */

typedef enum hosts_match matcher(const struct wrapper_client *c, char *pattern);

static enum hosts_match list_matches(
    const struct wrapper_client *c, char **save, char *first, matcher *matches)
{
	enum hosts_match found = HOSTS_NO;

	for (char *t = strtok_r(first, SEPARATORS, save); t != NULL;
	     t = strtok_r(NULL, SEPARATORS, save)) {
		enum hosts_match m;

		if (strcasecmp(t, "EXCEPT") == 0) {
			enum hosts_match but = list_matches(c, save, NULL, matches);

			if (found == HOSTS_NO || but == HOSTS_NO)
				return found;
			return but == HOSTS_YES ? HOSTS_NO : HOSTS_UNSURE;
		}
		m = matches(c, t);
		if (m == HOSTS_YES || (m == HOSTS_UNSURE && found == HOSTS_NO))
			found = m;
	}
	return found;
}

static enum hosts_match list(const struct wrapper_client *c, char *text, matcher *matches)
{
	char *save = NULL;

	return list_matches(c, &save, text, matches);
}

/* --- Options --- */

/* The next option ends at a colon that no backslash stands before. NULL: this
 * is the last one. */
static char *cut_option(char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] == ':') {
			s++;
		} else if (*s == ':') {
			*s = '\0';
			return s + 1;
		}
	}
	return NULL;
}

static char *trim(char *s)
{
	size_t len;

	s += strspn(s, " \t\r");
	len = strlen(s);
	while (len > 0 && strchr(" \t\r", s[len - 1]) != NULL)
		s[--len] = '\0';
	return s;
}

static bool is_one_of(const char *s, size_t len, const char *words)
{
	for (; *words != '\0'; words += strcspn(words, " "), words += *words == ' ') {
		if (strcspn(words, " ") == len && strncasecmp(s, words, len) == 0)
			return true;
	}
	return false;
}

/* "auth.info", "info" */
static bool is_severity(const char *s)
{
	size_t dot = strcspn(s, ".");

	if (s[dot] == '.') {
		if (!is_one_of(s, dot,
			"kern user mail daemon auth authpriv lpr news uucp cron ftp "
			"local0 local1 local2 local3 local4 local5 local6 local7"))
			return false;
		s += dot + 1;
	}
	return is_one_of(s, strlen(s), "emerg alert crit err warning notice info debug");
}

enum value { WITHOUT, WITH, EITHER };

static const struct {
	const char *name;
	enum value value;
	bool last;	      /* none may follow */
	bool number;	      /* its value is one */
	enum wrapper_say say; /* WRAPPER_NO_RULE: nothing about that */
} known[] = {
	{ "allow", WITHOUT, true, false, WRAPPER_ALLOWS },
	{ "deny", WITHOUT, true, false, WRAPPER_DENIES },
	{ "twist", WITH, true, false, WRAPPER_DENIES }, /* another program answers instead */
	{ "spawn", WITH, false, false, WRAPPER_NO_RULE },
	{ "severity", WITH, false, false, WRAPPER_NO_RULE },
	{ "setenv", WITH, false, false, WRAPPER_NO_RULE },
	{ "banners", WITH, false, false, WRAPPER_NO_RULE },
	{ "keepalive", WITHOUT, false, false, WRAPPER_NO_RULE },
	{ "linger", WITH, false, true, WRAPPER_NO_RULE },
	{ "umask", WITH, false, true, WRAPPER_NO_RULE },
	{ "nice", EITHER, false, true, WRAPPER_NO_RULE },
	{ "rfc931", EITHER, false, true, WRAPPER_NO_RULE },
	{ "user", WITH, false, false, WRAPPER_UNKNOWN },
	{ "group", WITH, false, false, WRAPPER_UNKNOWN },
	{ "aclexec", WITH, false, false, WRAPPER_UNKNOWN },
};

/* What one option says. Whoever makes a mistake in one keeps the client out. */
static enum wrapper_say option_says(char *word, bool is_last)
{
	size_t len = strcspn(word, " \t=");
	const char *value = word + len;

	value += strspn(value, " \t");
	if (*value == '=')
		value += 1 + strspn(value + 1, " \t");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) != len || strncasecmp(known[i].name, word, len) != 0)
			continue;
		if (known[i].value != EITHER && (known[i].value == WITH) != (*value != '\0'))
			break;
		if (known[i].last && !is_last)
			break;
		if (known[i].number && strspn(value, "0123456789") != strlen(value))
			return WRAPPER_UNKNOWN;
		if (strcmp(known[i].name, "severity") == 0 && !is_severity(value))
			return WRAPPER_UNKNOWN;
		return known[i].say;
	}
	return WRAPPER_DENIES;
}

static enum wrapper_say options_say(char *options, enum wrapper_say plain)
{
	bool unsure = false;

	while (options != NULL) {
		char *next = cut_option(options);
		enum wrapper_say say = option_says(trim(options), next == NULL);

		if (say == WRAPPER_DENIES)
			return say;
		if (say == WRAPPER_ALLOWS)
			plain = say;
		unsure |= say == WRAPPER_UNKNOWN;
		options = next;
	}
	return unsure ? WRAPPER_UNKNOWN : plain;
}

/* --- A rule --- */

/* The next colon that is none of an address in brackets; it becomes the end.
 * NULL: none. */
static char *cut(char *s)
{
	for (;;) {
		char *colon = strchr(s, ':'), *open = strchr(s, '['), *close;

		if (colon == NULL)
			return NULL;
		close = open != NULL && open < colon ? strchr(open, ']') : NULL;
		if (close == NULL) {
			*colon = '\0';
			return colon + 1;
		}
		s = close + 1;
	}
}

static enum wrapper_say rule_says(
    const char *line, const struct wrapper_client *c, enum wrapper_say plain)
{
	char copy[LINE_MAX_LEN], *clients, *options;
	enum hosts_match by_daemon, by_client;

	snprintf(copy, sizeof(copy), "%s", line);
	clients = cut(copy);
	if (clients == NULL)
		return WRAPPER_NO_RULE;
	options = cut(clients);
	by_daemon = list(c, copy, hosts_daemon_matches);
	by_client = by_daemon == HOSTS_NO ? HOSTS_NO : list(c, clients, hosts_client_matches);
	if (by_daemon == HOSTS_NO || by_client == HOSTS_NO)
		return WRAPPER_NO_RULE;
	if (by_daemon == HOSTS_UNSURE || by_client == HOSTS_UNSURE)
		return WRAPPER_UNKNOWN;
	return options_say(options, plain);
}

/* --- The file --- */

/* Joins a line with those that a backslash at its end continues it by. False:
 * it is broken. */
static bool take_line(const char **text, char line[LINE_MAX_LEN], unsigned *lines)
{
	const char *s = *text;
	size_t n = 0;
	bool fits = true;

	for (; *s != '\0' && *s != '\n'; s++) {
		if (*s == '\\' && s[1] == '\n') {
			s++;
			++*lines;
		} else if (n < LINE_MAX_LEN - 1) {
			line[n++] = *s;
		} else {
			fits = false;
		}
	}
	line[n] = '\0';
	++*lines;
	*text = *s == '\0' ? s : s + 1;
	return fits && (*s == '\n' || n == 0);
}

enum wrapper_say hosts_access(const char *text, const struct wrapper_client *c,
    enum wrapper_say plain, struct wrapper_rule *rule)
{
	unsigned lines = 0;

	*rule = (struct wrapper_rule){ .line = 0 };
	while (*text != '\0') {
		char line[LINE_MAX_LEN];
		unsigned first = lines + 1;
		enum wrapper_say say = WRAPPER_NO_RULE;

		rule->broken = !take_line(&text, line, &lines);
		if (!rule->broken && line[strspn(line, " \t\r")] != '\0' && line[0] != '#')
			say = rule_says(line, c, plain);
		if (say == WRAPPER_NO_RULE && !rule->broken)
			continue;
		rule->line = first;
		snprintf(rule->text, sizeof(rule->text), "%.*s", WRAPPER_RULE_MAX - 1, line);
		return rule->broken && plain == WRAPPER_DENIES ? WRAPPER_DENIES : say;
	}
	return WRAPPER_NO_RULE;
}
