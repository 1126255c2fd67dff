/* SPDX-License-Identifier: ISC */
/*
 * A process gives up what it does not need before it reads a stranger's first
 * byte: new privileges, files outside of few directories and TCP (Landlock),
 * system calls outside of a list (seccomp), and unlimited memory, descriptors
 * and processes.
 *
 * What is already open stays usable, and children inherit the restriction. So
 * first open descriptors, connect to syslog, read the time zone, look up names
 * and start children. A call that is not on the list ends the process, except
 * what libc may try by itself (reconnect to a restarted syslog): that fails
 * with EPERM.
 *
 * It is no error if the kernel lacks a part: one warning names it, and -v tells
 * what is in force.
 */
#ifndef BIJK_BASE_SANDBOX_H
#define BIJK_BASE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SANDBOX_DIRS 4

enum sandbox_needs {
	SANDBOX_FILES = 1,   /* read, replace, make, remove and lock files below the directories */
	SANDBOX_LOG = 2,     /* besides: read and write segments of a log */
	SANDBOX_THREADS = 4, /* threads, but no processes */
	SANDBOX_NARROW = 8,  /* sandbox_narrow() */
};

struct sandbox {
	unsigned needs; /* of enum sandbox_needs; 0: only what is open, memory and time */
	/* These exist, and only they are within reach. */
	const char *dirs[SANDBOX_DIRS];
	uint16_t port; /* the only one to connect to by TCP; 0: none */
	pid_t group;   /* the only target of signals: `group` of child.h; 0: none */
};

/*
 * Warns of what this kernel lacks, once per program. sandbox_enter() does so; a
 * program whose processes enter one by one calls it before it starts them.
 */
void sandbox_tell(void);
/*
 * 0: everything that this kernel has is in force. -1: errno; *part, which this
 * kernel has, could not be put in force, and the process must end.
 */
int sandbox_enter(const struct sandbox *s, const char **part);
/* Leaves only these of the directories. Returns as sandbox_enter(). */
int sandbox_narrow(const char *const dirs[SANDBOX_DIRS], const char **part);
/* Exits (71) on failure. */
void sandbox_enter_or_die(const struct sandbox *s);
/*
 * For a program that starts others, which inherit it: no new privileges, and no
 * new socket but local ones (EPERM). Returns as sandbox_enter().
 */
int sandbox_enter_parent(const char **part);

/* --- callfilter.c: the seccomp filter, a list of calls that may be made --- */

/* Does this kernel have filters? false: errno. */
bool callfilter_there(void);
/*
 * `needs` is of enum sandbox_needs, `group` the only target of signals (0:
 * none), `tcp` whether to connect. no_new_privs must be set. Returns how many
 * calls are allowed; -1: errno.
 */
int callfilter_enter(unsigned needs, pid_t group, bool tcp);
/* Refuses sockets that are not local, and allows the rest. -1: errno. */
int callfilter_enter_parent(void);

#endif
