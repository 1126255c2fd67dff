/* SPDX-License-Identifier: ISC */
/*
 * What is not in the table cannot fail, or not with an error of the list (getuid, exit_group,
 * rt_sigaction), or libc takes any other error than the documented one as a reason to abort
 * (futex, arch_prctl).
 */
#include "tests/crash/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

const int calls_errors[CALLS_ERRORS] = { EIO, ENOSPC, EDQUOT, EINTR, EMFILE, ENOMEM };

enum { IO = 1, SPC = 2, QUOT = 4, INTR = 8, MFILE = 16, MEM = 32, FULL = SPC | QUOT };

static const struct {
	const char *name;
	unsigned errors;
} table[] = {
	/* data */
	{ "read", IO | INTR | MEM },
	{ "pread64", IO | INTR | MEM },
	{ "readv", IO | INTR | MEM },
	{ "recvfrom", INTR | MEM },
	{ "recvmsg", INTR | MEM | MFILE },
	{ "write", IO | FULL | INTR | MEM },
	{ "pwrite64", IO | FULL | INTR | MEM },
	{ "writev", IO | FULL | INTR | MEM },
	{ "sendto", INTR | MEM },
	{ "sendmsg", INTR | MEM },
	{ "ftruncate", IO | FULL | INTR | MEM },
	{ "fallocate", IO | FULL | INTR | MEM },
	{ "fsync", IO | FULL | INTR | MEM },
	{ "fdatasync", IO | FULL | INTR | MEM },
	{ "getdents64", IO | MEM },
	{ "getrandom", INTR },
	/* names */
	{ "openat", IO | FULL | INTR | MFILE | MEM },
	{ "open", IO | FULL | INTR | MFILE | MEM },
	{ "mkdir", IO | FULL | MEM },
	{ "mkdirat", IO | FULL | MEM },
	{ "rename", IO | FULL | MEM },
	{ "renameat", IO | FULL | MEM },
	{ "renameat2", IO | FULL | MEM },
	{ "unlink", IO | FULL | MEM },
	{ "unlinkat", IO | FULL | MEM },
	{ "link", IO | FULL | MEM },
	{ "linkat", IO | FULL | MEM },
	{ "rmdir", IO | FULL | MEM },
	{ "chmod", IO | FULL | MEM },
	{ "fchmod", IO | FULL | MEM },
	{ "fchmodat", IO | FULL | MEM },
	{ "utimensat", IO | FULL | MEM },
	{ "stat", IO | MEM },
	{ "lstat", IO | MEM },
	{ "fstat", IO | MEM },
	{ "newfstatat", IO | MEM },
	{ "statx", IO | MEM },
	{ "statfs", IO | INTR | MEM },
	{ "fstatfs", IO | INTR | MEM },
	{ "access", IO | MEM },
	{ "faccessat", IO | MEM },
	{ "faccessat2", IO | MEM },
	{ "readlink", IO | MEM },
	{ "readlinkat", IO | MEM },
	{ "chdir", IO | MEM },
	{ "execve", IO | MFILE | MEM },
	/* descriptors */
	{ "close", IO | FULL | INTR },
	{ "dup", MFILE | MEM },
	{ "dup2", INTR | MFILE | MEM },
	{ "dup3", INTR | MFILE | MEM },
	{ "fcntl", INTR | MFILE | MEM },
	{ "flock", INTR | MEM },
	{ "ioctl", IO | INTR | MEM },
	{ "pipe", MFILE | MEM },
	{ "pipe2", MFILE | MEM },
	{ "memfd_create", MFILE | MEM },
	{ "poll", INTR | MEM },
	{ "ppoll", INTR | MEM },
	{ "select", INTR | MEM },
	{ "pselect6", INTR | MEM },
	{ "socket", MFILE | MEM },
	{ "socketpair", MFILE | MEM },
	{ "connect", INTR | MEM },
	{ "bind", MEM },
	{ "listen", MEM },
	{ "accept", INTR | MFILE | MEM },
	{ "accept4", INTR | MFILE | MEM },
	{ "setsockopt", MEM },
	{ "getsockopt", MEM },
	/* memory and processes */
	{ "brk", MEM },
	{ "mmap", MEM },
	{ "mremap", MEM },
	{ "mprotect", MEM },
	{ "madvise", MEM },
	{ "clone", MEM },
	{ "clone3", MEM },
	{ "fork", MEM },
	{ "vfork", MEM },
	{ "wait4", INTR },
	{ "waitid", INTR },
	{ "clock_nanosleep", INTR },
	{ "prctl", MEM },
	{ "seccomp", MEM },
	{ "landlock_create_ruleset", MFILE | MEM },
	{ "landlock_add_rule", MEM },
	{ "landlock_restrict_self", MEM },
	{ "setgroups", MEM },
};

static unsigned bit(int error)
{
	switch (error) {
	case EIO: return IO;
	case ENOSPC: return SPC;
	case EDQUOT: return QUOT;
	case EINTR: return INTR;
	case EMFILE: return MFILE;
	case ENOMEM: return MEM;
	default: return 0;
	}
}

/* Opening takes space only where it makes a file. */
static unsigned without_space(const struct trace_call *c, unsigned errors)
{
	bool makes = (c->nr == SYS_openat && (c->arg[2] & O_CREAT));

#ifdef SYS_open
	makes |= c->nr == SYS_open && (c->arg[1] & O_CREAT);
	if (c->nr == SYS_open && !makes)
		return errors & ~(unsigned)FULL;
#endif
	return c->nr == SYS_openat && !makes ? errors & ~(unsigned)FULL : errors;
}

bool call_can_fail(const struct trace_call *c, int error)
{
	char name[64];

	call_name(c->nr, name, sizeof(name));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].name, name) == 0)
			return without_space(c, table[i].errors) & bit(error);
	}
	return false;
}

void call_name(long nr, char *out, size_t size)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)nr);

	if (name != NULL)
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "call %ld", nr);
	free(name);
}

const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name != NULL ? name : "?";
}
