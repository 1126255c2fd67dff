/* SPDX-License-Identifier: ISC */
/*
 * Runs a program under ptrace, with everything it starts, and counts the system
 * calls of all of them, or of one program among them, at their entry. At entry
 * of call number `at` it kills, or makes that call fail.
 *
 * A call that fails is replaced by getpid(2), which every filter of ours
 * allows, and its result put in place at the exit: with call number -1 a
 * seccomp filter would kill the process. close(2) is made all the same, for the
 * descriptor is gone then on Linux, whatever it returns.
 */
#ifndef BIJK_TESTS_TRACE_H
#define BIJK_TESTS_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACE_NAME 16 /* of a program, as the kernel keeps it */
#define TRACE_STORM                                                                                \
	50 /* how many calls in a row EINTR "for good" hits: nothing interrupts for ever */

enum trace_act {
	TRACE_COUNT,	/* nothing but counting */
	TRACE_KILL_ALL, /* SIGKILL for all of them */
	TRACE_KILL_ONE, /* for the process that makes the call */
	TRACE_FAIL,	/* with `error`, once; it, or the next call that can */
	TRACE_FAIL_ON,	/* from then on whenever that process makes that call */
};

struct trace_plan {
	enum trace_act act;
	uint64_t at;	    /* from 1; 0: never */
	const char *victim; /* only calls of programs of this name count; NULL: all */
	bool noticed;	    /* only those count that others may notice */
	int error;
	int64_t ms; /* then all of it is killed, and timed_out is set; 0: a minute */
};

/* A call as it was met. */
struct trace_call {
	long nr;
	uint64_t arg[6];
	char program[TRACE_NAME];
};

struct trace_result {
	uint64_t calls; /* those that count */
	bool hit;
	struct trace_call call; /* the one that was hit */
	int code; /* of the program itself: its exit code, 128 and the signal, -1 if we killed it */
	int signal; /* a signal that a fault sends ended this program; 0: none did */
	char program[TRACE_NAME];
	bool timed_out;
	double cpu; /* seconds of all of them */
	/* Of the calls that changed files, of each task in their order: see
	 * durable.h. */
	uint64_t durable;
};

struct trace_io {
	int in, out, err; /* -1: /dev/null */
	int listen;	  /* becomes 3, if it is not -1 */
	char *const *env;
};

/* For TRACE_COUNT: called for each call that counts, with its number. */
typedef void trace_each(uint64_t n, const struct trace_call *c, void *arg);

/* Until all of them have ended. -1: errno, tracing itself failed. */
int trace_run(char *const *argv, const struct trace_io *io, const struct trace_plan *p,
    trace_each *each, void *arg, struct trace_result *r);

#endif
