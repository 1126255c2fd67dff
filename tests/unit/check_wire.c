/* SPDX-License-Identifier: ISC */
/* Lines and bytes over descriptors: what is taken, what is refused, and the
 * limits. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/exchange/wire.h"
#include "tests/unit/suite.h"

static int ours, theirs;
static struct wire w;

static void begin(void)
{
	int s[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	ours = s[0];
	theirs = s[1];
	ck_assert_int_eq(wire_init(&w, ours, ours), 0);
}

static void say(const void *data, size_t len)
{
	ck_assert_int_eq(write_full(theirs, data, len), 0);
}

START_TEST(lines)
{
	char line[WIRE_LINE_MAX];

	begin();
	say("one\ntwo\nhalf", 12);
	ck_assert_int_eq(wire_get_line(&w, line), 1);
	ck_assert_str_eq(line, "one");
	ck_assert_int_eq(wire_get_line(&w, line), 1);
	ck_assert_str_eq(line, "two");
	ck_assert_int_eq(wire_poll_line(&w, line), 0);
	say(" done\n", 6);
	ck_assert_int_eq(wire_get_line(&w, line), 1);
	ck_assert_str_eq(line, "half done");
	close(theirs);
	ck_assert_int_eq(wire_get_line(&w, line), 0);
}
END_TEST

START_TEST(bad_lines)
{
	static const char *const bad[] = { "a\tb\n", "\r\n", "\x7f\n", "caf\xc3\xa9\n",
		"\x1b[2J\n" };
	char line[WIRE_LINE_MAX], big[WIRE_LINE_MAX + 1];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin();
		say(bad[i], strlen(bad[i]));
		fails(wire_get_line(&w, line), EBADMSG);
	}
	begin();
	say("a\0b\n", 4);
	ck_assert_int_eq(wire_get_line(&w, line), -1);
	memset(big, 'x', sizeof(big));
	begin();
	big[WIRE_LINE_MAX - 1] = '\n'; /* the longest */
	say(big, WIRE_LINE_MAX);
	ck_assert_int_eq(wire_get_line(&w, line), 1);
	ck_assert_uint_eq(strlen(line), WIRE_LINE_MAX - 1);
	big[WIRE_LINE_MAX - 1] = 'x';
	say(big, WIRE_LINE_MAX);
	fails(wire_get_line(&w, line), EBADMSG);
	begin();
	say("cut", 3);
	close(theirs);
	fails(wire_get_line(&w, line), ECONNRESET);
}
END_TEST

START_TEST(noise)
{
	char line[WIRE_LINE_MAX], junk[8192];

	begin();
	say("Welcome!\n\x1b[1mNo mail.NODE a b\n", 31);
	ck_assert_int_eq(wire_find_line(&w, "NODE ", "ERR ", 8192, line), 1);
	ck_assert_str_eq(line, "NODE a b");
	memset(junk, 'j', sizeof(junk));
	begin();
	say(junk, sizeof(junk));
	say("ERR busy\n", 9);
	ck_assert_int_eq(wire_find_line(&w, "NODE ", "ERR ", 8192, line), 1);
	ck_assert_str_eq(line, "ERR busy");
	begin();
	say(junk, sizeof(junk));
	say("jERR busy\n", 10);
	close(theirs);
	ck_assert_int_ne(wire_find_line(&w, "NODE ", "ERR ", 8192, line), 1);
}
END_TEST

START_TEST(limits)
{
	char line[WIRE_LINE_MAX];
	int64_t from;

	begin();
	wire_limit_total(&w, deadline_in_ms(150));
	from = monotonic_ms();
	fails(wire_get_line(&w, line), ETIMEDOUT);
	ck_assert_int_lt(monotonic_ms() - from, 2000);
	begin();
	wire_limit_quiet(&w, 1, WIRE_RECEIVES);
	say("drop", 4); /* some bytes are no progress */
	from = monotonic_ms();
	fails(wire_get_line(&w, line), ETIMEDOUT);
	ck_assert_int_lt(monotonic_ms() - from, 3000);
}
END_TEST

/* Progress is 1 KiB for each second of the limit, the way that counts: less,
 * however often, ends it. */
