/* SPDX-License-Identifier: ISC */
/*
 * Appends frames to the spool in a thread of its own, one at a time and in their order, so that the
 * next one is read and compressed while the disk syncs the one before.
 */
#ifndef BIJK_PUT_STORER_H
#define BIJK_PUT_STORER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/config.h"
#include "common/log.h"

struct storer {
	const struct node_config *config;
	struct log *log;  /* open, and so locked, while more is coming */
	int64_t opened;	  /* monotonic ms */
	uint64_t next;	  /* the number behind all that was handed over */
	uint64_t stored;  /* records that are durable */
	struct buf frame; /* the thread's, while it is at work */
	uint32_t count;	  /* records in it */
	bool running, work, stop;
	int error; /* errno of the append that failed; 0: none did */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
};

void storer_init(struct storer *s, const struct node_config *c);
/* Waits for what is under way, and closes everything. */
void storer_end(struct storer *s);

/* Opens the spool unless it is open, for the id and the number of the next frame. -1: errno. */
int storer_open(struct storer *s);
/*
 * Hands a frame over; takes its bytes, and gives an empty buffer back. Waits for the one before: -1
 * with its errno if that failed, and then nothing of this one is stored.
 */
int storer_give(struct storer *s, struct buf *frame, uint32_t count);
/* Waits until all is durable. -1: errno. */
int storer_wait(struct storer *s);
/* Closes the spool, so that others may store. Nothing may be under way. */
void storer_let_go(struct storer *s);

#endif
