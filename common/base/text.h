/* SPDX-License-Identifier: ISC */
/* Text that went through other systems on its way: what they put around it. */
#ifndef BIJK_BASE_TEXT_H
#define BIJK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the byte order mark that the text begins with: 3, or 0 without one. */
size_t text_mark(const char *text, size_t len);
/* Does it begin with the mark of UTF-16, as some editors and shells write files? */
bool text_is_utf16(const char *text, size_t len);
/* The length of the line at s without its LF or CR LF; *next: where the next one begins. */
size_t text_line(const char *s, const char *end, const char **next);
/*
 * The beginning of a line that does not belong where it stands, for msg.h, which makes it visible. A word so long
 * that it may be a secret is not shown: then it is "...". One static buffer.
 */
const char *text_noise(const char *s, size_t len);

#endif
