/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/hosts_access.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/num.h"

#include "common/base/banned.h"

#define LINE_MAX_LEN 2048
#define SEPARATORS ", \t"

enum match { NO, YES, UNSURE };

/* --- One pattern --- */

static bool same_network(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

/* "192.0.2.0/24", "192.0.2.0/255.255.255.0" */
static enum match in_network4(const char *address, char *net, const char *mask)
{
	struct in_addr a, n, m;
	uint64_t bits;

	if (inet_pton(AF_INET, net, &n) != 1)
		return NO;
	if (inet_pton(AF_INET, address, &a) != 1)
		return NO;
	if (inet_pton(AF_INET, mask, &m) == 1)
		return (a.s_addr & m.s_addr) == (n.s_addr & m.s_addr) ? YES : NO;
	if (num_parse(mask, 0, 32, &bits) == -1)
		return NO;
	return same_network((uint8_t *)&a, (uint8_t *)&n, (unsigned)bits) ? YES : NO;
}

/* "[2001:db8::]/32" */
static enum match in_network6(const char *address, char *pattern)
{
	char *end = strchr(pattern, ']');
	struct in6_addr a, n;
	uint64_t bits = 128;

	if (end == NULL)
		return NO;
	*end = '\0';
	if (inet_pton(AF_INET6, pattern + 1, &n) != 1 || inet_pton(AF_INET6, address, &a) != 1)
		return NO;
	if (end[1] == '/' && num_parse(end + 2, 0, 128, &bits) == -1)
		return NO;
	return same_network(a.s6_addr, n.s6_addr, (unsigned)bits) ? YES : NO;
}

/* `*` and `?`, in any case of letters. */
static bool wild(const char *s, const char *p)
{
	for (; *p != '\0'; p++, s++) {
		if (*p == '*') {
			while (*p == '*')
				p++;
			for (;; s++) {
				if (wild(s, p))
					return true;
				if (*s == '\0')
					return false;
			}
		}
		if (*s == '\0' || (*p != '?' && strncasecmp(p, s, 1) != 0))
			return false;
	}
	return *s == '\0';
}

static enum match client_matches(const struct wrapper_client *c, char *token)
{
	const char *name = c->name != NULL ? c->name : "";
	size_t len = strlen(token), name_len = strlen(name), addr_len = strlen(c->address);
	char *slash;

	if (strchr(token, '@') != NULL)
		return UNSURE; /* a netgroup, or a user by ident */
	if (token[0] == '/')
		return UNSURE; /* a file of patterns */
	if (strcasecmp(token, "ALL") == 0)
		return YES;
	if (strcasecmp(token, "KNOWN") == 0)
		return c->name != NULL ? YES : UNSURE;
	if (strcasecmp(token, "UNKNOWN") == 0 || strcasecmp(token, "PARANOID") == 0)
		return c->name != NULL ? NO : UNSURE;
	if (strcasecmp(token, "LOCAL") == 0)
		return c->name == NULL ? UNSURE : strchr(name, '.') == NULL ? YES : NO;
	if (token[0] == '[')
		return in_network6(c->address, token);
	slash = strchr(token, '/');
	if (slash != NULL) {
		*slash = '\0';
		return in_network4(c->address, token, slash + 1);
	}
	if (token[0] == '.') /* the end of a name */
		return c->name == NULL						       ? UNSURE
		    : name_len >= len && strcasecmp(name + name_len - len, token) == 0 ? YES
										       : NO;
	if (len > 0 && token[len - 1] == '.') /* the begin of an address */
		return addr_len >= len && strncmp(c->address, token, len) == 0 ? YES : NO;
	if (strpbrk(token, "*?") != NULL)
		return wild(c->address, token) || wild(name, token) ? YES
		    : c->name == NULL				    ? UNSURE
								    : NO;
	if (strcasecmp(token, name) == 0 || strcmp(token, c->address) == 0)
		return YES;
	/* A name that stands there may be this address; only a lookup would tell. */
	return c->name == NULL && strspn(token, "0123456789.") != len ? UNSURE : NO;
}

static enum match daemon_matches(const struct wrapper_client *c, char *token)
{
	char *at = strchr(token, '@');

	if (at != NULL)
		*at = '\0'; /* behind it: the address that it came to */
	if (strcasecmp(token, "ALL") != 0 && !wild(c->daemon, token))
		return NO;
	return at == NULL ? YES : UNSURE;
}

/* --- A list: patterns, EXCEPT more patterns --- */

static enum match list_matches(const struct wrapper_client *c, char **save, char *first,
    enum match (*matches)(const struct wrapper_client *c, char *token))
{
	enum match found = NO;

	for (char *t = strtok_r(first, SEPARATORS, save); t != NULL;
	     t = strtok_r(NULL, SEPARATORS, save)) {
		enum match m;

		if (strcasecmp(t, "EXCEPT") == 0) {
			enum match but = list_matches(c, save, NULL, matches);

			if (found == NO || but == NO)
				return found;
			return found == YES && but == YES ? NO : but == YES ? NO : UNSURE;
		}
		m = matches(c, t);
		if (m == YES || (m == UNSURE && found == NO))
			found = m;
	}
	return found;
}

static enum match list(const struct wrapper_client *c, char *text,
    enum match (*matches)(const struct wrapper_client *c, char *token))
{
	char *save = NULL;

	return list_matches(c, &save, text, matches);
}

/* --- A rule --- */

/* The next colon that stands outside of brackets and behind no backslash; it becomes the end. NULL: none. */
static char *cut(char *s)
{
	bool in_brackets = false;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '[')
			in_brackets = true;
		else if (*s == ']')
			in_brackets = false;
		else if (*s == ':' && !in_brackets) {
			*s = '\0';
			return s + 1;
		}
	}
	return NULL;
}

