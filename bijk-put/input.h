/* SPDX-License-Identifier: ISC */
/* Where records come from. Each function returns 0 or an exit code, after a message. */
#ifndef BIJK_PUT_INPUT_H
#define BIJK_PUT_INPUT_H

#include "bijk-put/batch.h"

/* All of fd as one record. `name` is for messages. */
int put_whole(struct batch *b, int fd, const char *name);
/*
 * A record for each line, without its line end; an empty line is a record that is one. A line longer than max_record
 * is cut and ends in " [cut]". What came is stored when a frame is full, and when no more comes for a moment.
 */
int put_lines(struct batch *b, int fd, const char *name);

/* Runs it with the caller's rights, to its end, so many seconds at most; out holds what it printed. */
int run_command(char *const *argv, uint64_t max, uint64_t seconds, struct buf *out);

#endif
