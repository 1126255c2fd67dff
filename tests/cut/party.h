/* SPDX-License-Identifier: ISC */
/*
 * One side of a session. A library's side runs in a thread, which costs little even where a fork is
 * dear; a whole program's in a forked process.
 */
#ifndef BIJK_TESTS_PARTY_H
#define BIJK_TESTS_PARTY_H

#include <sys/types.h>

#include "common/fail.h"
#include "tests/cut/link.h"

/* What it left. */
struct outcome {
	int64_t ended_ms;
	bool returned; /* it came to its own end */
	int rc;	       /* what the library's function said */
	int exit_code;
	enum err_code code;
	uint64_t records; /* sent or stored */
	char text[FAIL_TEXT_MAX];
};

struct party {
	struct thread *thread; /* made with the first run, and kept for more */
	pid_t pid;
	struct ends ends;	 /* its own, of the line */
	struct outcome *outcome; /* of a process: in shared memory */
};

/* Memory for n of them, shared with forked processes. */
struct outcome *outcomes(size_t n);

/* Runs it in a thread, and then closes p->ends. */
void party_run(struct party *p, void (*run)(void *arg), void *arg);
/* Until it has returned. False: not by the deadline, and it cannot be ended: it is still there. */
bool party_join(struct party *p, deadline_t d);

/*
 * Forks. In the child it returns true: standard input and output are p->ends, if it has any, and it
 * dies with us. The parent's copy of them is closed.
 */
bool party_fork(struct party *p);
/* Of the child: notes when it ended, and ends it. */
_Noreturn void party_exit(struct party *p, int status);
/* Its wait status; -1: it was still there at the deadline, and was killed. */
int party_wait(struct party *p, deadline_t d);

#endif
