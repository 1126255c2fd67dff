/* SPDX-License-Identifier: ISC */
/* The calls that change what a restart will find: files and names. */
#ifndef BIJK_TESTS_DURABLE_H
#define BIJK_TESTS_DURABLE_H

#include "tests/crash/trace.h"

/*
 * If the call of this stopped process is one of them, adds it to the digest:
 * which call, and of which files. Their bytes are left out: they hold times,
 * nonces and ids, which differ in each run.
 */
void durable_note(pid_t tid, const struct trace_call *c, uint64_t *digest);

#endif
