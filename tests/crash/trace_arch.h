/* SPDX-License-Identifier: ISC */
/* What differs between machines in looking into a stopped process. */
#ifndef BIJK_TESTS_TRACE_ARCH_H
#define BIJK_TESTS_TRACE_ARCH_H

#include <stdbool.h>
#include <sys/types.h>

/* At the entry of a call: another call is made in its place. Every argument
 * stays. -1: errno. */
int arch_set_call(pid_t tid, long nr);
/* The first argument. */
int arch_set_argument(pid_t tid, long value);
/* At the exit: what the call returns. */
int arch_set_result(pid_t tid, long value);

#endif
