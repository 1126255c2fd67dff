/* SPDX-License-Identifier: ISC */
/*
 * Writes the source of the seccomp filters, as programs for the kernel, to standard output: make runs it. So
 * libseccomp works when the programs are built and not in each of their runs, where it would take longer than all
 * the rest of a start, and dies when it gets no memory.
 *
 * Which call a function of libc makes differs between libcs, their versions and architectures:
 * where one of several is made they stand in one string, the native one first, and a name that this
 * architecture does not have is passed over.
 *
 * restart_syscall is made by nobody: the kernel makes it in the place of a poll that a stop, a
 * debugger or the freezer has interrupted.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/callprogram.h"
#include "common/base/sandbox.h"

#include "common/base/banned.h"
#undef strerror /* it runs while building, without our library */

#define NAME_MAX_CALL 32

static const char *const always[] = {
	/* descriptors */
	"read", "write", "poll|ppoll", "ppoll_time64", "close", "shutdown", "send",
	/* why there is no space: it is looked at wherever that is said */
	"fstatfs64|fstatfs",
	/* memory, time, the end; fcntl, sendto and mmap have rules of their own */
	"munmap", "mremap", "brk", "clock_gettime", "clock_gettime64", "getrandom", "getpid",
	"restart_syscall", "exit_group",
#ifndef __GLIBC__
	"open", "writev", "mprotect",
#endif
	NULL
};

static const char *const for_files[] = { "openat", "newfstatat|statx", "fstatat64", "fstat",
	"fstat64", "getdents64", "flock", "fsync", "renameat|renameat2", "unlinkat", "mkdirat",
	"fchmod", "pread64", "pwrite64", NULL };

static const char *const for_log[] = { "ftruncate64|ftruncate", "fdatasync", NULL };

static const char *const for_threads[] = { "futex", "futex_time64", "madvise", "rt_sigaction",
	"rt_sigprocmask", "set_robust_list", "rseq", "exit", NULL };

/* Who keeps an archive looks whether it has room, and ends in order when its time is over. */
static const char *const for_archive[] = { "fstatfs64|fstatfs", "rt_sigreturn|sigreturn", NULL };

static const char *const for_port[] = { "connect", "getsockopt", "setsockopt", NULL };

/*
 * What libc may try by itself, and can do without: to see how large a sort may be, to ask what a descriptor is, …
 */
static const char *const refused[] = { "sysinfo", "sched_getaffinity", "prlimit64", "lseek",
	"_llseek", "ioctl", "access", "faccessat", "faccessat2", "gettid", "time", "gettimeofday",
	NULL };
/* …to give memory back, where there are no threads, … */
static const char *const refused_alone[] = { "madvise", "mprotect", "futex", "futex_time64", NULL };
/* …to know its file systems, … */
static const char *const refused_elsewhere[] = { "fstatfs", "fstatfs64", NULL };
/* …and to find a syslog that was restarted. */
static const char *const refused_offline[] = { "socket", "connect", NULL };

struct filter {
	scmp_filter_ctx ctx;
	int n; /* calls that are allowed */
};

/* The number of a call here; -1 when this architecture has none of the names. */
static int number_of(const char *names)
{
	char name[NAME_MAX_CALL];

	while (*names != '\0') {
		size_t len = strcspn(names, "|");
		int call;
		if (len >= sizeof(name))
			errx(EX_SOFTWARE, "a name of more than %d bytes: %s", NAME_MAX_CALL - 1,
			    names);
		memcpy(name, names, len);
		name[len] = '\0';
		call = seccomp_syscall_resolve_name(name);
		if (call == __NR_SCMP_ERROR)
			errx(EX_UNAVAILABLE, "libseccomp does not know %s; 2.5 does", name);
		if (call >= 0)
			return call;
		names += len + (names[len] == '|');
	}
	return -1;
}

static void add(struct filter *f, uint32_t action, const char *names, unsigned n,
    const struct scmp_arg_cmp *args)
{
	int call = number_of(names), rc;

	if (call < 0)
		return;
	rc = seccomp_rule_add_array(f->ctx, action, call, n, args);
	if (rc != 0 && rc != -EEXIST)
		errx(EX_SOFTWARE, "adding %s: %s", names, strerror(-rc));
}

