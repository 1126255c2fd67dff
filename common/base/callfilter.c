/* SPDX-License-Identifier: ISC */
/*
 * Which call a function of libc makes differs between libcs, their versions and
 * architectures. So the numbers come from the kernel's headers, and a call that
 * this architecture lacks is replaced by the one that libc makes instead, or
 * left out.
 *
 * A filter is a list of comparisons with the call's number, which jump to one
 * of the returns at its end. A call whose arguments matter has a rule:
 * instructions that are skipped for other calls, and that always jump to a
 * return.
 */
#include "common/base/sandbox.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "common/base/landlock.h"

#include "common/base/banned.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ARCH AUDIT_ARCH_S390X
#elif defined(__loongarch64)
#define ARCH AUDIT_ARCH_LOONGARCH64
#else
#error "Add the AUDIT_ARCH_ of this architecture (linux/audit.h)."
#endif

/* What takes the place of calls that some architectures lack. */
#ifndef __NR_poll
#define __NR_poll __NR_ppoll
#endif
#ifndef __NR_renameat
#define __NR_renameat __NR_renameat2
#endif
#ifndef __NR_newfstatat
#define __NR_newfstatat __NR_statx
#endif
#ifndef __NR_fcntl64
#define __NR_fcntl64 __NR_fcntl
#endif
#ifndef __NR_ftruncate64
#define __NR_ftruncate64 __NR_ftruncate
#endif
#ifndef __NR_mmap2
#define __NR_mmap2 __NR_mmap
#endif

/* What the headers of an old system may lack; the same on all architectures. */
#ifndef __NR_clone3
#define __NR_clone3 435
#endif
#ifndef __NR_faccessat2
#define __NR_faccessat2 439
#endif

static const uint32_t always[] = {
	/* descriptors; fcntl, sendto and mmap have rules */
	__NR_read,
	__NR_write,
	__NR_poll,
	__NR_close,
	__NR_shutdown,
	/* memory, time, the end */
	__NR_munmap,
	__NR_mremap,
	__NR_brk,
	__NR_clock_gettime,
	__NR_getrandom,
	__NR_getpid,
	__NR_exit_group,
	/* by the kernel, for a poll that was interrupted by a stop */
	__NR_restart_syscall,
/* why there is no space: why.c looks wherever that is said */
#ifdef __NR_fstatfs64
	__NR_fstatfs64,
#else
	__NR_fstatfs,
#endif
#ifdef __NR_clock_gettime64
	__NR_clock_gettime64,
	__NR_ppoll_time64,
#endif
#ifdef __NR_send
	__NR_send,
#endif
#ifndef __GLIBC__
	__NR_writev,
#ifdef __NR_open
	__NR_open,
#endif
#endif
};

static const uint32_t for_files[] = {
	__NR_openat, __NR_newfstatat, __NR_fstat, __NR_getdents64, __NR_flock, __NR_fsync,
	__NR_renameat, __NR_unlinkat, __NR_mkdirat, __NR_fchmod, __NR_pread64, __NR_pwrite64,
#ifdef __NR_fstat64
	__NR_fstat64, __NR_fstatat64
#endif
};

static const uint32_t for_log[] = { __NR_ftruncate64, __NR_fdatasync };

static const uint32_t for_threads[] = { __NR_futex, __NR_madvise, __NR_rt_sigaction,
	__NR_rt_sigprocmask, __NR_set_robust_list, __NR_rseq, __NR_exit,
#ifdef __NR_futex_time64
	__NR_futex_time64
#endif
};

static const uint32_t for_narrow[] = { NR_LANDLOCK_CREATE_RULESET, NR_LANDLOCK_ADD_RULE,
	NR_LANDLOCK_RESTRICT_SELF };

/* Whoever keeps an archive ends in order when its time is over: by a signal. */
static const uint32_t for_archive[] = { __NR_rt_sigreturn,
#ifdef __NR_sigreturn
	__NR_sigreturn
#endif
};

static const uint32_t for_group[] = { __NR_wait4 };

static const uint32_t for_tcp[] = { __NR_connect, __NR_getsockopt, __NR_setsockopt };

/*
 * libc may try these by itself, and can do without: to see how large a sort may
 * be, to ask what a descriptor is, …
 */
static const uint32_t refused[] = { __NR_sysinfo, __NR_sched_getaffinity, __NR_prlimit64,
	__NR_lseek, __NR_ioctl, __NR_faccessat, __NR_faccessat2, __NR_gettid, __NR_gettimeofday,
#ifdef __NR_access
	__NR_access,
#endif
#ifdef __NR_time
	__NR_time,
#endif
#ifdef __NR__llseek
	__NR__llseek,
#endif
#ifdef __NR_fstatfs64
	__NR_fstatfs
#endif
};
/* …to give memory back, where there are no threads, … */
static const uint32_t refused_alone[] = { __NR_madvise, __NR_futex,
#ifdef __NR_futex_time64
	__NR_futex_time64,
#endif
#ifdef __GLIBC__
	__NR_mprotect
#endif
};
/* …and to find a syslog that was restarted. */
static const uint32_t refused_offline[] = { __NR_socket, __NR_connect };

