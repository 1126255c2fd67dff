/* SPDX-License-Identifier: ISC */
/* Records on their way to the spool: gathered into frames, each stored with one sync. */
#ifndef BIJK_PUT_BATCH_H
#define BIJK_PUT_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "bijk-put/storer.h"
#include "common/base/buf.h"
#include "common/config.h"

struct batch {
	const struct node_config *config;
	const char *source;
	struct buf raw;
	uint32_t count;
	struct storer storer;
	int64_t time_ns; /* of the records that are added */
	bool failed;	 /* storing did */
};

void batch_init(struct batch *b, const struct node_config *c, const char *source);
void batch_free(struct batch *b);
/* The records added from now on came just now. */
void batch_now(struct batch *b);
/*
 * Adds a record with that time; those before it go to the disk first if they would not fit
 * together. 0, or an exit code after a message.
 */
int batch_add(struct batch *b, const void *payload, size_t len);
/* All of it is durable when it returns, and others may store. 0, or an exit code after a message. */
int batch_store(struct batch *b);
/* Records that are durable. */
uint64_t batch_stored(const struct batch *b);

#endif
