/* SPDX-License-Identifier: ISC */
/*
 * One run of a feed (bijk-feed(8)): reads what its nodes have beyond their
 * cursors, gives it to COMMAND in batches, and moves the cursors of each batch
 * that COMMAND confirms.
 *
 * Order: a position is read from a log that made it durable (LOG_READ, or below
 * log_settled()); COMMAND confirms; the cursors are replaced, durably. So a
 * crash anywhere repeats a batch, and loses none.
 */
#ifndef BIJK_FEED_RUN_H
#define BIJK_FEED_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "master/feed/batch.h"
#include "master/store/store.h"

#define FEED_SOURCES 16

struct feed_options {
	enum feed_format format;
	const char *sources[FEED_SOURCES]; /* patterns of fnmatch(3) */
	size_t sources_n;		   /* 0: every source */
	uint64_t batch;			   /* bytes; a batch ends with the record that reaches it */
	uint64_t timeout;		   /* seconds, of COMMAND */
	bool from_now;			   /* a new feed begins at the end of each log */
	char *const *command;
};

/*
 * Of these n nodes, sorted, or of all. Returns an exit code: 0; 65: something
 * was rejected, refused or unreadable, and the rest is delivered; 74: a file of
 * the feed; 75: COMMAND failed, or another run is at work. What is wrong was
 * reported.
 */
int feed_run(
    struct store *s, const char *name, const struct feed_options *o, char *const *nodes, size_t n);

#endif
