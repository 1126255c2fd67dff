/* SPDX-License-Identifier: ISC */
/* Text from outside, made safe to show: printable ASCII stays, everything else becomes visible. */
#ifndef BIJK_BASE_VIS_H
#define BIJK_BASE_VIS_H

#include <stddef.h>

/*
 * Writes at most size bytes to dst, always ended by NUL: printable ASCII as it is, \n \r \t and
 * \\ with a backslash, every other byte as \xHH. What does not fit is left out, and the text then
 * ends in "...". size must be at least 8. Returns the length written.
 */
size_t vis(char *dst, size_t size, const void *src, size_t len);

/* The same for a string, into one of four static buffers of 512 bytes that are used in turn. */
const char *vis_str(const char *s);

#endif
