/* SPDX-License-Identifier: ISC */
/*
 * Running another program, or work of our own in another process: the one place
 * where that is done.
 *
 * No shell takes part: the path is absolute, the arguments are a vector, the
 * environment is an allow-list (PATH fixed; HOME, LOGNAME, USER and TZ as they
 * are). The child gets the descriptors named here as its 0, 1 and 2, default
 * signals, and its own session: so child_end() reaches what it started, and no
 * terminal is within its reach. It gets SIGTERM when we die.
 */
#ifndef BIJK_BASE_CHILD_H
#define BIJK_BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/buf.h"
#include "common/base/deadline.h"

struct child {
	pid_t pid;    /* 0: none */
	pid_t group;  /* what kill() takes for all of its process group */
	int out, err; /* our ends of its standard output and error; -1: none */
	int status;   /* of waitpid(), once child_wait() returned 1 */
	bool ended;
};

#define CHILD_NONE                                                                                 \
	{                                                                                          \
		.pid = 0, .out = -1, .err = -1                                                     \
	}

enum child_flags {
	CHILD_PIPE_OUT = 1, /* else /dev/null */
	CHILD_PIPE_ERR = 2, /* else ours */
	/* a command of the user's: our environment, and our standard input unless
	 * one is given */
	CHILD_OURS = 4,
};

/*
 * Starts it. argv[0] is the path unless `path` is given. 0, or -1 with errno,
 * also when the program could not be executed (ENOENT, EACCES…).
 */
int child_start(struct child *c, const char *path, char *const *argv, int flags);
/* The same with these as its standard input and output; -1: /dev/null. */
int child_start_on(
    struct child *c, const char *path, char *const *argv, int in, int out, int flags);
/* 1: it has ended (status); 0: not by the deadline; -1: errno. */
int child_wait(struct child *c, deadline_t d);
/*
 * Closes our ends, then SIGTERM, and SIGKILL after grace_ms; waits. Harmless
 * for one that has ended or never started.
 */
void child_end(struct child *c, int64_t grace_ms);
/*
 * SIGTERM to its whole group, also to what it left behind there, and SIGKILL
 * when it has ended or after grace_ms. The child must not have been waited for.
 */
void child_kill(const struct child *c, int64_t grace_ms);
/* Its exit code, or 128 + the signal that ended it. */
int child_exit_code(const struct child *c);

/*
 * Runs it to its end, and keeps what it prints. 0 with *code (as
 * child_exit_code()); -1: errno, ETIMEDOUT, or EMSGSIZE when it prints more
 * than a buffer holds.
 */
int child_run(char *const *argv, struct buf *out, struct buf *err, deadline_t d, int *code);

#define ARGV_MAX 128

/*
 * The arguments of a program: a bounded vector of copies. An addition that
 * fails (too many, no memory) is remembered; argv_done() then returns NULL.
 */
struct argv {
	char *v[ARGV_MAX + 1];
	size_t n;
	bool failed;
};

void argv_add(struct argv *a, const char *s);
void argv_addf(struct argv *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "-o" and then name=value. */
void argv_option(struct argv *a, const char *name, const char *value);
/* The vector, ended by NULL; or NULL with errno. It belongs to a. */
char *const *argv_done(struct argv *a);
void argv_free(struct argv *a);

/*
 * A worker does a piece of work in a process of its own, which can restrict
 * itself without restricting us. The result is in memory that both share:
 * zeroed; NULL: errno; munmap() frees it.
 */
void *worker_memory(size_t size);
/*
 * Has a worker begin work(arg), which returns 0 to 125; for the child_*() above
 * it is a child without output. It is killed after `seconds` (0: never), and
 * when we die. 0; -1: errno, not started.
 */
int worker_start(struct child *c, int (*work)(void *arg), void *arg, unsigned seconds);
/* The same, and waits for its end: returns child_exit_code(), or -1: errno, not
 * started. */
int worker_run(int (*work)(void *arg), void *arg, unsigned seconds);

#endif
