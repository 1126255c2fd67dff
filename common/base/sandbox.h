/* SPDX-License-Identifier: ISC */
/*
 * A process gives up what it does not need before it reads a stranger's first byte: new privileges,
 * files outside of named directories (Landlock), TCP, and system calls outside of a list (seccomp).
 *
 * What it holds open stays usable, so descriptors, libraries, syslog's socket and the time zone come first. A
 * kernel that lacks a part is no error: that part is named in one warning, and with -v everything
 * that holds.
 */
#ifndef BIJK_BASE_SANDBOX_H
#define BIJK_BASE_SANDBOX_H

#include <stddef.h>

struct sandbox {
	/* Below these everything but executing is allowed; nothing elsewhere. At most 8, NULL-ended. */
	const char *const *dirs;
	/* Below these files may be read. At most 8, NULL-ended; NULL: none. */
	const char *const *read_dirs;
	/* The names of the calls that are allowed, NULL-ended; others end the process… */
	const char *const *calls;
	/* …but for these, which fail with EPERM: what libc tries by itself. NULL-ended. */
	const char *const *refused;
};

/* The calls of a program that reads and writes a log and talks over open descriptors; 30 at most. */
extern const char *const sandbox_log_calls[];
/* What libc may try: a syslog that was restarted. */
extern const char *const sandbox_refused_calls[];

/* 0: all that this kernel has is in force; -1: errno, a part that it has could not be put in force. */
int sandbox_enter(const struct sandbox *s);
/* Exits (71) when that fails. */
void sandbox_enter_or_die(const struct sandbox *s);

#endif
