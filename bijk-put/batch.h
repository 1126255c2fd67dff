/* SPDX-License-Identifier: ISC */
/* Records on their way to the spool: gathered into one frame, then stored with one sync. */
#ifndef BIJK_PUT_BATCH_H
#define BIJK_PUT_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/config.h"

struct batch {
	const struct node_config *config;
	const char *source;
	struct log *log; /* open, and so locked, while more is coming */
	int64_t opened;	 /* monotonic ms */
	struct buf raw;
	struct buf frame;
	uint32_t count;
	uint64_t stored; /* records that are durable */
};

void batch_init(struct batch *b, const struct node_config *c, const char *source);
void batch_free(struct batch *b);
/* Adds a record with the present time; stores those before it first if they would not fit together.
 * 0 or an exit code. */
int batch_add(struct batch *b, const void *payload, size_t len);
/* Stores what is there, and lets others store. 0, or an exit code after a message. */
int batch_store(struct batch *b);

#endif
