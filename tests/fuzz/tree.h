/* SPDX-License-Identifier: ISC */
/* A small directory tree in memory: to begin each run with the same files, and
 * to see what changed. */
#ifndef BIJK_TESTS_FUZZ_TREE_H
#define BIJK_TESTS_FUZZ_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

#define TREE_FILE_MAX (4u << 20)

struct tree_file {
	char *path; /* below the top; of a directory it ends in a slash */
	struct buf data;
};

struct tree {
	struct tree_file *v;
	size_t n;
};

/* What is there, in order of paths. */
void tree_read(struct tree *t, const char *top);
void tree_free(struct tree *t);
/* Makes the directory just that. */
void tree_write(const struct tree *t, const char *top);
bool tree_equal(const struct tree *a, const struct tree *b);
/* NULL: there is none. */
const struct buf *tree_file(const struct tree *t, const char *path);
/* Takes files whose path begins so out of it; for what may differ. */
void tree_drop(struct tree *t, const char *prefix);

#endif
