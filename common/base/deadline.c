/* SPDX-License-Identifier: ISC */
#include "common/base/deadline.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#include "common/base/banned.h"

int64_t monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

deadline_t deadline_in_ms(int64_t ms)
{
	int64_t d;

	if (__builtin_add_overflow(monotonic_ms(), ms, &d))
		return DEADLINE_NEVER;
	return d;
}

deadline_t deadline_in_s(uint64_t seconds)
{
	return seconds > INT64_MAX / 1000 ? DEADLINE_NEVER
					  : deadline_in_ms((int64_t)seconds * 1000);
}

bool deadline_passed(deadline_t d)
{
	return d != DEADLINE_NEVER && monotonic_ms() >= d;
}

deadline_t deadline_earlier(deadline_t a, deadline_t b)
{
	return a < b ? a : b;
}

int deadline_poll_ms(deadline_t d)
{
	int64_t left;

	if (d == DEADLINE_NEVER)
		return -1;
	left = d - monotonic_ms();
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int wait_fd(int fd, short events, deadline_t d)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int n = poll(&p, 1, deadline_poll_ms(d));
		if (n > 0)
			return 1;
		if (n == 0 && deadline_passed(d))
			return 0;
		if (n == -1 && errno != EINTR)
			return -1;
	}
}

void sleep_ms(int64_t ms)
{
	sleep_until(deadline_in_ms(ms));
}

void sleep_until(deadline_t d)
{
	while (!deadline_passed(d))
		poll(NULL, 0, deadline_poll_ms(d));
}

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t now_s(void)
{
	return now_ns() / 1000000000;
}
