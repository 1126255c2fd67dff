/* SPDX-License-Identifier: ISC */
/*
 * vfork and exec by hand rather than posix_spawn: descriptors, signals, session
 * and environment are set between the two, and a failed exec is told through a
 * pipe that exec closes. Not fork: copying our page tables, and each page that
 * is written afterwards, took a third of a pull.
 */
#include "common/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/io.h"

#include "common/base/banned.h"

#define NR_CLOSE_RANGE 436 /* on all architectures */
#define RANGE_CLOEXEC 4u
#define DESCRIPTORS_MAX 65536 /* a container may have no limit */
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

/* In the child: fd 0, 1 or 2 from `from`, which is above 2; -1: /dev/null. */
static int set_standard(int from, int to)
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

/*
 * All above 2, also those that we inherited open, close at exec. Not every libc
 * has close_range(2), and only Linux 5.11 has the flag.
 */
static void close_at_exec(void)
{
	int end = getdtablesize();

	if (syscall(NR_CLOSE_RANGE, 3, ~0U, RANGE_CLOEXEC) == 0)
		return;
	for (int fd = 3; fd < end && fd < DESCRIPTORS_MAX; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* In the memory of the waiting parent: it writes local variables only. */
_Noreturn static void exec_in_child(
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
	/* Else an ssh that outlives us keeps its port from the next run. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	close_at_exec();
	if ((((flags & CHILD_OURS) && fds[0] == -1) || set_standard(fds[0], 0) != -1) &&
	    set_standard(fds[1], 1) != -1 && (fds[2] == -1 || dup2(fds[2], 2) != -1)) {
		if (flags & CHILD_OURS)
			execvp(path, argv);
		else
			execve(path, argv, clean_environment(env, sizeof(env) / sizeof(env[0])));
	}
	why = errno;
	(void)!write(report, &why, sizeof(why));
	_exit(127);
}

static int start_child(
    struct child *c, const char *path, char *const *argv, const int fds[3], int flags)
{
	pid_t parent = getpid();
	int report[2], why = 0;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) == -1)
		return -1;
	c->pid = vfork();
	if (c->pid == 0)
		exec_in_child(path != NULL ? path : argv[0], argv, fds, flags, report[1], parent);
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

/* A pipe with both ends above 2, out of set_standard()'s way. */
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

int child_start_on(struct child *c, const char *path, char *const *argv, int in, int out, int flags)
{
	int outs[2] = { -1, -1 }, errs[2] = { -1, -1 };
	int rc = -1;

	*c = (struct child)CHILD_NONE;
	if ((!(flags & CHILD_PIPE_OUT) || high_pipe(outs) == 0) &&
	    (!(flags & CHILD_PIPE_ERR) || high_pipe(errs) == 0)) {
		const int fds[3] = { in, flags & CHILD_PIPE_OUT ? outs[1] : out, errs[1] };
		rc = start_child(c, path, argv, fds, flags);
	}
	close_fd(outs[1]);
	close_fd(errs[1]);
	if (rc == -1) {
		close_fd(outs[0]);
		close_fd(errs[0]);
		return -1;
	}
	c->out = outs[0];
	c->err = errs[0];
	return 0;
}

int child_start(struct child *c, const char *path, char *const *argv, int flags)
{
	return child_start_on(c, path, argv, -1, -1, flags);
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

	close_fd(c->out);
	close_fd(c->err);
	c->out = c->err = -1;
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
	/* It stays a zombie, so nobody else gets the number of its group. */
	while (waitid(P_PID, (id_t)c->pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    ended.si_pid == 0 && !deadline_passed(d))
		sleep_ms(10);
	kill(c->group, SIGKILL);
}

int child_exit_code(const struct child *c)
{
	return WIFEXITED(c->status) ? WEXITSTATUS(c->status) : 128 + WTERMSIG(c->status);
}

int child_run(char *const *argv, struct buf *out, struct buf *err, deadline_t d, int *code)
{
	struct child c;
	int rc = -1;

	if (child_start(&c, NULL, argv, CHILD_PIPE_OUT | CHILD_PIPE_ERR) == -1)
		return -1;
	if (read_all(c.out, out, d) == 0 && read_all(c.err, err, d) == 0)
		rc = child_wait(&c, d);
	if (rc == 0)
		errno = ETIMEDOUT;
	child_end(&c, 1000);
	*code = child_exit_code(&c);
	return rc == 1 ? 0 : -1;
}

/* --- Arguments --- */

/* Takes over s, which is NULL if there was no memory for it. */
static void take_argument(struct argv *a, char *s)
{
	if (s == NULL || a->n == ARGV_MAX) {
		a->failed = true;
		free(s);
		return;
	}
	a->v[a->n++] = s;
}

void argv_add(struct argv *a, const char *s)
{
	take_argument(a, strdup(s));
}

void argv_addf(struct argv *a, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		s = NULL;
	va_end(ap);
	take_argument(a, s);
}

void argv_option(struct argv *a, const char *name, const char *value)
{
	argv_add(a, "-o");
	argv_addf(a, "%s=%s", name, value);
}

char *const *argv_done(struct argv *a)
{
	if (a->failed) {
		errno = a->n == ARGV_MAX ? E2BIG : ENOMEM;
		return NULL;
	}
	return a->v;
}

void argv_free(struct argv *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	*a = (struct argv){ .n = 0 };
}

/* --- Workers --- */

void *worker_memory(size_t size)
{
	/* cppcheck-suppress invalidFunctionArg */
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	return p;
}

int worker_start(struct child *c, int (*work)(void *arg), void *arg, unsigned seconds)
{
	pid_t parent = getpid();

	*c = (struct child)CHILD_NONE;
	c->pid = fork();
	if (c->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		alarm(seconds);
		_exit(work(arg));
	}
	if (c->pid == -1) {
		c->pid = 0;
		return -1;
	}
	c->group = c->pid;
	return 0;
}

int worker_run(int (*work)(void *arg), void *arg, unsigned seconds)
{
	struct child c;

	if (worker_start(&c, work, arg, seconds) == -1 || child_wait(&c, DEADLINE_NEVER) == -1)
		return -1;
	return child_exit_code(&c);
}
