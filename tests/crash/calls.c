/* SPDX-License-Identifier: ISC */
/*
 * What is not in the table cannot fail, or not with an error of the list
 * (getuid, exit_group, rt_sigaction), or libc takes any other error than the
 * documented one as a reason to abort (futex, arch_prctl).
 */
#include "tests/crash/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

const int calls_errors[CALLS_ERRORS] = { EIO, ENOSPC, EDQUOT, EINTR, EMFILE, ENOMEM };

enum { IO = 1, SPC = 2, QUOT = 4, INTR = 8, MFILE = 16, MEM = 32, FULL = SPC | QUOT };

#define CALL(name, errors)                                                                         \
	{                                                                                          \
		SYS_##name, #name, errors                                                          \
	}

static const struct {
	long nr;
	const char *name;
	unsigned errors;
} table[] = {
	/* data */
	CALL(read, IO | INTR | MEM),
	CALL(pread64, IO | INTR | MEM),
	CALL(readv, IO | INTR | MEM),
	CALL(recvfrom, INTR | MEM),
	CALL(recvmsg, INTR | MEM | MFILE),
	CALL(write, IO | FULL | INTR | MEM),
	CALL(pwrite64, IO | FULL | INTR | MEM),
	CALL(writev, IO | FULL | INTR | MEM),
	CALL(sendto, INTR | MEM),
	CALL(sendmsg, INTR | MEM),
	CALL(ftruncate, IO | FULL | INTR | MEM),
	CALL(fallocate, IO | FULL | INTR | MEM),
	CALL(fsync, IO | FULL | INTR | MEM),
	CALL(fdatasync, IO | FULL | INTR | MEM),
	CALL(getdents64, IO | MEM),
	CALL(getrandom, INTR),
	/* names */
	CALL(openat, IO | FULL | INTR | MFILE | MEM),
	CALL(mkdirat, IO | FULL | MEM),
	CALL(renameat2, IO | FULL | MEM),
	CALL(unlinkat, IO | FULL | MEM),
	CALL(linkat, IO | FULL | MEM),
	CALL(fchmod, IO | FULL | MEM),
	CALL(fchmodat, IO | FULL | MEM),
	CALL(utimensat, IO | FULL | MEM),
	CALL(fstat, IO | MEM),
	CALL(statx, IO | MEM),
	CALL(statfs, IO | INTR | MEM),
	CALL(fstatfs, IO | INTR | MEM),
	CALL(faccessat, IO | MEM),
	CALL(faccessat2, IO | MEM),
	CALL(readlinkat, IO | MEM),
	CALL(chdir, IO | MEM),
	CALL(execve, IO | MFILE | MEM),
	/* descriptors */
	CALL(close, IO | FULL | INTR),
	CALL(dup, MFILE | MEM),
	CALL(dup3, INTR | MFILE | MEM),
	CALL(fcntl, INTR | MFILE | MEM),
	CALL(flock, INTR | MEM),
	CALL(ioctl, IO | INTR | MEM),
	CALL(pipe2, MFILE | MEM),
	CALL(memfd_create, MFILE | MEM),
	CALL(ppoll, INTR | MEM),
	CALL(pselect6, INTR | MEM),
	CALL(socket, MFILE | MEM),
	CALL(socketpair, MFILE | MEM),
	CALL(connect, INTR | MEM),
	CALL(bind, MEM),
	CALL(listen, MEM),
	CALL(accept, INTR | MFILE | MEM),
	CALL(accept4, INTR | MFILE | MEM),
	CALL(setsockopt, MEM),
	CALL(getsockopt, MEM),
	/* memory and processes */
	CALL(brk, MEM),
	CALL(mmap, MEM),
	CALL(mremap, MEM),
	CALL(mprotect, MEM),
	CALL(madvise, MEM),
	CALL(clone, MEM),
	CALL(clone3, MEM),
	CALL(wait4, INTR),
	CALL(waitid, INTR),
	CALL(clock_nanosleep, INTR),
	CALL(prctl, MEM),
	CALL(seccomp, MEM),
	CALL(landlock_create_ruleset, MFILE | MEM),
	CALL(landlock_add_rule, MEM),
	CALL(landlock_restrict_self, MEM),
	CALL(setgroups, MEM),
#ifdef SYS_open /* not on newer architectures */
	CALL(open, IO | FULL | INTR | MFILE | MEM),
	CALL(mkdir, IO | FULL | MEM),
	CALL(rename, IO | FULL | MEM),
	CALL(renameat, IO | FULL | MEM),
	CALL(unlink, IO | FULL | MEM),
	CALL(link, IO | FULL | MEM),
	CALL(rmdir, IO | FULL | MEM),
	CALL(chmod, IO | FULL | MEM),
	CALL(stat, IO | MEM),
	CALL(lstat, IO | MEM),
	CALL(newfstatat, IO | MEM),
	CALL(access, IO | MEM),
	CALL(readlink, IO | MEM),
	CALL(dup2, INTR | MFILE | MEM),
	CALL(pipe, MFILE | MEM),
	CALL(poll, INTR | MEM),
	CALL(select, INTR | MEM),
	CALL(fork, MEM),
	CALL(vfork, MEM),
#endif
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
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].nr == c->nr)
			return without_space(c, table[i].errors) & bit(error);
	}
	return false;
}

bool call_is_noticed(const struct trace_call *c)
{
	switch (c->nr) {
	case SYS_read:
	case SYS_pread64:
	case SYS_getdents64:
	case SYS_fstat:
	case SYS_statx:
	case SYS_statfs:
	case SYS_fstatfs:
	case SYS_faccessat:
	case SYS_faccessat2:
	case SYS_readlinkat:
	case SYS_lseek:
	case SYS_getrandom:
	case SYS_ppoll:
	case SYS_pselect6:
	case SYS_mmap:
	case SYS_munmap:
	case SYS_mprotect:
	case SYS_mremap:
	case SYS_madvise:
	case SYS_brk:
	case SYS_rt_sigaction:
	case SYS_rt_sigprocmask:
	case SYS_prlimit64:
	case SYS_set_tid_address:
	case SYS_set_robust_list:
	case SYS_rseq:
	case SYS_futex: return false;
	case SYS_openat: return c->arg[2] & (O_CREAT | O_TRUNC);
#ifdef SYS_open
	case SYS_open: return c->arg[1] & (O_CREAT | O_TRUNC);
	case SYS_newfstatat:
	case SYS_stat:
	case SYS_lstat:
	case SYS_access:
	case SYS_readlink:
	case SYS_poll:
	case SYS_select:
	case SYS_arch_prctl: return false;
#endif
	default: return true;
	}
}

void call_name(long nr, char *out, size_t size)
{
	snprintf(out, size, "call %ld", nr);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].nr == nr)
			snprintf(out, size, "%s", table[i].name);
	}
}

const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name != NULL ? name : "?";
}
