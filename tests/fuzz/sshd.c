/* SPDX-License-Identifier: ISC */
/*
 * What bijk-doctor reads of sshd. First byte: where the login comes from; then,
 * each ended by a NUL, the user, the host, a pattern, and a text: of settings,
 * of a line of sshd_config, of a process's title. Patterns are matched once
 * more by the rule written letter by letter.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bijk-doctor/sshd_match.h"
#include "bijk-doctor/sshd_text.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

enum { MATCHES, MATCHES_HOST, NEGATED, WRONG, KEPT_OUT, VALUE, LINE, TITLE };
static const char *const goals[] = { "a pattern", "a pattern with hosts", "a negated one",
	"hosts that are none", "kept out", "a setting", "a line", "a title", NULL };

/* Which prefixes of the text the first letters of the pattern match. */
static bool right_match(const char *text, const char *pattern)
{
	size_t n = strlen(text);
	bool *at = calloc(n + 1, sizeof(*at)), right;

	require(at != NULL);
	at[0] = true;
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '*') {
			for (size_t i = 1; i <= n; i++)
				at[i] = at[i] || at[i - 1];
			continue;
		}
		for (size_t i = n; i > 0; i--)
			at[i] = at[i - 1] && (*pattern == '?' || *pattern == text[i - 1]);
		at[0] = false;
	}
	right = at[n];
	free(at);
	return right;
}

static int matches(
    const char *user, const char *host, const char *addr, const char *pattern, const char *more)
{
	char *whole = NULL;
	int r;

	require(asprintf(&whole, "%s%s", pattern, more) != -1);
	r = sshd_user_matches(user, host, addr, whole);
	free(whole);
	return r;
}

static void judge_user(const char *user, const char *host, const char *addr, const char *pattern)
{
	int r = sshd_user_matches(user, host, addr, pattern);
	const char *at = strchr(pattern, '@'), *deciding = "";
	struct sshd_list list = { &pattern, 1 };
	struct sshd_who who = { .user = user, .groups = { &user, 1 }, .host = host, .addr = addr };
	struct sshd_lists deny = { .deny_users = list }, allow = { .allow_users = list },
			  groups = { .allow_groups = list };

	require(r >= -1 && r <= 1);
	if (at == NULL) {
		require(r == right_match(user, pattern));
	} else if (r == 1) {
		require(matches(user, host, addr, pattern, ",*") == 1);
		require(matches(user, host, addr, pattern, ",!*") == 0);
		require(matches(user, host, addr, pattern, ",") == -1);
		reached(MATCHES_HOST);
	} else if (r == 0 && strstr(at, ",!") != NULL) {
		reached(NEGATED);
	} else if (r == -1) {
		reached(WRONG);
	}
	require(
	    sshd_keeps_out(&deny, &who, &deciding) == (r == 1 ? SSHD_DENY_USERS : SSHD_NO_LIST));
	require(deciding == (r == 1 ? pattern : NULL));
	require(
	    sshd_keeps_out(&allow, &who, &deciding) == (r == 1 ? SSHD_NO_LIST : SSHD_ALLOW_USERS));
	require(sshd_keeps_out(&groups, &who, &deciding) ==
	    (right_match(user, pattern) ? SSHD_NO_LIST : SSHD_ALLOW_GROUPS));
	if (r == 1)
		reached(KEPT_OUT);
}

static void judge_settings(const char *text)
{
	char value[SSHD_VALUE_MAX];
	struct sshd_words w;

	if (sshd_value(text, "allowusers", value)) {
		require(strlen(value) < sizeof(value) && strchr(value, '\n') == NULL);
		require(strstr(text, value) != NULL);
		reached(VALUE);
	} else {
		require(value[0] == '\0');
	}
	sshd_words(&w, text, "allowusers");
	for (size_t i = 0; i < w.n; i++) {
		require(w.v[i][0] != '\0' && strpbrk(w.v[i], " \t\n") == NULL);
		require(strstr(text, w.v[i]) != NULL);
	}
	sshd_words_free(&w);
}

static void judge_line(const char *text)
{
	char keyword[64], rest[SSHD_VALUE_MAX];
	size_t n;

	if (!sshd_config_line(text, keyword, rest))
		return;
	n = strlen(rest);
	require(keyword[0] != '\0' && strlen(keyword) < sizeof(keyword) && n < sizeof(rest));
	for (const char *p = keyword; *p != '\0'; p++)
		require(isdigit((unsigned char)*p) || islower((unsigned char)*p));
	require(n == 0 || !isspace((unsigned char)rest[n - 1]));
	require(strstr(text, rest) != NULL);
	reached(LINE);
}

static void judge_title(const char *text)
{
	char options[SSHD_VALUE_MAX];

	if (sshd_options_in_title(text, options) == -1)
		return;
	require(text[0] == '/' || strncmp(text, "sshd: ", 6) == 0);
	require(strlen(options) < sizeof(options) && strstr(text, options) != NULL);
	reached(TITLE);
}

static void run(const uint8_t *data, size_t len)
{
	static const char *const from[] = { "192.0.2.10", "2001:db8::10", "::1", "0.0.0.0" };
	struct input in = { data, len };
	const char *addr = from[input_byte(&in) % 4];
	char *user = input_string(&in), *host = input_string(&in), *pattern = input_string(&in),
	     *text = input_string(&in);

	require(sshd_pattern_matches(host, pattern) == right_match(host, pattern));
	if (sshd_pattern_matches(user, pattern))
		reached(MATCHES);
	judge_user(user, host, addr, pattern);
	judge_settings(text);
	judge_line(text);
	judge_title(text);
	free(user);
	free(host);
	free(pattern);
	free(text);
}

const struct target target_sshd = { "sshd", goals, NULL, run };
