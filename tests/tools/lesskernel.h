/* SPDX-License-Identifier: ISC */
/*
 * Filters that answer system calls as a lesser kernel does. For x86-64 and
 * whatever has no other ABI.
 */
#ifndef TESTS_TOOLS_LESSKERNEL_H
#define TESTS_TOOLS_LESSKERNEL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/landlock.h"

#define LESSER_LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LESSER_LOW 0
#else
#define LESSER_LOW 4
#endif
#define LESSER_ARGUMENT(n)                                                                         \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                                         \
	    offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t) + LESSER_LOW)
#define LESSER_IF(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define LESSER_RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

/* All calls but this one pass; flags as of seccomp(2). Returns as that. */
static inline int lesser_one(long call, unsigned action, unsigned flags)
{
	struct sock_filter code[] = { LESSER_LOAD(nr), LESSER_IF((unsigned)call, 1),
		LESSER_RETURN(action), LESSER_RETURN(SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* Landlock is answered by this errno. 0; -1: errno. */
static inline int lesser_landlock(int error)
{
	static const long calls[] = { NR_LANDLOCK_CREATE_RULESET, NR_LANDLOCK_ADD_RULE,
		NR_LANDLOCK_RESTRICT_SELF };

	for (int i = 0; i < 3; i++) {
		if (lesser_one(calls[i], SECCOMP_RET_ERRNO | (unsigned)error, 0) == -1)
			return -1;
	}
	return 0;
}

/*
 * prctl(PR_SET_SECCOMP) is answered by this errno, and seccomp(2) by ENOSYS. 0;
 * -1: errno.
 */
static inline int lesser_filters(int error)
{
	struct sock_filter code[] = { LESSER_LOAD(nr), LESSER_IF(SYS_seccomp, 1),
		LESSER_RETURN(SECCOMP_RET_ERRNO | ENOSYS), LESSER_IF(SYS_prctl, 3),
		LESSER_ARGUMENT(0), LESSER_IF(PR_SET_SECCOMP, 1),
		LESSER_RETURN(SECCOMP_RET_ERRNO | (unsigned)error),
		LESSER_RETURN(SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

#endif
