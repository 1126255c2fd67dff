/* SPDX-License-Identifier: ISC */
/*
 * A small directory tree in memory: to begin each run with the same files, to
 * see what changed, and to build what a crash could leave. What cannot be read
 * or written ends the program.
 */
#ifndef BIJK_TESTS_TREE_H
#define BIJK_TESTS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "common/base/buf.h"

struct tree_file {
	char *path; /* below the top; of a directory it ends in a slash */
	struct buf data;
	mode_t mode;		 /* 0: 0600, or 0700 */
	struct timespec written; /* 0: now */
};

struct tree {
	struct tree_file *v;
	size_t n;
};

/* What is there, in order of paths. A top that is missing is empty. */
void tree_read(struct tree *t, const char *top);
void tree_free(struct tree *t);
/* Makes the directory just that. */
void tree_write(const struct tree *t, const char *top);
/* Adds a file, without data, or a directory behind the others; its directory
 * comes before it. */
struct tree_file *tree_add(struct tree *t, const char *path);
/* The same paths and bytes? Both in order. */
bool tree_equal(const struct tree *a, const struct tree *b);
void tree_sort(struct tree *t);
/* NULL: there is none. */
const struct buf *tree_file(const struct tree *t, const char *path);
/* Takes files whose path matches (fnmatch(3)) out of it; for what may differ. */
void tree_drop(struct tree *t, const char *pattern);

#endif
