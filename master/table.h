/* SPDX-License-Identifier: ISC */
/*
 * A table of text for a person: columns as wide as they need be, two spaces between them. A row may
 * have a note, which stands behind it, or under it where the line has no room.
 */
#ifndef BIJK_TABLE_H
#define BIJK_TABLE_H

#include <stddef.h>

#define TABLE_COLUMNS 16

struct table_row {
	char *cell[TABLE_COLUMNS];
	char *note;
};

struct table {
	size_t columns;
	unsigned right; /* bit i: column i is set to the right */
	struct table_row *v;
	size_t n, room;
};

/* The heads are the first row. These end the program when there is no memory. */
void table_begin(struct table *t, size_t columns, unsigned right, const char *const *heads);
/* A new row of so many cells as there are columns; they are copied, and made visible. */
void table_add(struct table *t, const char *const *cells);
/* The note of the row that was added last. */
void table_note(struct table *t, const char *note);
/* Prints it to standard output and frees it. */
void table_end(struct table *t);

#endif
