/* SPDX-License-Identifier: ISC */
#include "tests/cut/stream.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/banned.h"

static const char *const words[] = {
	[WORD_NODE] = "NODE ",
	[WORD_FROM] = "FROM ",
	[WORD_DATA] = "DATA ",
	[WORD_ACK] = "ACK ",
	[WORD_END] = "END ",
};

#define WORDS (sizeof(words) / sizeof(words[0]))

bool stream_next(const struct stream *s, size_t limit, struct piece *p)
{
	size_t from = p->to, left = limit - from;
	const char *line = (const char *)s->bytes + from;
	const char *lf = memchr(line, '\n', left);

	if (lf == NULL)
		return false;
	*p = (struct piece){ .from = from, .to = from + (size_t)(lf - line) + 1 };
	for (size_t i = WORD_NODE; i < WORDS; i++) {
		size_t n = strlen(words[i]);
		if (p->to - from > n && memcmp(line, words[i], n) == 0) {
			p->word = (enum word)i;
			p->number = strtoull(line + n, NULL, 10);
		}
	}
	if (p->word == WORD_DATA) {
		if (p->number > limit - p->to) {
			p->to = from;
			return false;
		}
		p->to += p->number;
	}
	return true;
}

size_t stream_count(const struct stream *s, size_t limit, enum word w, struct piece *last)
{
	struct piece p = { .to = 0 };
	size_t n = 0;

	while (stream_next(s, limit, &p)) {
		if (p.word != w)
			continue;
		*last = p;
		n++;
	}
	return n;
}
