/* SPDX-License-Identifier: ISC */
/*
 * The batch that COMMAND reads: a file in memory, so that COMMAND has a regular
 * file as its standard input, and never blocks us.
 */
#ifndef BIJK_FEED_BATCH_H
#define BIJK_FEED_BATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/log/record.h"
#include "common/names.h"

enum feed_format { FEED_JSON, FEED_PROM, FEED_INFLUX, FEED_RAW };
extern const char *const feed_format_words[]; /* "json", …, NULL */

struct batch {
	enum feed_format format;
	FILE *out;
	off_t size; /* once it is ready; COMMAND moves the offset of the file */
	uint64_t records;
	uint64_t refused; /* lines, since batch_begin() */
	/* With FEED_RAW, of its records: they are of one log. */
	char node[NODE_NAME_MAX + 1];
	struct log_id log;
	uint64_t first, last;
};

/* -1: errno. */
int batch_begin(struct batch *b, enum feed_format format);
void batch_end(struct batch *b);
/*
 * Adds a record; lines that are not of the format are left out, counted and
 * reported. -1: errno.
 */
int batch_add(struct batch *b, const char *node, const struct log_id *id, uint64_t seq,
    const struct record *r);
/* FEED_JSON: records `from` to `to`, both included, are missing. -1: errno. */
int batch_add_gap(
    struct batch *b, const char *node, const struct log_id *id, uint64_t from, uint64_t to);
/* Bytes in it; -1: errno. */
off_t batch_size(const struct batch *b);
/* Everything is in the file, which is at its beginning. -1: errno. */
int batch_ready(struct batch *b);
/* Empties it. -1: errno. */
int batch_reset(struct batch *b);

/* Keeps one that was ready in `rejected` (a directory), durably, and removes the oldest beyond
 * FEED_REJECTS; or -1: errno. */
#define FEED_REJECTS 16
int batch_keep(struct batch *b, int rejected, int64_t now_ns);

#endif
