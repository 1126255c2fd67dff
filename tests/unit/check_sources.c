/* SPDX-License-Identifier: ISC */
/* How many registrations one address may have under way, and that no other has
 * to pay for it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/exchange/proof.h"
#include "common/exchange/sources.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

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

/* Takes every place of the address; how many there were. */
static int take_all(const char *address, int places[SOURCE_SLOTS + 1])
{
	int n = 0;

	while (n <= SOURCE_SLOTS && (places[n] = source_slot(dir, address, SOURCE_REFUSE)) != -1)
		n++;
	return n;
}

static bool full(const char *address)
{
	int fd = source_slot(dir, address, SOURCE_REFUSE);

	if (fd == -1) {
		ck_assert_int_eq(errno, EWOULDBLOCK);
		return true;
	}
	close(fd);
	return false;
}

START_TEST(so_many)
{
	int places[SOURCE_SLOTS + 1];
	struct stat st;
	char path[64];

	ck_assert_int_eq(take_all("192.0.2.1", places), SOURCE_SLOTS);
	ck_assert_int_eq(errno, EWOULDBLOCK);
	close(places[7]);
	ck_assert(!full("192.0.2.1"));
	places[7] = source_slot(dir, "192.0.2.1", SOURCE_REFUSE);
	ck_assert_int_ne(places[7], -1);
	ck_assert(full("192.0.2.1"));

	/* Nothing of it is ever written, and only the master opens it. */
	snprintf(path, sizeof(path), "%s/sources", dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(others_are_free)
{
	int places[SOURCE_SLOTS + 1];
	char address[64];

	ck_assert_int_eq(take_all("192.0.2.1", places), SOURCE_SLOTS);
	for (int i = 0; i < 1000; i++) {
		snprintf(address, sizeof(address), "198.51.%d.%d", i / 256, i % 256);
		ck_assert_msg(!full(address), "%s", address);
	}
	ck_assert(!full("192.0.2.2"));
	ck_assert(!full("2001:db8::1"));
	ck_assert(!full("fe80::1%eth0")); /* no address to inet_pton() */
	ck_assert(full("192.0.2.1"));
}
END_TEST

/* Who has an IPv6 address has 2^64 of them. */
START_TEST(a_network_of_ipv6_is_one)
{
	static const char *const same[] = { "2001:db8:0:1::1", "2001:db8:0:1::2",
		"2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:DB8::1:0:0:0:1" };
	static const char *const others[] = { "2001:db8:0:2::1", "2001:db8::1", "2001:db9:0:1::1",
		"::1" };
	int places[SOURCE_SLOTS + 1];

	ck_assert_int_eq(take_all("2001:db8:0:1::1", places), SOURCE_SLOTS);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		ck_assert_msg(full(same[i]), "%s", same[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!full(others[i]), "%s", others[i]);
}
END_TEST

/* inetd's program may hand it on: it is held until the last descriptor of it is
 * closed. */
START_TEST(held_by_a_child)
{
	int places[SOURCE_SLOTS + 1], ends[2], n = take_all("192.0.2.1", places);
	pid_t pid;
	char c;

	ck_assert_int_eq(n, SOURCE_SLOTS);
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &c, 1) == 0 ? 0 : 1);
	}
	for (int i = 0; i < n; i++)
		close(places[i]);
	ck_assert(full("192.0.2.1"));
	close(ends[1]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(!full("192.0.2.1"));
}
END_TEST

/* A process that holds a place until it is ended; -1: it got none. */
static pid_t holder(const char *address)
{
	int ready[2], fd;
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		signal(SIGTERM, SIG_DFL); /* not Check's */
		fd = source_slot(dir, address, SOURCE_EVICT);
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
	pid_t v[2 * SOURCE_SLOTS], other = holder("192.0.2.2");
	int status;

	for (int i = 0; i < 2 * SOURCE_SLOTS; i++) {
		v[i] = holder("192.0.2.1");
		ck_assert_int_gt(v[i], 0);
		for (int tries = 0; tries < 200 && still_held(v, i + 1) > SOURCE_SLOTS; tries++)
			sleep_ms(10);
		ck_assert_int_eq(still_held(v, i + 1), i < SOURCE_SLOTS ? i + 1 : SOURCE_SLOTS);
	}
	ck_assert_int_ne(v[2 * SOURCE_SLOTS - 1], 0);
	ck_assert_int_eq(waitpid(other, &status, WNOHANG), 0);
	kill(other, SIGKILL);
	for (int i = 0; i < 2 * SOURCE_SLOTS; i++) {
		if (v[i] != 0)
			kill(v[i], SIGKILL);
	}
}
END_TEST

START_TEST(no_place_to_ask)
{
	char path[64];

	fails(source_slot("/nonexistent", "192.0.2.1", SOURCE_REFUSE), ENOENT);
	/* Nobody leads it to another file. */
	snprintf(path, sizeof(path), "%s/sources", dir);
	ck_assert_int_eq(symlink("elsewhere", path), 0);
	ck_assert_int_eq(source_slot(dir, "192.0.2.1", SOURCE_REFUSE), -1);
	snprintf(path, sizeof(path), "%s/elsewhere", dir);
	ck_assert(!file_exists(AT_FDCWD, path));
}
END_TEST

SUITE_MAIN_FIXTURE("sources", setup, teardown, so_many, others_are_free, a_network_of_ipv6_is_one,
    held_by_a_child, makes_room, no_place_to_ask)
