/* SPDX-License-Identifier: ISC */
#include "tests/crash/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/io.h"
#include "tests/crash/calls.h"
#include "tests/crash/durable.h"
#include "tests/crash/trace_arch.h"

#define TASKS 64
#define TICK_MS 100
#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
	    PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

struct task {
	pid_t tid, tgid; /* tid 0: free */
	bool counts;
	bool failing;	/* its result is put in place at the exit */
	uint64_t first; /* argument of the call that fails */
	uint64_t durable;
	char program[TRACE_NAME];
};

struct tracer {
	const struct trace_plan *plan;
	struct trace_result *result;
	trace_each *each;
	void *arg;
	struct task tasks[TASKS];
	pid_t main;
	bool killing;  /* whoever still appears is killed too */
	pid_t failing; /* TRACE_FAIL_ON: the process that was hit */
	unsigned failed;
	deadline_t end;
};

/* --- Tasks --- */

static struct task *find(struct tracer *t, pid_t tid)
{
	for (size_t i = 0; i < TASKS; i++) {
		if (t->tasks[i].tid == tid)
			return &t->tasks[i];
	}
	return NULL;
}

static void read_proc(pid_t tid, const char *name, char *out, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd == -1 ? 0 : read_full(fd, out, size - 1);
	close_fd(fd);
	out[n > 0 ? n : 0] = '\0';
}

/* What it runs may have changed. */
static void look(const struct tracer *t, struct task *k)
{
	char text[64], *lf;

	read_proc(k->tid, "comm", text, sizeof(text));
	lf = strchr(text, '\n');
	if (lf != NULL)
		*lf = '\0';
	snprintf(k->program, sizeof(k->program), "%.*s", TRACE_NAME - 1, text);
	k->counts = t->plan->victim == NULL || strcmp(k->program, t->plan->victim) == 0;
}

static struct task *add(struct tracer *t, pid_t tid)
{
	struct task *k = find(t, 0);
	char text[1024];
	const char *line;

	if (k == NULL)
		return NULL;
	*k = (struct task){ .tid = tid, .tgid = tid };
	read_proc(tid, "status", text, sizeof(text));
	line = strstr(text, "\nTgid:");
	if (line != NULL)
		k->tgid = atoi(line + 6);
	look(t, k);
	return k;
}

static void kill_all(struct tracer *t)
{
	t->killing = true;
	for (size_t i = 0; i < TASKS; i++) {
		if (t->tasks[i].tid != 0)
			kill(t->tasks[i].tgid, SIGKILL);
	}
}

/* --- Calls --- */

static void fail_call(struct tracer *t, struct task *k, const struct trace_call *c)
{
	const struct trace_plan *p = t->plan;

	k->failing = true;
	k->first = c->arg[0];
	t->failed++;
	if (c->nr == SYS_brk)
		arch_set_argument(k->tid, 0); /* it fails by not moving */
	else if (c->nr != SYS_close)
		arch_set_call(k->tid, SYS_getpid);
	if (p->act == TRACE_FAIL_ON)
		t->failing = k->tgid;
}

static void hit(struct tracer *t, struct task *k, const struct trace_call *c)
{
	t->result->hit = true;
	t->result->call = *c;
	switch (t->plan->act) {
	case TRACE_COUNT: break;
	case TRACE_KILL_ALL: kill_all(t); break;
	case TRACE_KILL_ONE: kill(k->tgid, SIGKILL); break;
	case TRACE_FAIL:
	case TRACE_FAIL_ON: fail_call(t, k, c); break;
	}
}

static bool fails_on(const struct tracer *t, const struct task *k, long nr)
{
	return t->failing == k->tgid && nr == t->result->call.nr &&
	    (t->plan->error != EINTR || t->failed < TRACE_STORM);
}

/* Threads do not make their calls in the same order each time: the next that
 * can fail so will do. */
static bool is_the_one(const struct tracer *t, const struct trace_call *c)
{
	const struct trace_plan *p = t->plan;

	if (p->act != TRACE_FAIL && p->act != TRACE_FAIL_ON)
		return t->result->calls == p->at;
	return !t->result->hit && p->at != 0 && t->result->calls >= p->at &&
	    call_can_fail(c, p->error);
}

static void at_entry(struct tracer *t, struct task *k, const struct __ptrace_syscall_info *i)
{
	struct trace_call c = { .nr = (long)i->entry.nr };

	for (size_t n = 0; n < 6; n++)
		c.arg[n] = i->entry.args[n];
	memcpy(c.program, k->program, sizeof(c.program));
	if (!k->counts || (t->plan->noticed && !call_is_noticed(&c))) {
		durable_note(k->tid, &c, &k->durable);
		return;
	}
	t->result->calls++;
	if (t->each != NULL)
		t->each(t->result->calls, &c, t->arg);
	if (is_the_one(t, &c))
		hit(t, k, &c);
	else if (fails_on(t, k, c.nr))
		fail_call(t, k, &c);
	if (!t->killing && !k->failing)
		durable_note(k->tid, &c, &k->durable);
}

static void at_call(struct tracer *t, struct task *k)
{
	struct __ptrace_syscall_info i;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, k->tid, (void *)sizeof(i), &i) <= 0)
		return;
	if (i.op == PTRACE_SYSCALL_INFO_ENTRY) {
		at_entry(t, k, &i);
	} else if (i.op == PTRACE_SYSCALL_INFO_EXIT && k->failing) {
		k->failing = false;
		if (t->result->call.nr == SYS_brk)
			arch_set_argument(k->tid, (long)k->first);
		else
			arch_set_result(k->tid, -t->plan->error);
	}
}

