/* SPDX-License-Identifier: ISC */
/* The kernel's seccomp filter: a list of the system calls that a process may make from now on. */
#ifndef BIJK_BASE_CALLFILTER_H
#define BIJK_BASE_CALLFILTER_H

#include <stdbool.h>

#include "common/base/sandbox.h"

bool callfilter_there(void);
/* How many calls are allowed; -1: errno. no_new_privs comes first. */
int callfilter_enter(const struct sandbox *s);

#endif
