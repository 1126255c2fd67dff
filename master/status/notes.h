/* SPDX-License-Identifier: ISC */
/*
 * What `bijk-master status` says of a node beside its figures, in words: that two machines use its name, that its log began anew,
 * what is lost, that it comes too early, that it has no more room here, why the last try failed. No I/O.
 */
#ifndef BIJK_STATUS_NOTES_H
#define BIJK_STATUS_NOTES_H

#include <stdint.h>

#include "master/status/status.h"

#define STATUS_NOTES_MAX 1536

/*
 * Sentences with "; " between them, "" when there is nothing to say. What is over a day old is not
 * said; `reason` is why the last try failed, or "".
 */
void status_notes(const struct node_state *st, enum status_word word, const char *reason,
    int64_t now, char out[STATUS_NOTES_MAX]);
/* One more. */
void status_note_add(char out[STATUS_NOTES_MAX], const char *sentence);

#endif
