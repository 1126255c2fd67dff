/* SPDX-License-Identifier: ISC */
#include "master/status/markup.h"

#include <stddef.h>

#include "common/base/text.h"

#include "common/base/banned.h"

static const char *entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

/* vis() would double a backslash, which text that is visible already has. */
static void add_byte(struct buf *b, char c)
{
	const char *e = entity(c);
	char seen[8];

	if (e != NULL) {
		buf_adds(b, e);
	} else if (c >= ' ' && c <= '~') {
		buf_add(b, &c, 1);
	} else {
		vis(seen, sizeof(seen), &c, 1);
		buf_adds(b, seen);
	}
}

void markup_text(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		add_byte(b, *s);
}

void markup_parts(struct buf *b, const char *const *parts)
{
	for (size_t i = 0; parts[i] != NULL; i++) {
		if (i % 2 == 0)
			buf_adds(b, parts[i]);
		else
			markup_text(b, parts[i]);
	}
}
