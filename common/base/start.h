/* SPDX-License-Identifier: ISC */
/*
 * What every program does before anything else, in this order: descriptors 0 to 2 are open (one that
 * was closed fails with EBADF when it is used), the mask is 077, no signal is ignored but SIGPIPE and
 * SIGXFSZ (so that a limit on file sizes is an error, EFBIG), no core is written.
 */
#ifndef BIJK_BASE_START_H
#define BIJK_BASE_START_H

#include <stdbool.h>

void start_process(const char *argv0);
/* Gives a command that is run for the caller the caller's own mask again. */
void start_restore_umask(void);
/* For programs that a stranger starts: the environment is emptied but for a fixed PATH. */
void start_clear_environment(void);
/*
 * Standard error on /dev/null if it is the same socket as standard input or output: under inetd it
 * is the peer's.
 */
void start_guard_stderr(void);
/* alarm-like last resort: the process is killed by SIGALRM after so many seconds. */
void start_limit_lifetime(unsigned seconds);
/*
 * SIGALRM after so many seconds asks this process to end what it is at (start_is_over()), in order; 30 s later
 * it kills.
 */
void start_end_after(unsigned seconds);
bool start_is_over(void);

#endif