/* libc takes clone instead: what clone3 is asked for cannot be seen. */
static const uint32_t missing[] = { __NR_clone3 };

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* Jump targets; other ones count instructions to skip. */
enum { TO_KILL = 252, TO_ALLOW, TO_REFUSE, TO_MISSING };

static const uint32_t returns[] = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW,
	SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | ENOSYS };

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), yes, no)
#define IF_BITS(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, yes, no)

/* The halves of an argument. The kernel ignores the upper one of an int. */
#define HALF(n, upper)                                                                             \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                                         \
	    offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t) + (upper))
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW(n) HALF(n, 0)
#define HIGH(n) HALF(n, 4)
#else
#define LOW(n) HALF(n, 4)
#define HIGH(n) HALF(n, 0)
#endif

/*
 * The first load is for nothing. Since 5.11 the kernel runs a new filter once
 * for each call that there is, to remember those that are always allowed
 * (kernel/seccomp.c, seccomp_cache_prepare), unless it begins with a load that
 * this cannot follow. It takes 55 us of a start; running the filter takes 10 ns
 * for each call, and most of our processes make some hundred.
 *
 * Calls of x32 have the same architecture; their numbers are on no list.
 */
static const struct sock_filter head[] = { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), LOAD(arch),
	IF(ARCH, 0, TO_KILL), LOAD(nr) };

/*
 * Flags and copies of descriptors. Other commands have signals sent to any
 * process of ours (F_SETOWN), or make others wait for files (leases).
 */
static const struct sock_filter rule_fcntl[] = { IF(__NR_fcntl64, 0, 6), LOW(1),
	IF(F_GETFD, TO_ALLOW, 0), IF(F_SETFD, TO_ALLOW, 0), IF(F_GETFL, TO_ALLOW, 0),
	IF(F_SETFL, TO_ALLOW, 0), IF(F_DUPFD_CLOEXEC, TO_ALLOW, TO_KILL) };

/* Only to where the socket is connected: send(), which syslog() calls. */
static const struct sock_filter rule_sendto[] = { IF(__NR_sendto, 0, 4), LOW(4), IF(0, 0, TO_KILL),
	HIGH(4), IF(0, TO_ALLOW, TO_KILL) };

/* Nothing becomes code that was not code when we began. */
#define RULE_NO_CODE(call)                                                                         \
	{                                                                                          \
		IF(call, 0, 2), LOW(2), IF_BITS(PROT_EXEC, TO_KILL, TO_ALLOW)                      \
	}
#ifdef __s390x__
/* There the arguments are in memory, where a filter cannot look. */
static const struct sock_filter rule_mmap[] = { IF(__NR_mmap, TO_ALLOW, 0) };
#else
static const struct sock_filter rule_mmap[] = RULE_NO_CODE(__NR_mmap2);
#endif
static const struct sock_filter rule_mprotect[] = RULE_NO_CODE(__NR_mprotect);

/* A clone that is no thread is a process. */
#ifdef __s390x__
#define CLONE_FLAGS LOW(1)
#else
#define CLONE_FLAGS LOW(0)
#endif
static const struct sock_filter rule_clone[] = { IF(__NR_clone, 0, 2), CLONE_FLAGS,
	IF_BITS(CLONE_THREAD, TO_ALLOW, TO_KILL) };

#ifdef __NR_socketcall
/*
 * How libc makes socket calls. Their own arguments are in memory, where a
 * filter cannot look: so those are allowed that need no look. Sockets are made
 * without it (sock.c).
 */
static const struct sock_filter rule_socketcall[] = { IF(__NR_socketcall, 0, 4), LOW(0),
	IF(SYS_SEND, TO_ALLOW, 0), IF(SYS_SHUTDOWN, TO_ALLOW, 0),
	IF(SYS_SOCKET, TO_REFUSE, TO_KILL) };
static const struct sock_filter rule_socketcall_tcp[] = { IF(__NR_socketcall, 0, 5), LOW(0),
	IF(SYS_CONNECT, TO_ALLOW, 0), IF(SYS_GETSOCKOPT, TO_ALLOW, 0),
	IF(SYS_SETSOCKOPT, TO_ALLOW, 0), LOAD(nr) };
#endif

#define SOCK_TYPE_MASK 0xf
#define X32_BIT 0x40000000
static const struct sock_filter rule_socket[] = { IF(__NR_socket, 0, 7), LOW(0),
	IF(AF_UNIX, TO_REFUSE, 0), IF(AF_INET, 1, 0), IF(AF_INET6, 0, TO_KILL), LOW(1),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SOCK_TYPE_MASK), IF(SOCK_STREAM, TO_ALLOW, TO_KILL) };

/*
 * Everything but sockets that are not local; calls of x32 would pass by it.
 * What libc makes by socketcall, whose arguments cannot be seen, is allowed.
 */
