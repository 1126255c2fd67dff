/* SPDX-License-Identifier: ISC */
/* Below store.h, for its own files only: the logs in a node's directory, as their files show them.
 */
#ifndef BIJK_STORE_LOGS_H
#define BIJK_STORE_LOGS_H

#include <stddef.h>
#include <stdint.h>

#include "common/names.h"

/* A node has at most so many; a record for a new one is refused then. */
#define LOGS_MAX 1000

struct log_use_segment {
	uint64_t first;
	uint64_t bytes;
	int64_t time; /* when it was last written, seconds */
};

struct log_use {
	char name[2 * LOG_ID_SIZE + 1];
	struct log_id id;
	struct log_use_segment *v; /* in order; n is 0 in what is being made or removed */
	size_t n;
	uint64_t size;	   /* of all of them, as segment_cost() counts */
	int64_t newest_ns; /* when the log was last used, nanoseconds */
};

/* All logs in the directory `logs`, the one longest unused first. log_uses_free(*v, *n). -1: errno. */
int log_uses_read(int logs, struct log_use **v, size_t *n);
void log_uses_free(struct log_use *v, size_t n);
/* How many there are; -1: errno. */
int log_uses_count(int logs);

#endif
