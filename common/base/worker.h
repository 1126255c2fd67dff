/* SPDX-License-Identifier: ISC */
/*
 * A piece of work in a process of its own, which can restrict itself without holding us to it. What
 * comes of it lies in memory that both share.
 */
#ifndef BIJK_BASE_WORKER_H
#define BIJK_BASE_WORKER_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed memory that a worker shares with us; NULL: errno. To be given back with munmap(). */
void *worker_memory(size_t size);
/*
 * Runs work(arg) and waits for its end, `seconds` at most; then, and when we die, it is killed. Returns what it
 * returned (0 to 125), 128 + the signal that ended it, or -1: errno, it could not be started.
 */
int worker_run(int (*work)(void *arg), void *arg, unsigned seconds);

#endif
