/* SPDX-License-Identifier: ISC */
#ifndef BIJK_TESTS_TREE_H
#define BIJK_TESTS_TREE_H

/* Makes `to` hold just what `from` does: names, modes, bytes, times of writing.
 * -1: errno. */
int tree_copy(const char *from, const char *to);

#endif