static void allow(struct filter *f, const char *names, unsigned n, const struct scmp_arg_cmp *args)
{
	f->n += number_of(names) >= 0;
	add(f, SCMP_ACT_ALLOW, names, n, args);
}

static void allow_all(struct filter *f, const char *const *names)
{
	for (; *names != NULL; names++)
		allow(f, *names, 0, NULL);
}

/*
 * Flags and copies of descriptors: with others fcntl sends signals to any process of ours (F_SETOWN), or waits for
 * what it does to files (leases).
 */
static void allow_fcntl(struct filter *f)
{
	static const int commands[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC };

	f->n += number_of("fcntl64|fcntl") >= 0;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		/* The upper half of the argument, which is an int, belongs to nobody. */
		const struct scmp_arg_cmp one =
		    SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, (scmp_datum_t)commands[i]);
		add(f, SCMP_ACT_ALLOW, "fcntl64|fcntl", 1, &one);
	}
}

/* To whom the socket is connected: libcs make send() of it, which syslog() calls. */
static void allow_sendto(struct filter *f)
{
	const struct scmp_arg_cmp connected = SCMP_A4(SCMP_CMP_EQ, 0);

	allow(f, "sendto", 1, &connected);
}

/* Nothing that was not code when we began can become code. */
static void allow_memory(struct filter *f, const char *names)
{
	const struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);

	allow(f, names, 1, &no_code);
}

/* A clone that is no thread is a process. What clone3 is asked for cannot be seen: libc takes clone instead. */
static void allow_threads(struct filter *f)
{
#ifdef __s390x__
	const struct scmp_arg_cmp thread = SCMP_A1(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
#else
	const struct scmp_arg_cmp thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
#endif

	allow_all(f, for_threads);
	allow_memory(f, "mprotect");
	allow(f, "clone", 1, &thread);
	add(f, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
}

/* By number: the oldest libseccomp that we build with does not know their names. */
static void allow_narrow(struct filter *f)
{
	static const int calls[] = { SYS_landlock_create_ruleset, SYS_landlock_add_rule,
		SYS_landlock_restrict_self };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++, f->n++) {
		int rc = seccomp_rule_add_array(f->ctx, SCMP_ACT_ALLOW, calls[i], 0, NULL);
		if (rc != 0)
			errx(EX_SOFTWARE, "adding call %d: %s", calls[i], strerror(-rc));
	}
}

static void allow_group(struct filter *f)
{
	const struct scmp_arg_cmp to = SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, CALLFILTER_GROUP);

	allow(f, "kill", 1, &to);
	allow(f, "wait4|waitid", 0, NULL);
}

static void allow_tcp(struct filter *f)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct scmp_arg_cmp local = SCMP_A0(SCMP_CMP_EQ, AF_UNIX);

	allow_all(f, for_port);
	f->n += number_of("socket") >= 0;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct scmp_arg_cmp tcp[] = {
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]),
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM),
		};
		add(f, SCMP_ACT_ALLOW, "socket", 2, tcp);
	}
	add(f, SCMP_ACT_ERRNO(EPERM), "socket", 1, &local);
}

static void refuse_all(struct filter *f, const char *const *names)
{
	for (; *names != NULL; names++)
		add(f, SCMP_ACT_ERRNO(EPERM), *names, 0, NULL);
}

static void fill(struct filter *f, const struct callprogram *s)
{
	allow_all(f, always);
	allow_fcntl(f);
	allow_sendto(f);
	allow_memory(f, "mmap2|mmap");
	if (s->needs & SANDBOX_FILES)
		allow_all(f, for_files);
	if (s->needs & SANDBOX_LOG)
		allow_all(f, for_log);
	if (s->needs & SANDBOX_THREADS)
		allow_threads(f);
	else
		refuse_all(f, refused_alone);
	if (s->needs & SANDBOX_NARROW)
		allow_narrow(f);
	if (s->needs & (SANDBOX_NARROW | SANDBOX_THREADS))
		allow_all(f, for_archive);
	else
		refuse_all(f, refused_elsewhere);
	if (s->group)
		allow_group(f);
	if (s->port)
		allow_tcp(f);
	else
		refuse_all(f, refused_offline);
	refuse_all(f, refused);
}

