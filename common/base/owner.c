/* SPDX-License-Identifier: ISC */
#include "common/base/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/banned.h"

/*
 * A process of another user that still has root's terminal can type into root's
 * shell (TIOCSTI). We stay in our process group, so ^C and ^Z still reach us. A
 * session leader cannot leave its terminal without a hangup for all.
 */
static int leave_terminal(void)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int rc;

	if (tty == -1)
		return errno == ENXIO ? 0 : -1;
	if (getsid(0) == getpid()) {
		close(tty);
		errno = EPERM;
		return -1;
	}
	rc = ioctl(tty, TIOCNOTTY);
	close(tty);
	return rc;
}

/* A change of user clears the signal for the parent's death. */
static int change_user(const struct stat *st)
{
	int signal_of_death = 0;

	/* Order matters: groups need the privilege that setuid gives up. */
	if (prctl(PR_GET_PDEATHSIG, &signal_of_death) == -1 || setgroups(1, &st->st_gid) == -1 ||
	    setresgid(st->st_gid, st->st_gid, st->st_gid) == -1 ||
	    setresuid(st->st_uid, st->st_uid, st->st_uid) == -1)
		return -1;
	if (setuid(0) == 0) {
		errno = EPERM; /* we can still return */
		return -1;
	}
	return prctl(PR_SET_PDEATHSIG, signal_of_death);
}

int owner_become_alone(const char *dir)
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
		abort(); /* neither root nor the owner */
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
