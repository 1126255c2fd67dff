/* SPDX-License-Identifier: ISC */
/*
 * The clock of a machine that is an hour ahead, for a program that is started
 * with this as LD_PRELOAD: no namespace shifts the time of day.
 */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/base/banned.h"

int clock_gettime(clockid_t clock, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, t);

	if (rc == 0 && clock == CLOCK_REALTIME)
		t->tv_sec += 3600;
	return rc;
}