START_TEST(slow)
{
	char data[5 * 1024];
	deadline_t was;

	begin();
	memset(data, 'd', sizeof(data));
	wire_limit_quiet(&w, 5, WIRE_RECEIVES);
	was = w.quiet;
	sleep_ms(2);
	ck_assert_int_eq(wire_put(&w, data, sizeof(data)), 0);
	say(data, sizeof(data) - 1);
	wire_take_in(&w);
	ck_assert_uint_eq(w.received, sizeof(data) - 1);
	ck_assert_int_eq(w.quiet, was);
	say(data, 1);
	wire_take_in(&w);
	ck_assert_int_gt(w.quiet, was);
}
END_TEST

/* Both ends write a lot at the same time; neither reads before it has
 * written. */
START_TEST(both_at_once)
{
	static char data[60000], back[60000];
	char line[WIRE_LINE_MAX];
	pid_t pid;
	int status;

	begin();
	memset(data, 'd', sizeof(data));
	pid = fork();
	if (pid == 0) {
		struct wire v;
		close(ours);
		wire_init(&v, theirs, theirs);
		for (int i = 0; i < 20; i++) {
			if (wire_put(&v, data, sizeof(data)) == -1 ||
			    wire_get(&v, back, sizeof(back)) == -1)
				_exit(1);
		}
		wire_put_line(&v, "end");
		_exit(0);
	}
	close(theirs);
	wire_limit_quiet(&w, 20, WIRE_RECEIVES);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(wire_put(&w, data, sizeof(data)), 0);
		ck_assert_int_eq(wire_get(&w, back, sizeof(back)), 0);
		ck_assert_mem_eq(data, back, sizeof(data));
	}
	ck_assert_int_eq(wire_get_line(&w, line), 1);
	ck_assert_str_eq(line, "end");
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

static uint8_t nth(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 16);
}

/* The buffer is full most of the time, and what is taken leaves room now at its
 * end, now at its beginning. */
START_TEST(read_ahead)
{
	static const size_t pieces[] = { 1, 29000, 4096, 61000, 7, 130000 };
	enum { ALL = 4 << 20 };
	static uint8_t data[ALL], got[ALL];
	size_t at = 0;
	pid_t pid;

	begin();
	for (size_t i = 0; i < ALL; i++)
		data[i] = nth(i);
	pid = fork();
	if (pid == 0) {
		close(ours);
		_exit(write_full(theirs, data, ALL) == -1);
	}
	close(theirs);
	ck_assert_int_eq(wire_read_ahead(&w, 2 * WIRE_BUFFER), 0);
	wire_limit_quiet(&w, 20, WIRE_RECEIVES);
	for (size_t k = 0; at < ALL; k++) {
		size_t n = pieces[k % (sizeof(pieces) / sizeof(pieces[0]))];
		if (n > ALL - at)
			n = ALL - at;
		wire_take_in(&w);
		ck_assert_uint_le(w.end, 2 * WIRE_BUFFER);
		ck_assert_int_eq(wire_get(&w, got + at, n), 0);
		at += n;
	}
	ck_assert_mem_eq(got, data, ALL);
	ck_assert_uint_eq(w.received, ALL);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(drained)
{
	int64_t from;

	begin();
	say("what nobody reads", 17);
	from = monotonic_ms();
	ck_assert_int_eq(shutdown(theirs, SHUT_WR), 0);
	wire_drain(&w);
	ck_assert_int_lt(monotonic_ms() - from, 2000);
	ck_assert_int_eq(wire_put(&w, "x", 1), -1);
	ck_assert(w.out_broken);
}
END_TEST

/* Whoever does not close is not waited for beyond the limit for all: else a
 * place is held for longer than is promised. */
START_TEST(drained_within_the_limit)
{
	int64_t from = monotonic_ms();

	begin();
	wire_limit_total(&w, deadline_in_ms(300));
	wire_drain(&w);
	ck_assert_int_ge(monotonic_ms() - from, 290);
	ck_assert_int_lt(monotonic_ms() - from, 3000);
}
END_TEST

SUITE_MAIN("wire", lines, bad_lines, noise, limits, slow, both_at_once, read_ahead, drained,
    drained_within_the_limit)
