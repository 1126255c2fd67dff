/* SPDX-License-Identifier: ISC */
/*
 * The processes of a node and of a master, which are two machines here although they share one process
 * namespace: who belongs to which is told by the program's name. The caller is process 1 of the namespace,
 * so that all of them end with it, and has SIGCHLD blocked.
 */
#ifndef BIJK_TESTS_JOBS_H
#define BIJK_TESTS_JOBS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/powercut/trace.h"

enum side { NODE = 1, MASTER = 2, BOTH = 3 };

/* The clock of all moments here, microseconds. */
int64_t clock_us(void);

#define JOBS_MAX 8

struct jobs {
	int log; /* what they print */
	struct job {
		pid_t pid;
		bool service; /* runs until it is killed */
		bool done;
		int code; /* as the shell has it */
	} v[JOBS_MAX];
	size_t n;
	bool frozen; /* what happens is left for later */
	struct trace trace;
};

/* Starts argv[0] with these arguments, its standard output on `out` (-1: the log); returns which it is in v. -1: errno. */
int jobs_start(struct jobs *j, const char *const *argv, int out, bool watched);
/* The same for a function that runs until it is killed; its process is called `name`. */
int jobs_start_service(struct jobs *j, const char *name, void (*run)(void *arg), void *arg);
/* Deals with what happens until something has, or until this moment. */
void jobs_pump(struct jobs *j, int64_t until);
/* True when nothing runs but the services, neither a job nor what one has left behind. To be asked again
 * and again: who was stopped by a freeze goes on. */
bool jobs_quiet(const struct jobs *j);
/* Forgets those that are done; numbers in v change. */
void jobs_clear(struct jobs *j);
/*
 * Stops all processes but this, of both machines and what belongs to none (the oracle, a child on its way to
 * become a program): what a call returns from now on nobody sees. jobs_kill() is to follow.
 */
void jobs_freeze(struct jobs *j);
/* Kills every process of these machines, and lets the others go on; false when one is still there. */
bool jobs_kill(struct jobs *j, unsigned sides);
#endif
