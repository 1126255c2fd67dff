/* SPDX-License-Identifier: ISC */
#include "master/table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define WIDTH 120 /* of a line, where standard output is no terminal */

/* What is visible already stays as it is, its backslashes too. */
static bool is_visible(const char *s)
{
	while (*s >= ' ' && *s <= '~')
		s++;
	return *s == '\0';
}

static char *copy(const char *s)
{
	char *p = strdup(is_visible(s) ? s : vis_str(s));

	if (p == NULL)
		die(EX_OSERR, "out of memory");
	return p;
}

void table_begin(struct table *t, size_t columns, unsigned right, const char *const *heads)
{
	*t = (struct table){ .columns = columns, .right = right };
	table_add(t, heads);
}

void table_add(struct table *t, const char *const *cells)
{
	struct table_row *r;

	if (t->n == t->room) {
		t->room = t->room == 0 ? 64 : t->room * 2;
		t->v = reallocarray(t->v, t->room, sizeof(*t->v));
		if (t->v == NULL)
			die(EX_OSERR, "out of memory");
	}
	r = &t->v[t->n++];
	*r = (struct table_row){ .note = NULL };
	for (size_t i = 0; i < t->columns; i++)
		r->cell[i] = copy(cells[i]);
}

void table_note(struct table *t, const char *note)
{
	t->v[t->n - 1].note = copy(note);
}

static size_t line_width(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : WIDTH;
}

static void print_row(
    const struct table *t, const struct table_row *r, const int *width, size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < t->columns; i++) {
		bool last = i + 1 == t->columns && r->note == NULL;
		int w = t->right & 1u << i ? width[i] : -width[i];

		if (last && w < 0)
			w = 0;
		printf("%s%*s", i == 0 ? "" : "  ", w, r->cell[i]);
		used += (size_t)width[i] + (i == 0 ? 0 : 2);
	}
	if (r->note != NULL)
		printf("%s%s", used + 2 + strlen(r->note) <= room ? "  " : "\n    ", r->note);
	putchar('\n');
}

void table_end(struct table *t)
{
	int width[TABLE_COLUMNS] = { 0 };
	size_t room = line_width();

	for (size_t k = 0; k < t->n; k++) {
		for (size_t i = 0; i < t->columns; i++) {
			int len = (int)strlen(t->v[k].cell[i]);
			if (len > width[i])
				width[i] = len;
		}
	}
	for (size_t k = 0; k < t->n; k++) {
		print_row(t, &t->v[k], width, room);
		for (size_t i = 0; i < t->columns; i++)
			free(t->v[k].cell[i]);
		free(t->v[k].note);
	}
	free(t->v);
	*t = (struct table){ .columns = 0 };
}
