/* SPDX-License-Identifier: ISC */
/* Separate: bijk-login must contain no call that makes a process. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/owner.h"

#include "common/base/banned.h"

/* Stays root, ends as the child does; ^C and ^\ are for the child. */
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

/* The leader stays behind with the terminal, and a child continues. */
static int stand_in(void)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	pid_t parent = getpid(), pid = 0;

	if (tty == -1)
		return errno == ENXIO ? 0 : -1;
	close_fd(tty);
	if (getsid(0) != parent)
		return 0;
	pid = fork();
	if (pid > 0)
		stay_behind(pid);
	if (pid == -1 || prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
		return -1;
	if (getppid() != parent)
		_exit(128 + SIGTERM);
	return 0;
}

int owner_become(const char *dir)
{
	struct stat st;

	if (geteuid() == 0 && stat(dir, &st) == 0 && st.st_uid != 0 && stand_in() == -1)
		return -1;
	return owner_become_alone(dir);
}
