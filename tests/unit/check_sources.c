/* SPDX-License-Identifier: ISC */
/* Which addresses are one source, and how many unproved pulls one may have
 * under way. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/lock.h"
#include "common/exchange/proof.h"
#include "common/names.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define SLOTS 32

static char dir[] = "/tmp/check_sources.XXXXXX";

static void setup(void)
{
	proof_init();
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	ck_assert_int_eq(dir_remove_tree(AT_FDCWD, dir), 0);
}

/* Who has an IPv6 address has 2^64 of them. */
START_TEST(a_network_of_ipv6_is_one)
{
	static const char *const same[] = { "2001:db8:0:1::1", "2001:db8:0:1::2",
		"2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:DB8::1:0:0:0:1" };
	static const char *const others[] = { "2001:db8:0:2::1", "2001:db8::1", "2001:db9:0:1::1",
		"::1" };
	static const char *const apart[] = { "192.0.2.1", "192.0.2.2", "2001:db8::2:0:0:0:1",
		"fe80::1%eth0", "fe80::2%eth0" };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		ck_assert_msg(address_number(same[i]) == address_number(same[0]), "%s", same[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(
		    address_number(others[i]) != address_number(same[0]), "%s", others[i]);
	for (size_t i = 1; i < sizeof(apart) / sizeof(apart[0]); i++)
		ck_assert_msg(
		    address_number(apart[i]) != address_number(apart[i - 1]), "%s", apart[i]);
}
END_TEST

/* A process that holds a place until it is ended; -1: it got none. */
static pid_t holder(uint64_t first)
{
	int ready[2], fd;
	char path[64];
	pid_t pid;
	char c;

	snprintf(path, sizeof(path), "%s/sources", dir);
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		signal(SIGTERM, SIG_DFL); /* not Check's */
		fd = lock_slot_evicting(AT_FDCWD, path, first, SLOTS, randombytes_uniform(SLOTS));
		if (fd == -1 || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(2);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

/* How many of them there are, now that those which were ended are. */
static int still_held(pid_t *v, int n)
{
	int left = 0, status;

	for (int i = 0; i < n; i++) {
		if (v[i] == 0)
			continue;
		if (waitpid(v[i], &status, WNOHANG) == v[i]) {
			ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
			v[i] = 0;
		} else {
			left++;
		}
	}
	return left;
}

/* Who comes finds a place, one of the holders goes, and no other address is
 * touched. */
START_TEST(makes_room)
{
	pid_t v[2 * SLOTS], other = holder(SLOTS);
	int status;

	for (int i = 0; i < 2 * SLOTS; i++) {
		v[i] = holder(0);
		ck_assert_int_gt(v[i], 0);
		for (int tries = 0; tries < 200 && still_held(v, i + 1) > SLOTS; tries++)
			sleep_ms(10);
		ck_assert_int_eq(still_held(v, i + 1), i < SLOTS ? i + 1 : SLOTS);
	}
	ck_assert_int_ne(v[2 * SLOTS - 1], 0);
	ck_assert_int_eq(waitpid(other, &status, WNOHANG), 0);
	kill(other, SIGKILL);
	for (int i = 0; i < 2 * SLOTS; i++) {
		if (v[i] != 0)
			kill(v[i], SIGKILL);
	}
}
END_TEST

SUITE_MAIN_FIXTURE("sources", setup, teardown, a_network_of_ipv6_is_one, makes_room)
