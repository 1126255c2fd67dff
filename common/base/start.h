/* SPDX-License-Identifier: ISC */
/*
 * What every program does first: opens descriptors 0 to 2 (using one that was
 * closed fails with EBADF), sets the mask to 077, ignores no signal but SIGPIPE
 * and SIGXFSZ (so that a limit on file sizes is an error, EFBIG), and turns off
 * core files.
 */
#ifndef BIJK_BASE_START_H
#define BIJK_BASE_START_H

#include <stdbool.h>

void start_process(const char *argv0);
/* Restores the caller's mask, before a command that runs for the caller. */
void start_restore_umask(void);
/* For programs that strangers start: only a fixed PATH remains. */
void start_clear_environment(void);
/*
 * Opens standard error on /dev/null if it is the same socket as standard input
 * or output: under inetd it is the peer's.
 */
void start_guard_stderr(void);
/*
 * After so many seconds start_is_over() is true, and the process should end in
 * order; SIGALRM kills it 30 s later.
 */
void start_end_after(unsigned seconds);
bool start_is_over(void);

#endif
