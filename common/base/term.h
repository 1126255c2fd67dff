/* SPDX-License-Identifier: ISC */
/* What only a person at a terminal sees: colours, and how far the work is. */
#ifndef BIJK_BASE_TERM_H
#define BIJK_BASE_TERM_H

#include <stdbool.h>

/* A terminal that can move its cursor? */
bool term_is(int fd);
/* And are colours wanted there? Not if NO_COLOR is set (no-color.org). */
bool term_colours(int fd);
/* How many lines it has; 24 if it does not say. */
int term_lines(int fd);

/*
 * A line on standard error in the place of the one before, from a second after
 * the beginning on, so that what is quick shows none. Begin before children are
 * forked that have messages of their own: messages clear the line. Where
 * standard error is no terminal nothing is shown.
 */
void progress_begin(void);
/* Is it time for a new line? Five times a second at most. */
bool progress_due(void);
/* Shows it, if it is due; at most 79 characters, already visible (text.h). */
__attribute__((format(printf, 1, 2))) void progress(const char *fmt, ...);
void progress_end(void);
/* What to write before a message, so that no line of ours is left around it. */
const char *progress_clear(void);

#endif
