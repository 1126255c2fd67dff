/* SPDX-License-Identifier: ISC */
/* Text from outside: making it safe to show, and taking it apart. */
#ifndef BIJK_BASE_TEXT_H
#define BIJK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes at most size bytes to dst, always ended by NUL: printable ASCII as it
 * is, \n \r \t and \\ with a backslash, every other byte as \xHH. What does not
 * fit is left out, and the text then ends in "...". size must be at least 8.
 * Returns the length written.
 */
size_t vis(char *dst, size_t size, const void *src, size_t len);
/* The same for a string, into one of four static buffers in turn. */
const char *vis_str(const char *s);

/* Only letters and digits of ASCII, dots, dashes and underscores? */
bool text_plain(const char *s, size_t len);
/* Length of the byte order mark at its beginning: 3, or 0. */
size_t text_mark(const char *text, size_t len);
/* Does it begin with the byte order mark of UTF-16? */
bool text_is_utf16(const char *text, size_t len);
/* Length of the line at s without its LF or CR LF; *next: the next one. */
size_t text_line(const char *s, const char *end, const char **next);
/*
 * Cuts the line (NULL: none) at its single spaces. How many words; -1: more
 * than `most`, or an empty one, as between two spaces.
 */
int text_split(char *line, char *word[], int most);

/* Letters to change, add or drop; SIZE_MAX for very long words. */
size_t word_distance(const char *a, const char *b);
/* Do at most two letters differ, and no more than half of them? */
bool word_near(const char *a, const char *b);

#endif
