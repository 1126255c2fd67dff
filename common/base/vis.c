/* SPDX-License-Identifier: ISC */
#include "common/base/vis.h"

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
		/* Keep room for the dots unless this was the last byte and fits without them. */
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
