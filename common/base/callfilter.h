/* SPDX-License-Identifier: ISC */
/*
 * The kernel's seccomp filter: the list of system calls that a process may make
 * from now on. Any other call ends the process, as does a call by the number of
 * another architecture. Part of sandbox.h.
 */
#ifndef BIJK_BASE_CALLFILTER_H
#define BIJK_BASE_CALLFILTER_H

#include <stdbool.h>
#include <sys/types.h>

enum sandbox_needs {
	SANDBOX_FILES = 1,   /* read, replace, make, remove and lock files below the directories */
	SANDBOX_LOG = 2,     /* besides: read and write segments of a log */
	SANDBOX_THREADS = 4, /* threads, but no processes */
	SANDBOX_NARROW = 8,  /* sandbox_narrow() */
};

/* Does this kernel have filters? false: errno. */
bool callfilter_there(void);
/*
 * `needs` is of enum sandbox_needs, `group` the only target of signals (0:
 * none), `tcp` whether to connect. no_new_privs must be set. Returns how many
 * calls are allowed; -1: errno.
 */
int callfilter_enter(unsigned needs, pid_t group, bool tcp);

#endif
