/* SPDX-License-Identifier: ISC */
/*
 * Watching the calls that change files, in a process and all that it starts: at entry and at exit of each
 * the watcher says what becomes of the process. What other processes do meanwhile is not stopped.
 */
#ifndef BIJK_TESTS_TRACE_H
#define BIJK_TESTS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct call {
	pid_t thread;
	const char *program; /* as ps shows it */
	long number;	     /* SYS_… */
	bool entry;	     /* else it has just been done */
	const char *path;    /* the file; for those that take a name, under its directory */
};

enum verdict {
	CALL_GO,
	CALL_HOLD, /* it stands still until trace_release() */
	CALL_KILL, /* the process is killed, all its threads */
};

typedef enum verdict (*call_watch)(void *arg, const struct call *c);

#define TRACEES_MAX 64

struct trace {
	call_watch watch; /* NULL: calls are not looked at any more */
	void *arg;
	pid_t
	    held; /* the thread that came to stand still last; whoever waits for one sets it to 0 */
	struct tracee {
		pid_t thread;
		char program[16];
		bool in_call, looked_at;
		long number;
		char path[512];
	} v[TRACEES_MAX];
	size_t n;
};

/* In a child, before it executes what is to be watched. */
void trace_me(void);
/* A status from waitpid: true when it was a stop of a watched process, which has been dealt with. */
bool trace_event(struct trace *t, pid_t thread, int status);
void trace_release(struct trace *t, pid_t thread);

/* Does the call write data, make it durable, or change a name? (Locks and closing do not.) */
bool call_changes(const struct call *c);
bool call_syncs(const struct call *c);

#endif
