/* SPDX-License-Identifier: ISC */
/*
 * HTML in a buffer. Whatever is not a literal of ours goes through
 * markup_text(), the one place that escapes.
 */
#ifndef BIJK_STATUS_MARKUP_H
#define BIJK_STATUS_MARKUP_H

#include "common/base/buf.h"

/* Text for an element or an attribute in quotes: no byte of it can be markup.
 * Bytes that are not printable ASCII are made visible (text.h). */
void markup_text(struct buf *b, const char *s);
/* markup(b, "<td>", text, "</td>"): in turn markup of ours and text, which is
 * escaped. */
#define markup(b, ...) markup_parts(b, (const char *const[]){ __VA_ARGS__, NULL })
void markup_parts(struct buf *b, const char *const *parts);

#endif
