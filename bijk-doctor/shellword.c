/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/shellword.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/banned.h"

#define WORDS 8
#define WORD_MAX 1024

static bool plain(const char *s)
{
	return s[strspn(s,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		   "/._-+:,@%=")] == '\0';
}

static bool visible(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s < 0x20 || *s > 0x7e)
			return false;
	}
	return true;
}

const char *shell_word(const char *s)
{
	static char words[WORDS][WORD_MAX];
	static unsigned turn;
	char *to = words[turn++ % WORDS];
	size_t n = 0;

	if (s[0] == '\0' || !visible(s) || strlen(s) * 4 + 3 > WORD_MAX)
		return "''";
	if (plain(s)) {
		memcpy(to, s, strlen(s) + 1);
		return to;
	}
	to[n++] = '\'';
	for (; *s != '\0'; s++) {
		if (*s == '\'') {
			memcpy(to + n, "'\\'", 3);
			n += 3;
		}
		to[n++] = *s;
	}
	to[n++] = '\'';
	to[n] = '\0';
	return to;
}
