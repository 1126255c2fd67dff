/* SPDX-License-Identifier: ISC */
/* Words that somebody may have meant. */
#ifndef BIJK_BASE_WORD_H
#define BIJK_BASE_WORD_H

#include <stddef.h>

/* How many letters must be changed, added or left out to make one of the other; SIZE_MAX for very long ones. */
size_t word_distance(const char *a, const char *b);

#endif
