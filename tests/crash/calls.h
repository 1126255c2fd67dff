/* SPDX-License-Identifier: ISC */
/* Which of the errors of layer 4 a system call can return, and whether others
 * notice the call. */
#ifndef BIJK_TESTS_CALLS_H
#define BIJK_TESTS_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/crash/trace.h"

#define CALLS_ERRORS 6
extern const int calls_errors[CALLS_ERRORS]; /* EIO, ENOSPC, EDQUOT, EINTR, EMFILE, ENOMEM */

/* Can this call, with these arguments, return it? */
bool call_can_fail(const struct trace_call *c, int error);
/* May another process, or the next one, notice that it was made? Not if it
 * reads, waits, or changes only the memory and signals of its own process. */
bool call_is_noticed(const struct trace_call *c);
/* "fdatasync"; "call 999" for one that is not known. */
void call_name(long nr, char *out, size_t size);
const char *error_name(int error);

#endif
