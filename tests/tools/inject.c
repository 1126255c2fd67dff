/* SPDX-License-Identifier: ISC */
/*
 * inject PID DEED...: has a running process, which is waiting somewhere, make
 * system calls, as one would that was taken over: `read` and `write` a file
 * anywhere (or `read:PATH`, `write:PATH`, `remove:PATH`), `tcp` (to port 22 of
 * loopback), `exec`, `fork`. Prints what came of each, and ends the process.
 * x86-64 only: else the exit code is 77.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/banned.h"

#ifdef __x86_64__
static pid_t pid;
static struct user_regs_struct at_first;

static void give_up(const char *doing)
{
	fprintf(stderr, "inject: %s: %s\n", doing, strerror(errno));
	exit(70);
}

/* One call, made with the instruction that the process waits in. Ends with the
 * process. */
static long call(const char *deed, long nr, unsigned long a, unsigned long b, unsigned long c)
{
	struct user_regs_struct r = at_first;
	int status;

	r.rip -= 2;
	r.orig_rax = (unsigned long)-1;
	r.rax = (unsigned long)nr;
	r.rdi = a;
	r.rsi = b;
	r.rdx = c;
	r.r10 = 0;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &r) == -1 ||
	    ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1)
		give_up("making a call");
	if (waitpid(pid, &status, 0) == -1)
		give_up("waiting");
	if (WIFSIGNALED(status)) {
		printf("%s: killed by signal %d\n", deed, WTERMSIG(status));
		exit(0);
	}
	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) == -1)
		give_up("looking at the result");
	return (long)r.rax;
}

static void print(const char *deed, long rc)
{
	printf("%s: %s\n", deed, rc < 0 ? strerror((int)-rc) : "done");
}

/* Puts it below the process's stack. */
static unsigned long put(const void *data, size_t len)
{
	unsigned long at = (at_first.rsp - 4096) & ~15UL;
	struct iovec from = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
	struct iovec to = { .iov_base = (void *)(uintptr_t)at, .iov_len = len };

	if (process_vm_writev(pid, &from, 1, &to, 1, 0) != (ssize_t)len)
		give_up("writing into the process");
	return at;
}

static void open_file(const char *deed, const char *path, int flags)
{
	unsigned long at = put(path, strlen(path) + 1);

	print(deed, call(deed, SYS_openat, (unsigned long)AT_FDCWD, at, (unsigned long)flags));
}

static void tcp(const char *deed)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(22), .sin_addr = { htonl(INADDR_LOOPBACK) }
	};
	long fd = call(deed, SYS_socket, AF_INET, SOCK_STREAM, 0);

	if (fd >= 0)
		fd = call(deed, SYS_connect, (unsigned long)fd, put(&a, sizeof(a)), sizeof(a));
	print(deed, fd);
}

static void run(const char *deed)
{
	const char *path = strchr(deed, ':');

	if (strncmp(deed, "read:", 5) == 0)
		open_file(deed, path + 1, O_RDONLY);
	else if (strncmp(deed, "write:", 6) == 0)
		open_file(deed, path + 1, O_WRONLY | O_CREAT);
	else if (strncmp(deed, "remove:", 7) == 0)
		print(deed,
		    call(deed, SYS_unlinkat, (unsigned long)AT_FDCWD, put(path + 1, strlen(path)),
			0));
	else if (strcmp(deed, "read") == 0)
		open_file(deed, "/etc/passwd", O_RDONLY);
	else if (strcmp(deed, "write") == 0)
		open_file(deed, "/tmp/inject", O_WRONLY | O_CREAT);
	else if (strcmp(deed, "tcp") == 0)
		tcp(deed);
	else if (strcmp(deed, "fork") == 0)
		print(deed, call(deed, SYS_clone, SIGCHLD, 0, 0));
	else if (strcmp(deed, "exec") == 0)
		print(deed, call(deed, SYS_execve, put("/bin/true", 10), 0, 0));
	else
		fprintf(stderr, "inject: what is %s?\n", deed);
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 3)
		return 64;
	pid = (pid_t)strtol(argv[1], NULL, 10);
	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_EXITKILL) == -1 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == -1 || waitpid(pid, &status, 0) == -1 ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &at_first) == -1)
		give_up("stopping the process");
	errno = 0;
	if ((ptrace(PTRACE_PEEKTEXT, pid, at_first.rip - 2, NULL) & 0xffff) != 0x050f) {
		fprintf(stderr, "inject: the process does not wait in a system call\n");
		return 70;
	}
	for (int i = 2; i < argc; i++)
		run(argv[i]);
	return 0;
}
#else
int main(void)
{
	return 77;
}
#endif
