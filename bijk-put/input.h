/* SPDX-License-Identifier: ISC */
/* Input. Functions return 0, or an exit code after a message. */
#ifndef BIJK_PUT_INPUT_H
#define BIJK_PUT_INPUT_H

#include "bijk-put/storer.h"

/* All of fd as one record. `name` is for messages. */
int put_whole(struct storer *s, int fd, const char *name);
/*
 * A record for each line, without its line end; of an empty line, only the line
 * end. A line longer than max_record is cut and ends in " [cut]". Records are
 * stored when a frame is full, and when no more input comes for a moment.
 */
int put_lines(struct storer *s, int fd, const char *name);

/* Runs it, at most so many seconds; out holds what it printed. */
int run_command(char *const *argv, uint64_t max, uint64_t seconds, struct buf *out);

#endif
