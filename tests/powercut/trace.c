/* SPDX-License-Identifier: ISC */
#include "tests/powercut/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80)
#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
	    PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/* As linux/ptrace.h has it; that header and sys/ptrace.h cannot be included together everywhere. */
#define GET_SYSCALL_INFO 0x420e
struct syscall_info {
	uint8_t op, pad[3];
	uint32_t arch;
	uint64_t instruction, stack;
	uint64_t number, args[6];
	uint64_t more;
};

enum names { BY_FD, BY_NAME, BY_NAME_AT };

static const struct watched {
	long number;
	enum names names;
	int at; /* which argument: the descriptor, or the name, or the directory before the name */
	bool changes, syncs;
} calls[] = {
	{ SYS_write, BY_FD, 0, true, false },
	{ SYS_pwrite64, BY_FD, 0, true, false },
	{ SYS_ftruncate, BY_FD, 0, true, false },
	{ SYS_fdatasync, BY_FD, 0, true, true },
	{ SYS_fsync, BY_FD, 0, true, true },
	{ SYS_close, BY_FD, 0, false, false },
	{ SYS_openat, BY_NAME_AT, 0, true, false }, /* with O_CREAT */
	{ SYS_mkdirat, BY_NAME_AT, 0, true, false },
	{ SYS_unlinkat, BY_NAME_AT, 0, true, false },
	{ SYS_renameat, BY_NAME_AT, 2, true, false },
	{ SYS_renameat2, BY_NAME_AT, 2, true, false },
#ifdef SYS_rename
	{ SYS_mkdir, BY_NAME, 0, true, false },
	{ SYS_unlink, BY_NAME, 0, true, false },
	{ SYS_rmdir, BY_NAME, 0, true, false },
	{ SYS_rename, BY_NAME, 1, true, false },
#endif
};

static const struct watched *watched(long number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].number == number)
			return &calls[i];
	}
	return NULL;
}

bool call_changes(const struct call *c)
{
	const struct watched *w = watched(c->number);

	return w != NULL && w->changes;
}

bool call_syncs(const struct call *c)
{
	const struct watched *w = watched(c->number);

	return w != NULL && w->syncs;
}

void trace_me(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
}

/* --- What a call is about --- */

static void read_program(struct tracee *p)
{
	char path[64];
	int fd;
	ssize_t n = -1;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)p->thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, p->program, sizeof(p->program) - 1);
		close(fd);
	}
	p->program[n > 0 ? n - 1 : 0] = '\0'; /* without the line end */
}

static void read_fd(const struct tracee *p, int fd, char *out, size_t size)
{
	char path[64];
	ssize_t n;

	if (fd == AT_FDCWD)
		snprintf(path, sizeof(path), "/proc/%d/cwd", (int)p->thread);
	else
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)p->thread, fd);
	n = readlink(path, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
}

/* Up to the end of its page, where there may be no next one. */
static void read_name(const struct tracee *p, uint64_t at, char *out, size_t size)
{
	size_t page = 4096 - at % 4096;
	struct iovec to = { out, page < size - 1 ? page : size - 1 };
	struct iovec from = { (void *)(uintptr_t)at, to.iov_len };
	ssize_t n = process_vm_readv(p->thread, &to, 1, &from, 1, 0);

	out[n > 0 ? n : 0] = '\0';
}

static void read_path(struct tracee *p, const struct watched *w, const uint64_t args[6])
{
	char name[256], dir[256];

	if (w->names == BY_FD) {
		read_fd(p, (int)args[w->at], p->path, sizeof(p->path));
		return;
	}
	read_name(p, args[w->names == BY_NAME ? w->at : w->at + 1], name, sizeof(name));
	if (name[0] == '/') {
		snprintf(p->path, sizeof(p->path), "%s", name);
		return;
	}
	read_fd(p, w->names == BY_NAME ? AT_FDCWD : (int)args[w->at], dir, sizeof(dir));
	snprintf(p->path, sizeof(p->path), "%s/%s", dir, name);
}

/* --- Stops --- */

static struct tracee *tracee_of(struct trace *t, pid_t thread)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].thread == thread)
			return &t->v[i];
	}
	return NULL;
}

static void forget(struct trace *t, struct tracee *p)
{
	if (t->held == p->thread)
		t->held = 0;
	*p = t->v[--t->n];
}

static void go_on(const struct trace *t, pid_t thread, int signal)
{
	ptrace(t->watch != NULL ? PTRACE_SYSCALL : PTRACE_CONT, thread, NULL,
	    (void *)(uintptr_t)(unsigned)signal);
}

static void at_call(struct trace *t, struct tracee *p)
{
	struct syscall_info info = { 0 };
	enum verdict v = CALL_GO;

	if (ptrace(GET_SYSCALL_INFO, p->thread, (void *)sizeof(info), &info) == -1) {
		go_on(t, p->thread, 0);
		return;
	}
	p->in_call = info.op == 1;
	if (p->in_call) {
		const struct watched *w = watched((long)info.number);

		p->number = (long)info.number;
		p->looked_at =
		    w != NULL && (p->number != SYS_openat || (info.args[2] & O_CREAT) != 0);
		if (p->looked_at)
			read_path(p, w, info.args);
	}
	if (p->looked_at && t->watch != NULL) {
		const struct call c = { p->thread, p->program, p->number, p->in_call, p->path };

		v = t->watch(t->arg, &c);
	}
	if (v == CALL_KILL)
		kill(p->thread, SIGKILL);
	else if (v == CALL_HOLD)
		t->held = p->thread;
	else
		go_on(t, p->thread, 0);
}

bool trace_event(struct trace *t, pid_t thread, int status)
{
	struct tracee *p = tracee_of(t, thread);

	if (!WIFSTOPPED(status)) {
		if (p != NULL)
			forget(t, p);
		return false;
	}
	if (p == NULL) {
		if (t->n == TRACEES_MAX) {
			kill(thread, SIGKILL);
			return true;
		}
		/* Its first stop: one that asked for it, or that a watched process started. */
		p = &t->v[t->n++];
		*p = (struct tracee){ .thread = thread };
		read_program(p);
		ptrace(PTRACE_SETOPTIONS, thread, NULL, (void *)OPTIONS);
		go_on(t, thread, 0);
		return true;
	}
	if (WSTOPSIG(status) == SYSCALL_STOP) {
		at_call(t, p);
		return true;
	}
	if (status >> 16 != 0) {
		read_program(p);
		go_on(t, thread, 0);
		return true;
	}
	/* A SIGSTOP is that of a freeze, which is over when we come to see it. */
	go_on(t, thread, WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status));
	return true;
}

void trace_release(struct trace *t, pid_t thread)
{
	if (t->held == thread)
		t->held = 0;
	if (tracee_of(t, thread) != NULL)
		go_on(t, thread, 0);
}