static char *trim(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	len = strlen(s);
	while (len > 0 && strchr(" \t\r", s[len - 1]) != NULL)
		s[--len] = '\0';
	return s;
}

/* The options behind the client list: the last of allow and deny that stands there. */
static enum wrapper_say options_say(char *options, enum wrapper_say plain)
{
	enum wrapper_say say = plain;

	while (options != NULL) {
		char *next = cut(options), *word = trim(options);

		if (strcasecmp(word, "allow") == 0)
			say = WRAPPER_ALLOWS;
		else if (strcasecmp(word, "deny") == 0)
			say = WRAPPER_DENIES;
		else if (strncasecmp(word, "twist", 5) == 0)
			say = WRAPPER_DENIES; /* another program answers instead */
		else if (strncasecmp(word, "aclexec", 7) == 0)
			say = WRAPPER_UNKNOWN;
		options = next;
	}
	return say;
}

static enum wrapper_say rule_says(
    const char *line, const struct wrapper_client *c, enum wrapper_say plain)
{
	char copy[LINE_MAX_LEN], *clients, *options;
	enum match by_daemon, by_client;

	snprintf(copy, sizeof(copy), "%s", line);
	clients = cut(copy);
	if (clients == NULL)
		return WRAPPER_NO_RULE;
	options = cut(clients);
	by_daemon = list(c, copy, daemon_matches);
	by_client = by_daemon == NO ? NO : list(c, clients, client_matches);
	if (by_daemon == NO || by_client == NO)
		return WRAPPER_NO_RULE;
	if (by_daemon == UNSURE || by_client == UNSURE)
		return WRAPPER_UNKNOWN;
	return options_say(options, plain);
}

/* Joins a line with those that a backslash at its end continues it by. Returns where the next one begins. */
static const char *take_line(const char *s, char line[LINE_MAX_LEN], unsigned *lines)
{
	size_t n = 0;

	for (;; s++) {
		if (*s == '\\' && s[1] == '\n') {
			s++;
			++*lines;
			continue;
		}
		if (*s == '\0' || *s == '\n')
			break;
		if (n < LINE_MAX_LEN - 1)
			line[n++] = *s;
	}
	line[n] = '\0';
	++*lines;
	return *s == '\0' ? s : s + 1;
}

enum wrapper_say hosts_access(const char *text, const struct wrapper_client *c,
    enum wrapper_say plain, struct wrapper_rule *rule)
{
	unsigned lines = 0;

	*rule = (struct wrapper_rule){ .line = 0 };
	while (*text != '\0') {
		char line[LINE_MAX_LEN];
		unsigned first = lines + 1;
		enum wrapper_say say;

		text = take_line(text, line, &lines);
		if (line[strspn(line, " \t\r")] == '\0' || line[0] == '#')
			continue;
		say = rule_says(line, c, plain);
		if (say == WRAPPER_NO_RULE)
			continue;
		rule->line = first;
		snprintf(rule->text, sizeof(rule->text), "%.*s", WRAPPER_RULE_MAX - 1, line);
		return say;
	}
	return WRAPPER_NO_RULE;
}
