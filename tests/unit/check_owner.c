/* SPDX-License-Identifier: ISC */
/*
 * Root's program at a terminal, which goes on as another user: nothing that it
 * does then reaches the terminal's shell, and ^C still ends it. The shell is a
 * process of ours that leads a session on a pseudo-terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/owner.h"
#include "tests/unit/suite.h"

#define NOBODY 65534

static char dir[] = "/tmp/check_owner.XXXXXX";
static int terminal = -1; /* our end of it */
static int news[2];	  /* from who has become another user */

/* --- As the other user --- */

/* 0: none of the ways to the terminal is open; else which. */
static int reach(void)
{
	char c = 'x';
	int rc = 0;

	if (getuid() != NOBODY || geteuid() != NOBODY)
		rc |= 1;
	if (open("/dev/tty", O_RDWR) != -1 || errno != ENXIO)
		rc |= 2;
	for (int fd = 0; fd <= 2; fd++)
		rc |= ioctl(fd, TIOCSTI, &c) == 0 ? 4 : 0;
	return rc;
}

/*
 * The same of a session of its own, which could take a terminal that nobody
 * has.
 */
static int reach_anew(void)
{
	int rc = 8, status;
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		rc = ioctl(0, TIOCSCTTY, 0) == 0 || ioctl(0, TIOCSCTTY, 1) == 0 ? 16 : 0;
		_exit(rc | reach());
	}
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		rc = WEXITSTATUS(status);
	return rc;
}

/* Who tells over `news` what it reached, and waits to be ended. */
static void go_on(void)
{
	char *argv[] = { (char[]){ "/bin/sleep" }, (char[]){ "1000" }, NULL };
	struct child c;
	int rc;

	rc = owner_become(dir) == -1 ? 64 : reach() | reach_anew();
	/* What it runs ends with it. */
	rc |= child_start_on(&c, NULL, argv, news[1], news[1], 0) == -1 ? 32 : 0;
	rc = write_full(news[1], &rc, sizeof(rc));
	close(news[1]);
	if (rc == 0)
		pause();
	_exit(7);
}

/* --- At the terminal --- */

static void member(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		go_on();
	signal(SIGINT, SIG_IGN);
	close(news[1]);
	waitpid(pid, &status, 0);
	_exit(WIFSIGNALED(status) ? WTERMSIG(status) : 100);
}

static void leader(void)
{
	go_on();
}

static void ends_well(void)
{
	_exit(owner_become(dir) == -1 || getuid() != NOBODY ? 1 : 7);
}

/* Runs it as the leader of a terminal's session. */
static pid_t at_terminal(void (*shell)(void))
{
	pid_t pid;
	int fd;

	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_eq(grantpt(terminal), 0);
	ck_assert_int_eq(unlockpt(terminal), 0);
	ck_assert_int_eq(pipe(news), 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		fd = open(ptsname(terminal), O_RDWR);
		for (int i = 0; i <= 2; i++)
			dup2(fd, i);
		close(fd);
		close(terminal);
		close(news[0]);
		/* Whoever started the tests in the background has them
		 * ignored. */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		shell();
		_exit(101);
	}
	close(news[1]);
	return pid;
}

/*
 * Reads what was reached, types ^C, and waits until everything has ended: how
 * the leader did.
 */
static int after(pid_t pid, int reached, int sig)
{
	int rc = -1, status;

	ck_assert_int_eq(read_full(news[0], &rc, sizeof(rc)), sizeof(rc));
	ck_assert_msg(rc == reached, "reached %d", rc);
	if (sig == 0)
		ck_assert_int_eq(write_full(terminal, "\003", 1), 0);
	else
		kill(pid, sig);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* The last of them, and what it had run, has closed its end. */
	ck_assert_int_eq(wait_fd(news[0], POLLIN | POLLHUP, deadline_in_s(20)), 1);
	ck_assert_int_eq(read(news[0], &rc, 1), 0);
	return status;
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	if (geteuid() == 0)
		ck_assert_int_eq(chown(dir, NOBODY, NOBODY), 0);
}

static void teardown(void)
{
	ck_assert_int_eq(dir_remove_tree(AT_FDCWD, dir), 0);
}

START_TEST(in_a_session)
{
	int status = geteuid() == 0 ? after(at_terminal(member), 0, 0) : SIGINT << 8;

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), SIGINT);
}
END_TEST

/* As `ssh -t host program` and containers start it. */
START_TEST(leading_a_session)
{
	int status = geteuid() == 0 ? after(at_terminal(leader), 0, 0) : SIGINT;

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGINT);
}
END_TEST

START_TEST(leader_is_ended)
{
	int status = geteuid() == 0 ? after(at_terminal(leader), 0, SIGKILL) : SIGKILL;

	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}
END_TEST

START_TEST(leader_ends_with_its_code)
{
	int status = 7 << 8;
	pid_t pid;

	if (geteuid() == 0) {
		pid = at_terminal(ends_well);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	}
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

/* The signal for the death of a parent outlives the change of user. */
START_TEST(ends_with_its_parent)
{
	int status, sig = 0;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (owner_become(dir) == -1 || prctl(PR_GET_PDEATHSIG, &sig) == -1)
			_exit(1);
		_exit(sig == SIGKILL ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

SUITE_MAIN_FIXTURE("owner", setup, teardown, in_a_session, leading_a_session, leader_is_ended,
    leader_ends_with_its_code, ends_with_its_parent)