static const struct sock_filter rule_local_socket[] = {
#ifdef __x86_64__
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, TO_KILL, 0),
#endif
	IF(__NR_socket, 0, 2), LOW(0), IF(AF_UNIX, TO_ALLOW, TO_REFUSE), IF(0, TO_ALLOW, TO_ALLOW)
};

struct filter {
	struct sock_filter code[TO_KILL]; /* so that each jump reaches the end */
	size_t n;
	int calls; /* that it allows */
};

static void add_instruction(struct filter *f, struct sock_filter i)
{
	if (f->n < LENGTH(f->code))
		f->code[f->n] = i;
	f->n++;
}

static void add_calls(struct filter *f, const uint32_t *calls, size_t n, uint8_t to)
{
	for (size_t i = 0; i < n; i++)
		add_instruction(f, (struct sock_filter)IF(calls[i], to, 0));
	f->calls += to == TO_ALLOW ? (int)n : 0;
}

static void add_code(struct filter *f, const struct sock_filter *code, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_instruction(f, code[i]);
}

static void add_argument_rule(struct filter *f, const struct sock_filter *code, size_t n)
{
	add_code(f, code, n);
	f->calls++;
}

#define ALLOW(f, calls) add_calls(f, calls, LENGTH(calls), TO_ALLOW)
#define REFUSE(f, calls) add_calls(f, calls, LENGTH(calls), TO_REFUSE)
#define RULE(f, rule) add_argument_rule(f, rule, LENGTH(rule))

static void add_threads(struct filter *f)
{
	ALLOW(f, for_threads);
	RULE(f, rule_mprotect);
	RULE(f, rule_clone);
	add_calls(f, missing, LENGTH(missing), TO_MISSING);
}

static void add_alone(struct filter *f)
{
	REFUSE(f, refused_alone);
#ifndef __GLIBC__
	RULE(f, rule_mprotect);
#endif
}

static void add_group(struct filter *f, pid_t group)
{
	const struct sock_filter rule_kill[] = { IF(__NR_kill, 0, 2), LOW(0),
		IF(group, TO_ALLOW, TO_KILL) };

	RULE(f, rule_kill);
	ALLOW(f, for_group);
}

static void add_tcp(struct filter *f)
{
	ALLOW(f, for_tcp);
	RULE(f, rule_socket);
#ifdef __NR_socketcall
	RULE(f, rule_socketcall_tcp);
#endif
}

static void add_needs(struct filter *f, unsigned needs)
{
	ALLOW(f, always);
	RULE(f, rule_fcntl);
	RULE(f, rule_sendto);
	RULE(f, rule_mmap);
	if (needs & SANDBOX_FILES)
		ALLOW(f, for_files);
	if (needs & SANDBOX_LOG)
		ALLOW(f, for_log);
	if (needs & SANDBOX_NARROW)
		ALLOW(f, for_narrow);
	if (needs & (SANDBOX_NARROW | SANDBOX_THREADS))
		ALLOW(f, for_archive);
	if (needs & SANDBOX_THREADS)
		add_threads(f);
	else
		add_alone(f);
	REFUSE(f, refused);
}

/* From instruction `from` to one of the returns, which begin at `end`. */
static uint8_t jump(uint8_t to, size_t from, size_t end)
{
	return to < TO_KILL ? to : (uint8_t)(end + (to - TO_KILL) - (from + 1));
}

/* What is on no list falls through to the first return. */
static void add_returns(struct filter *f)
{
	size_t end = f->n;

	for (size_t i = 0; i < end && end <= LENGTH(f->code) - LENGTH(returns); i++) {
		if (BPF_CLASS(f->code[i].code) != BPF_JMP)
			continue;
		f->code[i].jt = jump(f->code[i].jt, i, end);
		f->code[i].jf = jump(f->code[i].jf, i, end);
	}
	for (size_t i = 0; i < LENGTH(returns); i++)
		add_instruction(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, returns[i]));
}

bool callfilter_there(void)
{
	/* A kernel that has filters looks for one at the address. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1 && errno == EFAULT;
}

static int load_filter(struct filter *f)
{
	struct sock_fprog program = { .filter = f->code };

	add_returns(f);
	if (f->n > LENGTH(f->code)) {
		errno = E2BIG;
		return -1;
	}
	program.len = (unsigned short)f->n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == -1 ? -1 : f->calls;
}

int callfilter_enter(unsigned needs, pid_t group, bool tcp)
{
	struct filter f;

	f.n = 0;
	f.calls = 0;
	add_code(&f, head, LENGTH(head));
	add_needs(&f, needs);
	if (group != 0)
		add_group(&f, group);
	if (tcp)
		add_tcp(&f);
	else
		REFUSE(&f, refused_offline);
#ifdef __NR_socketcall
	RULE(&f, rule_socketcall);
#endif
	return load_filter(&f);
}

int callfilter_enter_parent(void)
{
	struct filter f;

	f.n = 0;
	f.calls = 0;
	/* Without the load for nothing: this filter is loaded once. */
	add_code(&f, head + 1, LENGTH(head) - 1);
	RULE(&f, rule_local_socket);
	return load_filter(&f) == -1 ? -1 : 0;
}
