/* SPDX-License-Identifier: ISC */
#include "common/base/start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/base/msg.h"

#include "common/base/banned.h"

static mode_t callers_umask = 022;

void start_process(const char *argv0)
{
	struct rlimit no_core = { 0, 0 };
	sigset_t none;

	msg_init(argv0);
	/*
	 * A descriptor that is closed now would be given to the first file we
	 * open. Its substitute is unusable, so that a result written to a
	 * closed output is an error.
	 */
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) == -1)
			_exit(71);
	}
	callers_umask = umask(077);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void start_restore_umask(void)
{
	umask(callers_umask);
}

void start_clear_environment(void)
{
	clearenv();
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
}

static bool same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

void start_guard_stderr(void)
{
	struct stat st;
	int fd;

	if (fstat(2, &st) == -1 || !S_ISSOCK(st.st_mode) || (!same_file(2, 0) && !same_file(2, 1)))
		return;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd != -1) {
		dup2(fd, 2);
		if (fd > 2)
			close(fd);
	}
}

#define GRACE 30

static volatile sig_atomic_t over;

static void note_over(int sig)
{
	(void)sig;
	over = 1;
}

void start_end_after(unsigned seconds)
{
	/* The next alarm finds the default action. */
	struct sigaction a = { .sa_handler = note_over, .sa_flags = (int)SA_RESETHAND };
	struct itimerval t = { { GRACE, 0 }, { (time_t)seconds, 0 } };

	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &t, NULL);
}

bool start_is_over(void)
{
	return over != 0;
}
