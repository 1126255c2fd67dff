/* SPDX-License-Identifier: ISC */
/*
 * From gathered records to the disk in several threads: builders compress a frame each, and one
 * appends what is built, in order, and waits for the disk. Meanwhile the caller reads on. What fits
 * in one frame is stored without any thread.
 */
#ifndef BIJK_PUT_STORER_H
#define BIJK_PUT_STORER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/stage.h"
#include "common/config.h"
#include "common/log.h"

#define BUILDERS_MAX 5

/* Records on their way to being a frame. Its own while it is at work. */
struct builder {
	struct stage stage;
	const struct log_id *id;
	bool full; /* it has records, which are not handed on yet */
	struct buf raw;
	uint32_t count;
	uint64_t seq; /* of the first record */
	struct buf frame;
};

struct storer {
	const struct node_config *config;
	struct log *log; /* open, and so locked, while more is coming */
	int64_t opened;	 /* monotonic ms */
	uint64_t next;	 /* the number of the next record */
	struct builder builders[BUILDERS_MAX];
	unsigned n;    /* how many of them: one more than processors */
	unsigned turn; /* whose turn it is; they follow each other in a ring */
	/* The appender's, while it is at work. */
	struct stage append;
	struct buf frame;
	uint32_t count;
	uint64_t stored; /* records that are durable; read it when nothing is under way */
};

void storer_init(struct storer *s, const struct node_config *c);
/* Waits for what is under way, and closes everything. */
void storer_end(struct storer *s);

/*
 * Hands over `count` records as they are stored, opens the spool if it is not open, and gives an
 * empty buffer back. -1 with errno, also when something before failed: then nothing of this is
 * stored.
 */
int storer_give(struct storer *s, struct buf *raw, uint32_t count);
/* Waits until all is durable, and closes the spool, so that others may store. -1: errno. */
int storer_finish(struct storer *s);

#endif
