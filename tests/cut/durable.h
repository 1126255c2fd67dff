/* SPDX-License-Identifier: ISC */
/*
 * Stand-ins before calls of the receiver, put in place by the linker: a disk that takes a
 * millisecond for each frame, and a look at each ACK before it goes out: is it durable? That is what the log's
 * own functions have returned for. For one session at a time in a process. And none of thousands of
 * sessions writes to the machine's syslog.
 */
#ifndef BIJK_TESTS_DURABLE_H
#define BIJK_TESTS_DURABLE_H

#include <stdint.h>

/* Watches the session that comes. */
void durable_watch(void);
/* And no more. The first number that was acknowledged too early; 0: none was. */
uint64_t durable_end(void);

#endif
