/* SPDX-License-Identifier: ISC */
/*
 * From gathered records to the disk in several threads, over a ring of frames: the caller fills one and goes on
 * reading, builders compress them, and one thread appends what is built, in order, and waits for the disk.
 * What fits in one frame is stored without any thread, and so is everything where none is to be had.
 */
#ifndef BIJK_PUT_STORER_H
#define BIJK_PUT_STORER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/config.h"
#include "common/log/log.h"

#define BUILDERS_MAX 4
/* The caller fills one and the disk has one while the builders are busy; one more lets either be late. */
#define RING_MAX (BUILDERS_MAX + 3)

/* Records on their way to being a frame. */
struct piece {
	struct buf raw;
	uint32_t count;
	uint64_t seq; /* of the first record */
	struct buf frame;
	bool built; /* or failed to be; the appender's turn */
	int why;    /* errno of building */
};

struct storer {
	const struct node_config *config;
	struct log *log; /* open, and so locked, while more is coming */
	int64_t opened;	 /* monotonic ms */
	uint64_t next;	 /* the number of the next record */
	unsigned n_builders, n_ring;
	struct piece ring[RING_MAX];
	pthread_t builders[BUILDERS_MAX], appender;
	bool tried, appender_runs;
	unsigned builders_run; /* 0: the caller does it all */
	/* What the threads share from here on, under the mutex. A piece between two of these is its holder's alone. */
	pthread_mutex_t mutex;
	pthread_cond_t changed_given, changed_built, changed_done;
	uint64_t given, taken, done; /* pieces: by the caller, by builders, by the appender */
	bool stop;
	int why;	 /* errno of what failed first; nothing is stored behind it */
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
