/* SPDX-License-Identifier: ISC */
/*
 * hosts.allow and hosts.deny. First byte: which of both it is, and who comes;
 * then the file. A comment before it changes nothing but the number of the
 * line, and the rule that bijk-doctor advises lets in, whatever stands behind
 * it.
 */
#include "bijk-doctor/hosts_access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

enum { ALLOWS, DENIES, UNSURE, BROKEN };
static const char *const goals[] = { "let in", "kept out", "not to be judged", "a broken line",
	NULL };

static char *joined(const char *a, const char *b)
{
	char *s = NULL;

	require(asprintf(&s, "%s%s", a, b) != -1);
	return s;
}

static void comment_before(const char *text, const struct wrapper_client *c, enum wrapper_say plain,
    enum wrapper_say say, const struct wrapper_rule *rule)
{
	struct wrapper_rule behind;
	char *s = joined("# sshd: ALL: allow\n", text);

	require(hosts_access(s, c, plain, &behind) == say);
	require(behind.broken == rule->broken && strcmp(behind.text, rule->text) == 0);
	require(behind.line == (rule->line == 0 ? 0 : rule->line + 1));
	free(s);
}

static void advised_before(const char *text, const struct wrapper_client *c)
{
	char line[64];
	struct wrapper_rule rule;
	char *s;

	snprintf(line, sizeof(line),
	    strchr(c->address, ':') != NULL ? "sshd: [%s]\n" : "sshd: %s\n", c->address);
	s = joined(line, text);
	require(hosts_access(s, c, WRAPPER_ALLOWS, &rule) == WRAPPER_ALLOWS && rule.line == 1);
	free(s);
}

static unsigned lines_of(const char *s)
{
	unsigned n = 0;

	for (; *s != '\0'; s++)
		n += *s == '\n' || s[1] == '\0';
	return n;
}

static void run(const uint8_t *data, size_t len)
{
	static const char *const names[] = { NULL, "master.example.org", "master", "192.0.2.x" };
	struct input in = { data, len };
	unsigned who = input_byte(&in);
	char *text = input_string(&in);
	enum wrapper_say plain = who & 1 ? WRAPPER_ALLOWS : WRAPPER_DENIES, say;
	struct wrapper_client c = { .daemon = "sshd",
		.address = who & 2 ? "2001:db8::10" : "192.0.2.10",
		.name = names[who >> 2 & 3] };
	struct wrapper_rule rule;
	size_t n = strlen(text);

	say = hosts_access(text, &c, plain, &rule);
	require(say <= WRAPPER_UNKNOWN && rule.line <= lines_of(text));
	require((rule.line != 0) == (say != WRAPPER_NO_RULE || rule.broken));
	require(strchr(rule.text, '\n') == NULL);
	if (rule.broken)
		require(say == (plain == WRAPPER_DENIES ? WRAPPER_DENIES : WRAPPER_NO_RULE));
	else if (say == WRAPPER_NO_RULE)
		require(n == 0 || text[n - 1] == '\n');
	comment_before(text, &c, plain, say, &rule);
	advised_before(text, &c);
	if (rule.broken)
		reached(BROKEN);
	else if (say != WRAPPER_NO_RULE)
		reached(say == WRAPPER_ALLOWS ? ALLOWS : say == WRAPPER_DENIES ? DENIES : UNSURE);
	free(text);
}

const struct target target_hosts = { "hosts", goals, NULL, run };
