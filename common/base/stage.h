/* SPDX-License-Identifier: ISC */
/*
 * One step of a pipeline in a thread of its own: it does one piece of work at a
 * time, in order, while the caller prepares the next.
 *
 *   stage_wait(s)      the piece before is done; the thread touches nothing now
 *   …put the next piece where work() finds it…
 *   stage_go(s)
 *
 * A failure is final: no more is done, and every later call reports it.
 */
#ifndef BIJK_BASE_STAGE_H
#define BIJK_BASE_STAGE_H

#include <pthread.h>
#include <stdbool.h>

struct stage {
	int (*work)(void *arg); /* 0, or -1 with errno */
	void *arg;
	bool alone; /* set after stage_init(): never a thread, each piece is done at once */
	bool running, busy, stop;
	unsigned pieces; /* before there was a thread */
	int error;	 /* errno of the piece that failed; 0: none did */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
};

/*
 * The thread starts with the second piece. The first is done at once by the
 * caller, and so is each piece if no thread can be made.
 */
void stage_init(struct stage *s, int (*work)(void *arg), void *arg);
/* Waits until it is idle. -1: the errno of a piece that failed. */
int stage_wait(struct stage *s);
/* After stage_wait() returned 0. -1: errno of a piece done at once. */
int stage_go(struct stage *s);
/* Waits for the current piece, and ends the thread. */
void stage_end(struct stage *s);

#endif
