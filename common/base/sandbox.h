/* SPDX-License-Identifier: ISC */
/*
 * A process gives up what it does not need before it reads a stranger's first byte: new privileges,
 * files outside of few directories and TCP (Landlock), system calls outside of a list (seccomp), and
 * memory, descriptors and processes without number.
 *
 * What it holds open stays usable. So descriptors, syslog's socket, the time zone and looked-up
 * names come first, and so do children, which would inherit it all. A call that is not on the list
 * ends the process, but for what libc may try by itself (a syslog that was restarted): that fails
 * with EPERM.
 *
 * A kernel that lacks a part is no error: one warning names it, and with -v a line says what holds.
 */
#ifndef BIJK_BASE_SANDBOX_H
#define BIJK_BASE_SANDBOX_H

#include <stdint.h>
#include <sys/types.h>

enum sandbox_needs {
	SANDBOX_FILES = 1, /* to read, replace, make, remove and lock files below the directories */
	SANDBOX_LOG = 2,   /* besides: to read and write segments of a log */
	SANDBOX_THREADS = 4, /* threads, and still no processes */
	SANDBOX_NARROW = 8,  /* sandbox_narrow() */
};

#define SANDBOX_DIRS 4

struct sandbox {
	unsigned needs; /* of enum sandbox_needs; 0: only what is open, memory and time */
	/* Nothing outside of these is within reach, and nothing at all where the first is NULL. They are there. */
	const char *dirs[SANDBOX_DIRS];
	uint16_t port; /* TCP may be connected to this port; 0: to none */
	pid_t group;   /* what alone may be sent signals: `group` of child.h; 0: nothing */
};

/*
 * Warns of what this kernel lacks, once in the life of a program. sandbox_enter() does it; a program
 * whose processes enter by themselves calls it before it starts them.
 */
void sandbox_tell(void);
/*
 * 0: all that this kernel has is in force. -1: errno, and *part, which this kernel has, could not be
 * put in force; the process is not to go on.
 */
int sandbox_enter(const struct sandbox *s, const char **part);
/* From now on these directories alone are within reach, of those that were. Returns as sandbox_enter(). */
int sandbox_narrow(const char *const dirs[SANDBOX_DIRS], const char **part);
/* Exits (71) when that fails. */
void sandbox_enter_or_die(const struct sandbox *s);

#endif
