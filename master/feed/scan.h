/* SPDX-License-Identifier: ISC */
/* Taking a line of text apart, byte by byte, within its bounds. No I/O but
 * span_write() and span_write_time(). */
#ifndef BIJK_FEED_SCAN_H
#define BIJK_FEED_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct scan {
	const char *at, *end;
};

struct span {
	const char *at;
	size_t len;
};

/* Passes over c, if it is next. */
bool scan_byte(struct scan *s, char c);
/* Passes over spaces and tabs. */
void scan_blanks(struct scan *s);
/* What is before the next space, tab or end. */
struct span scan_word(struct scan *s);
/* Is there one but the tab in what is left? */
bool scan_has_controls(const struct scan *s);

bool span_is(const struct span *p, const char *word);
/* A decimal number, or NaN or an infinity; an optional sign and digits. */
bool span_is_float(const struct span *p);
bool span_is_integer(const struct span *p);
void span_write(FILE *out, const struct span *p);
/* The end of a line: its time, or this one where p is empty. */
void span_write_time(FILE *out, const struct span *p, int64_t otherwise);

#endif
