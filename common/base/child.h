/* SPDX-License-Identifier: ISC */
/*
 * Running another program: the one place where that is done.
 *
 * No shell takes part: the path is absolute, the arguments are a vector, the environment is an
 * allow-list (PATH fixed, HOME, LOGNAME, USER and TZ as they are). The child gets the descriptors
 * named here as its 0, 1 and 2, default signals, and its own session: so child_end() reaches what it
 * started, and no terminal is within its reach. It gets SIGTERM when we die.
 */
#ifndef BIJK_BASE_CHILD_H
#define BIJK_BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/base/buf.h"
#include "common/base/deadline.h"

struct child {
	pid_t pid;   /* 0: none */
	pid_t group; /* what a signal is sent to: its group */
	int in;	     /* our end of its standard input, -1 if it has none from us */
	int out;
	int err;
	int status; /* what waitpid told, once child_wait() returned 1 */
	bool ended;
};

#define CHILD_NONE                                                                                 \
	{                                                                                          \
		.pid = 0, .in = -1, .out = -1, .err = -1                                           \
	}

enum child_flags {
	CHILD_PIPE_IN = 1,  /* else /dev/null */
	CHILD_PIPE_OUT = 2, /* else /dev/null */
	CHILD_PIPE_ERR = 4, /* else ours */
	/* For a command of the user's own: our environment and standard input. */
	CHILD_OURS = 8,
};

/*
 * Starts it. argv[0] is the path unless `path` is given. 0, or -1 with errno, also when the program
 * could not be executed (ENOENT, EACCES…).
 */
int child_start(struct child *c, const char *path, char *const *argv, int flags);
/* Starts path with these as its standard input and output. */
int child_start_on(
    struct child *c, const char *path, char *const *argv, int in, int out, int flags);
/* 1: it has ended (status); 0: not by the deadline; -1: errno. */
int child_wait(struct child *c, deadline_t d);
/* Closes our ends, then SIGTERM, and SIGKILL after grace_ms; waits. Harmless for one that has ended
 * or never started. */
void child_end(struct child *c, int64_t grace_ms);
/*
 * SIGTERM to its whole group, also to what it left behind there, and SIGKILL when it has ended or after grace_ms. For
 * one that was not waited for yet.
 */
void child_kill(const struct child *c, int64_t grace_ms);
/* Its exit code, or 128 + the signal that ended it. */
int child_exit_code(const struct child *c);

/* Runs it to its end, and keeps what it prints (out may be NULL). 0 with *code; -1: errno,
 * ETIMEDOUT. */
int child_run(char *const *argv, struct buf *out, deadline_t d, int *code);

#endif