/* The instructions of the filter, as an array of C. How many. */
static unsigned print_code(const struct filter *f, unsigned number)
{
	FILE *code = tmpfile();
	struct sock_filter i;
	unsigned n = 0;
	int rc;

	if (code == NULL)
		err(EX_CANTCREAT, "a temporary file");
	rc = seccomp_export_bpf(f->ctx, fileno(code));
	if (rc != 0)
		errx(EX_SOFTWARE, "exporting a filter: %s", strerror(-rc));
	rewind(code);
	printf("static const struct sock_filter code%u[] = {\n", number);
	/*
	 * What the filter loads first, it never looks at: the length of its input. Since 5.11 the kernel runs a new
	 * filter once for each call that there is, to keep which are always allowed (kernel/seccomp.c,
	 * seccomp_cache_prepare), unless it begins with what that cannot follow. That takes 55 us of
	 * a start; to run the filter in each call takes 10 ns, and most of our processes end after some hundred.
	 */
	printf("\t{ 0x%x, 0, 0, 0 },\n", BPF_LD | BPF_W | BPF_LEN);
	n++;
	while (fread(&i, sizeof(i), 1, code) == 1) {
		printf("\t{ 0x%x, %u, %u, 0x%x },\n", i.code, i.jt, i.jf, i.k);
		n++;
	}
	printf("};\n");
	fclose(code);
	if (n < 2 || n > CALLPROGRAM_MAX)
		errx(EX_SOFTWARE, "a filter of %u instructions", n);
	return n;
}

static void print_program(struct callprogram *p, unsigned number)
{
	struct filter f = { .ctx = seccomp_init(SCMP_ACT_KILL_PROCESS) };

	if (f.ctx == NULL)
		errx(EX_SOFTWARE, "libseccomp makes no filter");
	/* Else a call by the number of another architecture would end a thread only. */
	if (seccomp_attr_set(f.ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
		errx(EX_SOFTWARE, "libseccomp: other architectures");
	fill(&f, p);
	p->calls = f.n;
	p->n = (unsigned short)print_code(&f, number);
	seccomp_release(f.ctx);
}

int main(void)
{
	static const unsigned needs[] = { 0, SANDBOX_FILES, SANDBOX_FILES | SANDBOX_NARROW,
		SANDBOX_FILES | SANDBOX_LOG, SANDBOX_FILES | SANDBOX_LOG | SANDBOX_NARROW,
		SANDBOX_FILES | SANDBOX_LOG | SANDBOX_THREADS };
	struct callprogram p[sizeof(needs) / sizeof(needs[0]) * 4];
	unsigned n = 0;

	/* What the kernel of whoever builds can do is not asked. */
	if (seccomp_api_set(3) != 0)
		errx(EX_UNAVAILABLE, "libseccomp before 2.4");
	printf("/* Made by common/base/gen/callprograms.c. */\n#include "
	       "\"common/base/callprogram.h\"\n\n");
	for (unsigned i = 0; i < sizeof(p) / sizeof(p[0]); i++, n++) {
		p[i] = (struct callprogram){
			.needs = needs[i / 4], .group = i & 1, .port = (i & 2) != 0
		};
		print_program(&p[i], i);
	}
	printf("\nconst struct callprogram callprograms[] = {\n");
	for (unsigned i = 0; i < n; i++)
		printf("\t{ .needs = %u, .group = %d, .port = %d, .calls = %d, .n = %u, .code = "
		       "code%u },\n",
		    p[i].needs, p[i].group, p[i].port, p[i].calls, p[i].n, i);
	printf("};\nconst unsigned n_callprograms = %u;\n", n);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : EX_IOERR;
}
