/* SPDX-License-Identifier: ISC */
/*
 * The clock of a machine that is an hour (AHEAD, in seconds) ahead, for a
 * program that is started with this as LD_PRELOAD: no namespace shifts the time
 * of day.
 */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/base/banned.h"

#ifndef AHEAD
#define AHEAD 3600
#endif
#ifdef SYS_clock_gettime64
#define CLOCK_GETTIME SYS_clock_gettime64
#else
#define CLOCK_GETTIME SYS_clock_gettime
#endif

int clock_gettime(clockid_t clock, struct timespec *t)
{
	int rc = (int)syscall(CLOCK_GETTIME, clock, t);

	if (rc == 0 && clock == CLOCK_REALTIME)
		t->tv_sec += AHEAD;
	return rc;
}
