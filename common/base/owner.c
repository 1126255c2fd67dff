/* SPDX-License-Identifier: ISC */
#include "common/base/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/banned.h"

/* Stays root, does nothing, and ends as the child does; ^C and ^\ are meant for that. */
_Noreturn static void stay_behind(pid_t pid)
{
	int status = 0;

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	_exit(128 + WTERMSIG(status));
}

/*
 * A process of another user that still has root's terminal can type into root's shell (TIOCSTI). We stay in
 * our process group, so ^C and ^Z reach us as before; only a session's leader cannot leave without a hangup for
 * all, so it stays behind, and a child goes on.
 */
static int leave_terminal(void)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int rc;

	if (tty == -1)
		return errno == ENXIO ? 0 : -1;
	if (getsid(0) == getpid()) {
		pid_t parent = getpid(), pid = fork();

		if (pid > 0)
			stay_behind(pid);
		if (pid == -1 || prctl(PR_SET_PDEATHSIG, SIGTERM) == -1) {
			close(tty);
			return -1;
		}
		if (getppid() != parent)
			_exit(128 + SIGTERM);
	}
	rc = ioctl(tty, TIOCNOTTY);
	close(tty);
	return rc;
}

/* The signal for the death of whoever started us: a change of user takes it back. */
static int change_user(const struct stat *st)
{
	int signal_of_death = 0;

	/* Order matters: groups need the privilege that setuid gives up. */
	if (prctl(PR_GET_PDEATHSIG, &signal_of_death) == -1 || setgroups(1, &st->st_gid) == -1 ||
	    setresgid(st->st_gid, st->st_gid, st->st_gid) == -1 ||
	    setresuid(st->st_uid, st->st_uid, st->st_uid) == -1)
		return -1;
	if (setuid(0) == 0) {
		errno = EPERM; /* it did not hold */
		return -1;
	}
	return prctl(PR_SET_PDEATHSIG, signal_of_death);
}

int owner_become(const char *dir)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (stat(dir, &st) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	if (st.st_uid == 0)
		return 0;
	if (leave_terminal() == -1 || change_user(&st) == -1)
		return -1;
	return setenv("HOME", dir, 1);
}

int owner_do(const char *dir, int (*work)(void *arg), void *arg)
{
	gid_t groups[NGROUPS_MAX];
	struct stat st;
	int n, rc = -1, why;

	if (geteuid() != 0)
		return work(arg);
	if (stat(dir, &st) == -1 || (n = getgroups(NGROUPS_MAX, groups)) == -1)
		return -1;
	if (setgroups(1, &st.st_gid) == 0 && setegid(st.st_gid) == 0 && seteuid(st.st_uid) == 0)
		rc = work(arg);
	why = errno;
	if (seteuid(0) == -1 || setegid(0) == -1 || setgroups((size_t)n, groups) == -1)
		abort(); /* neither the one nor the other */
	errno = why;
	return rc;
}

bool owner_is_us(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == -1)
		return false;
	errno = EACCES;
	return geteuid() == 0 || geteuid() == st.st_uid;
}
