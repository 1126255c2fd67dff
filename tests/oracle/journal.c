/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/oracle.h"

int journal_mark(struct journal *j, enum journal_mark mark, uint64_t first, uint64_t count)
{
	uint64_t end = first + count;

	if (end > j->room) {
		size_t room = (size_t)end * 2 + 64;
		uint8_t *p = realloc(j->marks, room);
		if (p == NULL)
			return -1;
		memset(p + j->room, 0, room - j->room);
		j->marks = p;
		j->room = room;
	}
	for (uint64_t n = first; n < end; n++)
		j->marks[n] |= (uint8_t)mark;
	if (count > 0 && end - 1 > j->last)
		j->last = end - 1;
	return 0;
}

bool journal_has(const struct journal *j, enum journal_mark mark, uint64_t n)
{
	return n <= j->last && j->marks != NULL && (j->marks[n] & mark);
}

int journal_copy(struct journal *to, const struct journal *from)
{
	*to = (struct journal){ .seed = from->seed, .last = from->last };
	if (from->last == 0)
		return 0;
	to->room = (size_t)from->last + 1;
	to->marks = malloc(to->room);
	if (to->marks == NULL)
		return -1;
	memcpy(to->marks, from->marks, to->room);
	return 0;
}

void journal_free(struct journal *j)
{
	free(j->marks);
	*j = (struct journal){ .seed = 0 };
}
