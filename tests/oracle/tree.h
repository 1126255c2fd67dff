/* SPDX-License-Identifier: ISC */
/* Directory trees as a whole: making one like another, and what one holds as one text. */
#ifndef BIJK_TESTS_TREE_H
#define BIJK_TESTS_TREE_H

#include "common/base/buf.h"

/* Makes `to` hold just what `from` does: names, modes, bytes, times of writing. -1: errno. */
int tree_copy(const char *from, const char *to);
/* Adds "path LF content LF" of each file (at most 4 MiB), in the order of their names; nothing where there is no
 * `root`. -1: errno. */
int tree_text(const char *root, struct buf *out);

#endif
