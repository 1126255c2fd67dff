/* SPDX-License-Identifier: ISC */
/* Time limits on the monotonic clock, which nobody can set. */
#ifndef BIJK_BASE_DEADLINE_H
#define BIJK_BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* A moment of CLOCK_MONOTONIC in milliseconds. */
typedef int64_t deadline_t;

#define DEADLINE_NEVER INT64_MAX

int64_t monotonic_ms(void);
deadline_t deadline_in_ms(int64_t ms);
deadline_t deadline_in_s(uint64_t seconds);
bool deadline_passed(deadline_t d);
deadline_t deadline_earlier(deadline_t a, deadline_t b);
/* For poll(): milliseconds left, 0: it has passed, -1: DEADLINE_NEVER. */
int deadline_poll_ms(deadline_t d);

/* Waits for events on fd. 1: there are; 0: the deadline passed; -1: errno. */
int wait_fd(int fd, short events, deadline_t d);
/* Sleep through signals; by poll(), which restricted processes may call. */
void sleep_ms(int64_t ms);
void sleep_until(deadline_t d);

/* Wall clock. */
int64_t now_s(void);
int64_t now_ns(void);

#endif
