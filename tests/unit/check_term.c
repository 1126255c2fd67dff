/* SPDX-License-Identifier: ISC */
/* What a terminal gets: a pseudo-terminal in the place of standard error. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/term.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

static int pty;

/* Each test is a process of its own. */
static void setup(void)
{
	int side;

	pty = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ne(pty, -1);
	ck_assert_int_eq(grantpt(pty) | unlockpt(pty), 0);
	side = open(must(ptsname(pty)), O_RDWR | O_NOCTTY);
	ck_assert_int_ne(side, -1);
	ck_assert_int_eq(dup2(side, STDERR_FILENO), STDERR_FILENO);
	ck_assert_int_eq(set_nonblocking(pty), 0);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	msg_init("program");
}

static void teardown(void)
{
	close(pty);
}

/* All that was written since the last look. */
static const char *seen(void)
{
	static char text[512];
	ssize_t n = read(pty, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(kinds_of_terminals)
{
	struct winsize w = { .ws_row = 7 };
	int file = open("/dev/null", O_WRONLY);

	ck_assert(term_is(STDERR_FILENO) && term_colours(STDERR_FILENO));
	setenv("NO_COLOR", "", 1);
	ck_assert(term_colours(STDERR_FILENO));
	setenv("NO_COLOR", "0", 1);
	ck_assert(term_is(STDERR_FILENO) && !term_colours(STDERR_FILENO));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	ck_assert(!term_is(STDERR_FILENO) && !term_colours(STDERR_FILENO));
	unsetenv("TERM");
	ck_assert(!term_is(STDERR_FILENO));
	setenv("TERM", "xterm", 1);
	ck_assert(!term_is(file) && !term_colours(file));
	ck_assert_int_eq(term_lines(STDERR_FILENO), 24);
	ck_assert_int_eq(ioctl(pty, TIOCSWINSZ, &w), 0);
	ck_assert_int_eq(term_lines(STDERR_FILENO), 7);
	ck_assert_int_eq(term_lines(file), 24);
	close(file);
}
END_TEST

START_TEST(a_line_in_the_place_of_another)
{
	progress("too early: it did not begin");
	msg_error("first");
	ck_assert_str_eq(seen(), "program: first\r\n");
	progress_begin();
	progress("too early: what is quick shows none");
	ck_assert_str_eq(seen(), "");
	while (!progress_due())
		sleep_ms(50);
	progress("%d of %d", 1, 3);
	ck_assert_str_eq(seen(), "\033[K1 of 3\r");
	msg_error("a message");
	ck_assert_str_eq(seen(), "\033[Kprogram: a message\r\n");
	while (!progress_due())
		sleep_ms(50);
	progress("%0100d", 0); /* what is wider would leave a line behind */
	ck_assert_uint_eq(strlen(seen()), 79 + strlen("\033[K\r"));
	progress_end();
	ck_assert_str_eq(seen(), "\033[K");
	msg_error("last");
	ck_assert_str_eq(seen(), "program: last\r\n");
}
END_TEST

START_TEST(no_terminal_no_line)
{
	setenv("TERM", "dumb", 1);
	progress_begin();
	sleep_ms(1100); /* a line would be due */
	ck_assert(!progress_due());
	progress("a line");
	progress_end();
	ck_assert_str_eq(seen(), "");
}
END_TEST

SUITE_MAIN_FIXTURE("term", setup, teardown, kinds_of_terminals, a_line_in_the_place_of_another,
    no_terminal_no_line)
