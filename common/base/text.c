/* SPDX-License-Identifier: ISC */
#include "common/base/text.h"

#include <stdio.h>
#include <string.h>

#include "common/base/banned.h"

#define NOISE_SHOWN 40
#define WORD_MAX 15 /* letters of a word that is shown; no key or hash is as short */

static bool begins(const char *text, size_t len, const char *with, size_t n)
{
	return len >= n && memcmp(text, with, n) == 0;
}

size_t text_mark(const char *text, size_t len)
{
	return begins(text, len, "\xef\xbb\xbf", 3) ? 3 : 0;
}

bool text_is_utf16(const char *text, size_t len)
{
	return begins(text, len, "\xff\xfe", 2) || begins(text, len, "\xfe\xff", 2);
}

size_t text_line(const char *s, const char *end, const char **next)
{
	const char *lf = memchr(s, '\n', (size_t)(end - s));
	size_t len = (size_t)((lf != NULL ? lf : end) - s);

	*next = lf != NULL ? lf + 1 : end;
	return len > 0 && s[len - 1] == '\r' ? len - 1 : len;
}

const char *text_noise(const char *s, size_t len)
{
	static char shown[NOISE_SHOWN + 1];
	size_t word = 0;

	for (size_t i = 0; i < len; i++) {
		word = s[i] > ' ' && s[i] <= '~' ? word + 1 : 0;
		if (word > WORD_MAX)
			return "...";
	}
	snprintf(shown, sizeof(shown), "%.*s", (int)(len < NOISE_SHOWN ? len : NOISE_SHOWN), s);
	return shown;
}
