/* SPDX-License-Identifier: ISC */
/*
 * vfork and exec by hand rather than posix_spawn: descriptors, signals, session and
 * environment are set between the two, and a failed exec is told through a pipe that exec closes.
 * Not fork: copying our page tables, and each page that is written afterwards, took a third of a pull.
 */
#include "common/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/io.h"

#include "common/base/banned.h"

#define SAFE_PATH "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

extern char **environ;

static char **clean_environment(char **out, size_t room)
{
	static const char *const keep[] = { "HOME=", "LOGNAME=", "USER=", "TZ=" };
	static char path[] = SAFE_PATH;
	size_t n = 0;

	out[n++] = path;
	for (char **e = environ; e != NULL && *e != NULL; e++) {
		for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++) {
			if (strncmp(*e, keep[i], strlen(keep[i])) == 0 && n + 1 < room)
				out[n++] = *e;
		}
	}
	out[n] = NULL;
	return out;
}

/* In the child: fd 0, 1 or 2 from `from`, or from /dev/null. Every `from` lies above 2. */
static int place(int from, int to)
{
	int null;

	if (from != -1)
		return dup2(from, to);
	null = open("/dev/null", O_RDWR);
	if (null == -1 || null == to)
		return null;
	if (dup2(null, to) == -1)
		return -1;
	return close(null);
}

/* Works in the memory of its parent, which waits for the exec: nothing but its own variables is written. */
_Noreturn static void run(
    const char *path, char *const *argv, const int fds[3], int flags, int report, pid_t parent)
{
	char *env[16];
	sigset_t none;
	int why;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	/* An ssh that outlives us, killed, would hold its port against the next run. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* also what somebody left open for us */
	if (((flags & CHILD_OURS) || place(fds[0], 0) != -1) && place(fds[1], 1) != -1 &&
	    (fds[2] == -1 || dup2(fds[2], 2) != -1)) {
		if (flags & CHILD_OURS)
			execvp(path, argv);
		else
			execve(path, argv, clean_environment(env, sizeof(env) / sizeof(env[0])));
	}
	why = errno;
	(void)!write(report, &why, sizeof(why));
	_exit(127);
}

static int start(struct child *c, const char *path, char *const *argv, const int fds[3], int flags)
{
	pid_t parent = getpid();
	int report[2], why = 0;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) == -1)
		return -1;
	c->pid = vfork();
	if (c->pid == 0)
		run(path != NULL ? path : argv[0], argv, fds, flags, report[1], parent);
	close_fd(report[1]);
	if (c->pid == -1) {
		close_fd(report[0]);
		c->pid = 0;
		return -1;
	}
	c->group = -c->pid;
	n = read_full(report[0], &why, sizeof(why));
	close(report[0]);
	if (n == (ssize_t)sizeof(why)) {
		waitpid(c->pid, NULL, 0);
		c->pid = 0;
		errno = why;
		return -1;
	}
	return 0;
}

/* A pipe whose ends both lie above 2, so that place() cannot step on them. */
static int high_pipe(int ends[2])
{
	int raw[2];

	if (pipe2(raw, O_CLOEXEC) == -1)
		return -1;
	for (int i = 0; i < 2; i++) {
		ends[i] = raw[i] > 2 ? raw[i] : fcntl(raw[i], F_DUPFD_CLOEXEC, 3);
		if (ends[i] != raw[i])
			close_fd(raw[i]);
	}
	return ends[0] == -1 || ends[1] == -1 ? -1 : 0;
}

int child_start(struct child *c, const char *path, char *const *argv, int flags)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	int fds[3], rc = -1;

	*c = (struct child)CHILD_NONE;
	if (((flags & CHILD_PIPE_IN) && high_pipe(in) == -1) ||
	    ((flags & CHILD_PIPE_OUT) && high_pipe(out) == -1) ||
	    ((flags & CHILD_PIPE_ERR) && high_pipe(err) == -1))
		goto out;
	fds[0] = in[0];
	fds[1] = out[1];
	fds[2] = err[1];
	rc = start(c, path, argv, fds, flags);
out:
	close_fd(in[0]);
	close_fd(out[1]);
	close_fd(err[1]);
	if (rc == -1) {
		close_fd(in[1]);
		close_fd(out[0]);
		close_fd(err[0]);
		return -1;
	}
	c->in = in[1];
	c->out = out[0];
	c->err = err[0];
	return 0;
}

int child_start_on(struct child *c, const char *path, char *const *argv, int in, int out, int flags)
{
	int err[2] = { -1, -1 };
	int fds[3], rc;

	*c = (struct child)CHILD_NONE;
	if ((flags & CHILD_PIPE_ERR) && high_pipe(err) == -1)
		return -1;
	fds[0] = in;
	fds[1] = out;
	fds[2] = err[1];
	rc = start(c, path, argv, fds, flags);
	close_fd(err[1]);
	if (rc == -1) {
		close_fd(err[0]);
		return -1;
	}
	c->err = err[0];
	return 0;
}

int child_wait(struct child *c, deadline_t d)
{
	int64_t pause = 1;

	if (c->pid == 0 || c->ended)
		return 1;
	for (;;) {
		pid_t p = waitpid(c->pid, &c->status, d == DEADLINE_NEVER ? 0 : WNOHANG);
		if (p == c->pid) {
			c->ended = true;
			return 1;
		}
		if (p == -1 && errno != EINTR)
			return -1;
		if (p == 0) {
			if (deadline_passed(d))
				return 0;
			sleep_ms(pause);
			if (pause < 20)
				pause++;
		}
	}
}

void child_end(struct child *c, int64_t grace_ms)
{
	int saved = errno;

	close_fd(c->in);
	close_fd(c->out);
	close_fd(c->err);
	c->in = c->out = c->err = -1;
	if (c->pid > 0 && !c->ended) {
		if (child_wait(c, 0) == 0) {
			kill(c->group, SIGTERM);
			if (child_wait(c, deadline_in_ms(grace_ms)) == 0) {
				kill(c->group, SIGKILL);
				child_wait(c, DEADLINE_NEVER);
			}
		}
	}
	errno = saved;
}

void child_kill(const struct child *c, int64_t grace_ms)
{
	deadline_t d = deadline_in_ms(grace_ms);
	siginfo_t ended = { .si_pid = 0 };

	kill(c->group, SIGTERM);
	/* It stays a zombie, which keeps the group's number from being anybody else's. */
	while (waitid(P_PID, (id_t)c->pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    ended.si_pid == 0 && !deadline_passed(d))
		sleep_ms(10);
	kill(c->group, SIGKILL);
}

int child_exit_code(const struct child *c)
{
	return WIFEXITED(c->status) ? WEXITSTATUS(c->status) : 128 + WTERMSIG(c->status);
}

int child_run(char *const *argv, struct buf *out, deadline_t d, int *code)
{
	struct child c;
	int rc = 0;

	if (child_start(&c, NULL, argv, out != NULL ? CHILD_PIPE_OUT : 0) == -1)
		return -1;
	if (out != NULL)
		rc = read_all(c.out, out, d);
	if (rc == 0 && child_wait(&c, d) == 0) {
		errno = ETIMEDOUT;
		rc = -1;
	}
	child_end(&c, 1000);
	*code = child_exit_code(&c);
	return rc;
}
