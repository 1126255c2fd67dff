/* SPDX-License-Identifier: ISC */
/* What to do about a status, for the page: words and a command. No I/O. */
#ifndef BIJK_STATUS_ADVICE_H
#define BIJK_STATUS_ADVICE_H

#include "master/status/row.h"

/* The words in the order in which they deserve attention; `ok` and `off` last. */
#define STATUS_WORDS 9
extern const enum status_word status_worst_first[STATUS_WORDS];
/* The place of a word in it. */
int status_rank(enum status_word w);

/* What the word means, and what to do: a sentence or two each. */
const char *advice_meaning(enum status_word w);
const char *advice_to_do(enum status_word w);

#define ADVICE_MAX 160
/* What is so of this node at present: a sentence. */
void advice_present(const struct status_row *r, int64_t now, char out[ADVICE_MAX]);
/*
 * The command that shows more of this node, on this master or on the node
 * (*there); "": there is none.
 */
void advice_command(const struct status_row *r, char out[ADVICE_MAX], bool *there);

#endif
