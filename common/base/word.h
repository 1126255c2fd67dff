/* SPDX-License-Identifier: ISC */
/* Words that somebody may have meant. */
#ifndef BIJK_BASE_WORD_H
#define BIJK_BASE_WORD_H

#include <stdbool.h>
#include <stddef.h>

/* How many letters must be changed, added or left out to make one of the other; SIZE_MAX for very long ones. */
size_t word_distance(const char *a, const char *b);
/* Is one a slip of the other: at most two letters differ, and no more than half of them? */
bool word_near(const char *a, const char *b);

#endif
