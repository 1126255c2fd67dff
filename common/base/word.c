/* SPDX-License-Identifier: ISC */
#include "common/base/word.h"

#include <stdint.h>
#include <string.h>

#include "common/base/banned.h"

#define WORD_MAX 40 /* longer keys are like none of ours */
#define SLIP 2

/* Levenshtein's distance, one row at a time. */
size_t word_distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[lb];
}

bool word_near(const char *a, const char *b)
{
	size_t d = word_distance(a, b);

	return d <= SLIP && 2 * d <= strlen(a) && 2 * d <= strlen(b);
}