/* --- Stops and ends --- */

static bool is_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGABRT || sig == SIGBUS || sig == SIGFPE ||
	    sig == SIGILL || sig == SIGSYS || sig == SIGTRAP;
}

static void ended(struct tracer *t, pid_t pid, int status, const struct rusage *ru)
{
	struct task *k = find(t, pid);

	if (pid == t->main && t->result->code == -2) {
		t->result->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (t->killing)
			t->result->code = -1;
	}
	if (k == NULL)
		return;
	if (WIFSIGNALED(status) && is_fault(WTERMSIG(status))) {
		t->result->signal = WTERMSIG(status);
		memcpy(t->result->program, k->program, sizeof(k->program));
	}
	if (k->tid == k->tgid)
		t->result->cpu += (double)(ru->ru_utime.tv_sec + ru->ru_stime.tv_sec) +
		    (double)(ru->ru_utime.tv_usec + ru->ru_stime.tv_usec) / 1e6;
	/* Tasks that only differ in their order are the same work. */
	if (k->durable != 0)
		t->result->durable += k->durable * 0x9e3779b97f4a7c15;
	k->tid = 0;
}

/* The signal to resume it with; -1: it was resumed. */
static int signal_of(struct tracer *t, struct task *k, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (sig == (SIGTRAP | 0x80)) {
		at_call(t, k);
		return 0;
	}
	if (event == PTRACE_EVENT_EXEC)
		look(t, k);
	if (event != PTRACE_EVENT_STOP)
		return event != 0 ? 0 : sig;
	if (sig != SIGSTOP && sig != SIGTSTP && sig != SIGTTIN && sig != SIGTTOU)
		return 0;
	ptrace(PTRACE_LISTEN, k->tid, NULL, NULL);
	return -1;
}

static int stopped(struct tracer *t, pid_t tid, int status)
{
	struct task *k = find(t, tid);
	int sig;

	if (k == NULL)
		k = add(t, tid);
	if (k == NULL) {
		kill(tid, SIGKILL);
		kill_all(t);
		errno = EAGAIN;
		return -1;
	}
	sig = signal_of(t, k, status);
	if (t->killing)
		kill(k->tgid, SIGKILL);
	if (sig != -1)
		ptrace(k->counts && (t->each != NULL || t->plan->at != 0) ? PTRACE_SYSCALL
									  : PTRACE_CONT,
		    tid, NULL, (void *)(long)sig);
	return 0;
}

static int follow(struct tracer *t)
{
	int rc = 0;

	for (;;) {
		struct rusage ru;
		int status;
		pid_t pid = wait4(-1, &status, __WALL, &ru);

		if (pid == -1 && errno == ECHILD)
			return rc;
		if (pid == -1 && deadline_passed(t->end) && !t->result->timed_out) {
			t->result->timed_out = true;
			kill_all(t);
		}
		if (pid == -1)
			continue;
		if (!WIFSTOPPED(status))
			ended(t, pid, status, &ru);
		else if (stopped(t, pid, status) == -1)
			rc = -1;
	}
}

/* --- The start --- */

static void on_tick(int sig)
{
	(void)sig;
}

/* So that waiting is interrupted now and then. */
static void tick(int ms)
{
	struct sigaction a = { .sa_handler = on_tick };
	struct itimerval v = { .it_interval = { 0, ms * 1000 }, .it_value = { 0, ms * 1000 } };

	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &v, NULL);
}

_Noreturn static void child(char *const *argv, const struct trace_io *io, int go)
{
	const int fds[] = { io->in, io->out, io->err, io->listen };
	char c;

	/* First out of the way of each other. */
	int high[4];

	for (int i = 0; i < 4; i++) {
		int from = fds[i] != -1 || i == 3 ? fds[i] : open("/dev/null", O_RDWR | O_CLOEXEC);
		high[i] = from == -1 ? -1 : fcntl(from, F_DUPFD_CLOEXEC, 10);
	}
	go = fcntl(go, F_DUPFD_CLOEXEC, 10);
	close_range(3, 9, 0);
	for (int i = 0; i < 4; i++) {
		if (high[i] != -1 && dup2(high[i], i) == -1)
			_exit(127);
	}
	if (read(go, &c, 1) != 1)
		_exit(127);
	execve(argv[0], argv, io->env);
	_exit(127);
}

int trace_run(char *const *argv, const struct trace_io *io, const struct trace_plan *p,
    trace_each *each, void *arg, struct trace_result *r)
{
	struct tracer t = { .plan = p, .result = r, .each = each, .arg = arg };
	int go[2], rc = -1;

	*r = (struct trace_result){ .code = -2 };
	t.end = deadline_in_ms(p->ms != 0 ? p->ms : 60000);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pipe2(go, O_CLOEXEC) == -1)
		return -1;
	t.main = fork();
	if (t.main == 0)
		child(argv, io, go[0]);
	close(go[0]);
	if (t.main != -1 && ptrace(PTRACE_SEIZE, t.main, NULL, (void *)(long)OPTIONS) == 0 &&
	    write(go[1], "", 1) == 1) {
		/* Until it executes the program it is us. */
		t.tasks[0] = (struct task){ .tid = t.main, .tgid = t.main };
		tick(TICK_MS);
		rc = follow(&t);
		tick(0);
	}
	close(go[1]);
	return rc;
}
