/* SPDX-License-Identifier: ISC */
#include "master/admin/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/term.h"
#include "common/base/text.h"
#include "master/when.h"

#include "common/base/banned.h"

/* Visible text stays as it is, with its backslashes. */
static char *copy_visible(const char *s)
{
	const char *p = s;
	char *copy;

	while (*p >= ' ' && *p <= '~')
		p++;
	copy = strdup(*p == '\0' ? s : vis_str(s));
	if (copy == NULL)
		die(EX_OSERR, "out of memory");
	return copy;
}

void listing_begin(struct listing *l, bool json, size_t columns, const char *const *heads)
{
	*l = (struct listing){ .json = json, .columns = columns };
	if (json)
		putchar('[');
	else
		listing_row(l, heads, "");
}

void listing_row(struct listing *l, const char *const *cells, const char *note)
{
	struct listing_row *r = reallocarray(l->rows, l->n + 1, sizeof(*r));

	if (r == NULL)
		die(EX_OSERR, "out of memory");
	l->rows = r;
	r += l->n;
	*r = (struct listing_row){ .order = l->n++ };
	for (size_t i = 0; i < l->columns; i++)
		r->cell[i] = copy_visible(cells[i]);
	r->cell[l->columns] = copy_visible(note);
}

void listing_mark(struct listing *l, int rank, enum listing_colour c)
{
	static const char *const colours[] = { NULL, "\033[32m", "\033[33m", "\033[31m" };
	static int wanted = -1;

	if (wanted == -1)
		wanted = term_colours(STDOUT_FILENO);
	l->rows[l->n - 1].rank = rank;
	l->rows[l->n - 1].colour = wanted ? colours[c] : NULL;
}

void listing_object(struct listing *l, json_t *object)
{
	if (object == NULL)
		die(EX_OSERR, "out of memory");
	fputs(l->n++ == 0 ? "\n" : ",\n", stdout);
	json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
}

static void print_row(const struct listing *l, const struct listing_row *r, const int *width)
{
	const char *note = r->cell[l->columns];

	for (size_t i = 0; i < l->columns; i++) {
		bool last = i + 1 == l->columns, coloured = i == 1 && r->colour != NULL;
		int w = l->right & 1u << i ? width[i] : last ? 0 : -width[i];

		printf("%s%s%*s%s", i == 0 ? "" : "  ", coloured ? r->colour : "", w, r->cell[i],
		    coloured ? "\033[0m" : "");
	}
	if (note[0] != '\0')
		printf("\n    %s", note);
	putchar('\n');
}

/* What has one rank stays in its order. */
static int compare_ranks(const void *a, const void *b)
{
	const struct listing_row *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void print_table(const struct listing *l)
{
	int width[LISTING_COLUMNS] = { 0 }, used = 0;

	for (size_t k = 0; k < l->n; k++) {
		for (size_t i = 0; i < l->columns; i++) {
			int len = (int)strlen(l->rows[k].cell[i]);
			width[i] = len > width[i] ? len : width[i];
		}
	}
	qsort(l->rows, l->n, sizeof(*l->rows), compare_ranks);
	for (size_t k = 0; k < l->n; k++) {
		used += l->rows[k].cell[l->columns][0] != '\0' ? 2 : 1;
		if (l->lines > 0 && used >= l->lines && k + 1 < l->n) {
			printf("... and %zu more\n", l->n - k);
			break;
		}
		print_row(l, &l->rows[k], width);
	}
}

void listing_end(struct listing *l)
{
	if (l->json) {
		fputs(l->n > 0 ? "\n]\n" : "]\n", stdout);
		return;
	}
	print_table(l);
	for (size_t k = 0; k < l->n; k++) {
		for (size_t i = 0; i <= l->columns; i++)
			free(l->rows[k].cell[i]);
	}
	free(l->rows);
}

json_t *json_when(int64_t seconds)
{
	char text[WHEN_MAX];

	if (seconds == 0)
		return json_null();
	when_format(seconds, text);
	return json_string(text);
}

json_t *json_text(const char *s)
{
	/* JSON is UTF-8: other text is made visible. */
	json_t *v = s[0] == '\0' ? json_null() : json_string(s);

	return v != NULL ? v : json_string(vis_str(s));
}

json_t *json_count(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}
