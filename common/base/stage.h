/* SPDX-License-Identifier: ISC */
/*
 * One step of a pipeline in a thread of its own: it does one piece of work at a time, in the order
 * in which they are given, while whoever gives them prepares the next.
 *
 *   stage_wait(s)                      the piece before is done; the thread touches nothing now
 *   …put the next piece where work() finds it…
 *   stage_go(s)
 *
 * A piece that fails is final: nothing is done any more, and every later call says so.
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
 * The thread starts with the second piece: where there is only one, it is done at once, by the
 * caller. So it is where no thread is to be had.
 */
void stage_init(struct stage *s, int (*work)(void *arg), void *arg);
/* Until the thread is idle. 0, or -1 with the errno of the piece that failed, now or before. */
int stage_wait(struct stage *s);
/* Starts the next piece. After a stage_wait() that returned 0. -1: errno of a piece done at once. */
int stage_go(struct stage *s);
/* Waits for what is under way, and ends the thread. */
void stage_end(struct stage *s);

#endif
