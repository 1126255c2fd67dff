/* SPDX-License-Identifier: ISC */
#include "tests/powercut/jobs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_MAX 256 /* of a lane; a dozen are usual */

static const struct {
	const char *program;
	unsigned sides;
} owners[] = {
	{ "bijk-put", NODE },
	{ "bijk-login", NODE },
	{ "bijk-push", NODE },
	{ "bijk-keyreg", NODE },
	{ "bijk-pull", MASTER },
	{ "bijk-recv", MASTER },
	{ "bijk-keyrecv", MASTER },
	{ "bijk-master", MASTER },
	{ "listener", MASTER },
	{ "ssh", BOTH }, /* on its way to become one of those */
	{ "ssh-keygen", BOTH },
};

int64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void become_child(int out, int err)
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int start(struct jobs *j, pid_t *pid, bool service)
{
	if (j->n == JOBS_MAX) {
		errno = EAGAIN;
		return -1;
	}
	*pid = fork();
	if (*pid == -1)
		return -1;
	j->v[j->n] = (struct job){ .pid = *pid, .service = service };
	return (int)j->n++;
}

int jobs_start(struct jobs *j, const char *const *argv, int out, bool watched)
{
	pid_t pid;
	int number = start(j, &pid, false);

	if (number == -1 || pid != 0)
		return number;
	become_child(out != -1 ? out : j->log, j->log);
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (watched)
		trace_me();
	execv(argv[0], (char *const *)argv);
	fprintf(stderr, "running %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int jobs_start_service(struct jobs *j, const char *name, void (*run)(void *arg), void *arg)
{
	char own[16];
	pid_t pid;
	int number;

	/* From its first moment: the power may go before it gets to run. */
	prctl(PR_GET_NAME, own);
	prctl(PR_SET_NAME, name);
	number = start(j, &pid, true);
	if (number == -1 || pid != 0) {
		prctl(PR_SET_NAME, own);
		return number;
	}
	become_child(j->log, j->log);
	run(arg);
	_exit(1);
}

static void ended(struct jobs *j, pid_t pid, int status)
{
	for (size_t i = 0; i < j->n; i++) {
		if (j->v[i].pid == pid) {
			j->v[i].done = true;
			j->v[i].code =
			    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
	}
}

/* True when there was anything. */
static bool collect(struct jobs *j)
{
	bool any = false;
	pid_t pid;
	int status;

	while (!j->frozen && (pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
		any = true;
		if (!trace_event(&j->trace, pid, status) && !WIFSTOPPED(status))
			ended(j, pid, status);
		if (j->trace.held != 0)
			break;
	}
	return any;
}

void jobs_pump(struct jobs *j, int64_t until)
{
	struct timespec left;
	sigset_t child;
	int64_t us;

	if (collect(j))
		return;
	us = until - clock_us();
	if (us <= 0)
		return;
	left = (struct timespec){ us / 1000000, us % 1000000 * 1000 };
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigtimedwait(&child, NULL, &left);
	collect(j);
}

static bool jobs_done(const struct jobs *j)
{
	for (size_t i = 0; i < j->n; i++) {
		if (!j->v[i].done && !j->v[i].service)
			return false;
	}
	return true;
}

void jobs_clear(struct jobs *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++) {
		if (!j->v[i].done)
			j->v[n++] = j->v[i];
	}
	j->n = n;
}

/* --- Stopping and killing a machine --- */

struct process {
	pid_t pid;
	unsigned sides; /* 0: of no machine */
	char state;
};

/* "PID (PROGRAM) STATE …"; false for a zombie, which is no process any more, and for us. */
static bool look_at(pid_t pid, struct process *p)
{
	char path[64], text[512], *begin, *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd == -1 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd != -1)
		close(fd);
	if (n <= 0 || pid == getpid())
		return false;
	text[n] = '\0';
	begin = strchr(text, '(');
	end = strrchr(text, ')');
	if (begin == NULL || end == NULL || strlen(end) < 3 || end[2] == 'Z' || end[2] == 'X')
		return false;
	*p = (struct process){ .pid = pid, .state = end[2] };
	*end = '\0';
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		if (strcmp(owners[i].program, begin + 1) == 0)
			p->sides = owners[i].sides;
	}
	return true;
}

static size_t find_processes(struct process v[PROCESSES_MAX])
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	while (d != NULL && n < PROCESSES_MAX && (e = readdir(d)) != NULL) {
		if (isdigit((unsigned char)e->d_name[0]) && look_at(atoi(e->d_name), &v[n]))
			n++;
	}
	if (d != NULL)
		closedir(d);
	return n;
}

/* False when there was one. */
static bool kill_all(unsigned sides)
{
	struct process v[PROCESSES_MAX];
	size_t n = find_processes(v);
	bool none = true;

	for (size_t i = 0; i < n; i++) {
		if ((v[i].sides & sides) != 0) {
			kill(v[i].pid, SIGKILL);
			none = false;
		}
	}
	return none;
}

/* kill(2) with -1 misses none, even one that is just being made; one by one, some did slip through. */
void jobs_freeze(struct jobs *j)
{
	kill(-1, SIGSTOP);
	j->frozen = true;
}

bool jobs_kill(struct jobs *j, unsigned sides)
{
	bool gone = kill_all(sides);

	for (int tries = 0; tries < 1000 && !gone; tries++) {
		/* Who is watched needs us to die; and nothing is held any more, what was was just killed. */
		j->frozen = false;
		jobs_pump(j, clock_us() + 1000);
		j->trace.held = 0;
		gone = kill_all(sides);
	}
	j->frozen = false;
	kill(-1, SIGCONT);
	return gone;
}

static bool is_service(const struct jobs *j, pid_t pid)
{
	for (size_t i = 0; i < j->n; i++) {
		if (j->v[i].pid == pid && j->v[i].service)
			return true;
	}
	return false;
}

/*
 * A child that was being made in a freeze may stop behind it: Linux keeps a SIGSTOP for it, and forgets
 * the SIGCONT.
 */
bool jobs_quiet(const struct jobs *j)
{
	struct process v[PROCESSES_MAX];
	size_t n = find_processes(v);
	bool quiet = true;

	for (size_t i = 0; i < n; i++) {
		if (v[i].state == 'T')
			kill(v[i].pid, SIGCONT);
		if (!is_service(j, v[i].pid))
			quiet = false;
	}
	return quiet && jobs_done(j);
}
