/* SPDX-License-Identifier: ISC */
/*
 * Records on their way to the spool: gathered into frames, each stored with one
 * sync. The frames lie in a ring: the caller fills one and goes on reading,
 * builders compress them, and one thread appends them in order and waits for
 * the disk. A single frame is stored without any thread, and so are all where
 * no thread can be started.
 *
 * Functions that return int return 0, or an exit code after a message.
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
/*
 * The caller fills one, one waits for it, and the disk has one while the
 * builders are busy; one more lets either be late.
 */
#define RING_MAX (BUILDERS_MAX + 4)

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
	const char *source; /* of the records that are added */
	int64_t time_ns;    /* likewise */
	bool reported;	    /* why storing failed */
	struct log *log;    /* open, and so locked, while more is coming */
	int64_t opened;	    /* monotonic ms */
	uint64_t next;	    /* the number of the next record */
	unsigned n_builders, n_ring;
	struct piece ring[RING_MAX]; /* the caller fills piece number `given` */
	pthread_t builders[BUILDERS_MAX], appender;
	bool tried, appender_runs;
	unsigned builders_run; /* 0: the caller does it all */
	/* Shared, under the mutex, but for a piece between two of these. */
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
/* The records added from now on came just now. */
void storer_now(struct storer *s);
/* Adds a record with that time and source, to a new frame if need be. */
int storer_add(struct storer *s, const void *payload, size_t len);
/* Is there something to flush? */
bool storer_holds(const struct storer *s);
/*
 * Waits until all is durable, and closes the spool, so that others may store.
 */
int storer_flush(struct storer *s);

#endif
