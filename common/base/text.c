/* SPDX-License-Identifier: ISC */
#include "common/base/text.h"

#include <stdint.h>
#include <string.h>

#include "common/base/banned.h"

/* The visible form of one byte; returns its length (at most 4). */
static size_t vis_byte(char out[4], unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char from[] = "\n\r\t\\", to[] = "nrt\\";
	const char *p;

	if (c >= 0x20 && c < 0x7f && c != '\\') {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	p = c != '\0' ? strchr(from, c) : NULL;
	if (p != NULL) {
		out[1] = to[p - from];
		return 2;
	}
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
	return 4;
}

size_t vis(char *dst, size_t size, const void *src, size_t len)
{
	const unsigned char *s = src;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char one[4];
		size_t k = vis_byte(one, s[i]);
		/* Keep room for the dots, unless the last byte fits. */
		if (n + k + (i + 1 == len ? 1 : 4) > size) {
			memcpy(dst + n, "...", 3);
			n += 3;
			break;
		}
		memcpy(dst + n, one, k);
		n += k;
	}
	dst[n] = '\0';
	return n;
}

const char *vis_str(const char *s)
{
	static char ring[4][512];
	static unsigned next;
	char *dst = ring[next++ % 4];

	vis(dst, sizeof(ring[0]), s, strlen(s));
	return dst;
}

bool text_plain(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

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

int text_split(char *line, char *word[], int most)
{
	int n = 0;

	while (line != NULL) {
		char *next = strsep(&line, " ");
		if (next[0] == '\0' || n == most)
			return -1;
		word[n++] = next;
	}
	return n;
}

#define WORD_MAX 40 /* longer than any key */
#define SLIP 2

/* Levenshtein's distance, one row at a time. */
size_t word_distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[lb];
}

bool word_near(const char *a, const char *b)
{
	size_t d = word_distance(a, b);

	return d <= SLIP && 2 * d <= strlen(a) && 2 * d <= strlen(b);
}
