/* SPDX-License-Identifier: ISC */
/*
 * The output of list, pending and status: a table, or with --json an array of
 * objects, one per line. In a table the columns are as wide as needed, with two
 * spaces between them; a row's note is on the line after it. No memory ends the
 * program.
 */
#ifndef BIJK_ADMIN_LISTING_H
#define BIJK_ADMIN_LISTING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTING_COLUMNS 16

struct listing {
	bool json;
	size_t columns;
	unsigned right; /* bit i: column i is aligned right */
	struct listing_row {
		char *cell[LISTING_COLUMNS + 1]; /* the last is the note, or "" */
		size_t order;			 /* in which it was added */
		int rank;			 /* lower ones come first; 0: the heads */
		const char *colour;		 /* of its second cell; NULL: none */
	} * rows;
	size_t n;  /* rows, or objects */
	int lines; /* so many are printed at most; 0: all */
};

void listing_begin(struct listing *l, bool json, size_t columns, const char *const *heads);
/* A row of a table: one cell per column, and a note or "". They are copied and
 * made visible. */
void listing_row(struct listing *l, const char *const *cells, const char *note);
/* For the row just added: its place, and on a terminal its colour. */
enum listing_colour { LISTING_PLAIN, LISTING_GOOD, LISTING_WARN, LISTING_BAD };
void listing_mark(struct listing *l, int rank, enum listing_colour c);
/* An object of the array, printed and released. NULL, that is no memory, ends
 * the program. */
void listing_object(struct listing *l, json_t *object);
/* Prints the table, or the end of the array. */
void listing_end(struct listing *l);

/* A time (seconds since 1970) as RFC 3339, null for 0; a text, null for ""; a
 * number, at most INT64_MAX. */
json_t *json_when(int64_t seconds);
json_t *json_text(const char *s);
json_t *json_count(uint64_t n);

#endif
