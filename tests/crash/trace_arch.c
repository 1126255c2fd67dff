/* SPDX-License-Identifier: ISC */
#include "tests/crash/trace_arch.h"

#include <elf.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined(__x86_64__)

static int poke(pid_t tid, size_t at, long value)
{
	return ptrace(PTRACE_POKEUSER, tid, (void *)at, (void *)value) == -1 ? -1 : 0;
}

int arch_set_call(pid_t tid, long nr)
{
	return poke(tid, offsetof(struct user_regs_struct, orig_rax), nr);
}

int arch_set_argument(pid_t tid, long value)
{
	return poke(tid, offsetof(struct user_regs_struct, rdi), value);
}

int arch_set_result(pid_t tid, long value)
{
	return poke(tid, offsetof(struct user_regs_struct, rax), value);
}

#elif defined(__aarch64__)

int arch_set_call(pid_t tid, long nr)
{
	int call = (int)nr;
	struct iovec v = { &call, sizeof(call) };

	return ptrace(PTRACE_SETREGSET, tid, (void *)NT_ARM_SYSTEM_CALL, &v) == -1 ? -1 : 0;
}

/* The first argument and the result are the same register. */
int arch_set_argument(pid_t tid, long value)
{
	struct user_regs_struct r;
	struct iovec v = { &r, sizeof(r) };

	if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &v) == -1)
		return -1;
	r.regs[0] = (unsigned long long)value;
	return ptrace(PTRACE_SETREGSET, tid, (void *)NT_PRSTATUS, &v) == -1 ? -1 : 0;
}

int arch_set_result(pid_t tid, long value)
{
	return arch_set_argument(tid, value);
}

#else
#error "tests/crash knows x86-64 and aarch64"
#endif
