/* SPDX-License-Identifier: ISC */
/* A directory tree of small secret files (below 64 KiB, mode 0600): its copy, and all that it holds as one text. */
#ifndef BIJK_TESTS_TREE_H
#define BIJK_TESTS_TREE_H

#include "common/base/buf.h"

/* -1: errno. `to` is not there yet. */
int tree_copy(const char *from, const char *to);
/* Adds "path LF content LF" of each file, in the order of their names. -1: errno. */
int tree_text(const char *root, struct buf *out);

#endif
