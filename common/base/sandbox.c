/* SPDX-License-Identifier: ISC */
/*
 * Order: resource limits and no_new_privs, then Landlock, then seccomp, whose filter need not know
 * the calls that the two before it take.
 */
#include "common/base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

/* Later than the kernel headers of the oldest system that we build on (linux/landlock.h). */
#define FS_TRUNCATE (1ULL << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define NET_TCP 3ULL		  /* ABI 4: bind and connect */
#define SCOPE_ALL 3ULL		  /* ABI 6: abstract sockets, signals */
#define FS_ABI_1 ((1ULL << 13) - 1)
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* What poll(3) is made of. */
#ifdef SYS_poll
#define POLL "poll"
#else
#define POLL "ppoll"
#endif

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

const char *const sandbox_log_calls[] = {
	/* descriptors */
	"read", "write", "pread64", "pwrite64", POLL, "close", "fcntl", "shutdown", "sendto",
	/* files of the log and of the state */
	"openat", "newfstatat", "getdents64", "flock", "ftruncate", "fdatasync", "fsync",
	"renameat", "unlinkat", "mkdirat", "fchmod",
	/* memory, time, the end */
	"mmap", "munmap", "mremap", "brk", "clock_gettime", "clock_nanosleep", "getrandom",
	"getpid", "rt_sigreturn", "exit_group", NULL
};

const char *const sandbox_refused_calls[] = { "socket", "connect", "fstatfs", "madvise", "futex",
	"lseek", "access", "ioctl", "gettid", NULL };

static uint64_t fs_rights(int abi)
{
	uint64_t fs = FS_ABI_1;

	if (abi >= 2)
		fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		fs |= FS_TRUNCATE;
	if (abi >= 5)
		fs |= FS_IOCTL_DEV;
	return fs;
}

static int allow_one(int ruleset, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = fd };

	return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static int allow_below(int ruleset, const char *const *dirs, uint64_t rights)
{
	int rc = 0;

	for (; rc == 0 && dirs != NULL && *dirs != NULL; dirs++) {
		int fd = open(*dirs, O_PATH | O_CLOEXEC);
		rc = fd == -1 ? -1 : allow_one(ruleset, fd, rights);
		close_fd(fd);
	}
	return rc;
}

/* The ABI that is in force, 0 when the kernel has no Landlock, -1 with errno. */
static int enter_landlock(const struct sandbox *s)
{
	int abi =
	    (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset_attr attr;
	size_t size;
	int ruleset, rc = -1;

	if (abi < 1)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
	attr = (struct ruleset_attr){ .fs = fs_rights(abi), .net = NET_TCP, .scoped = SCOPE_ALL };
	size = abi >= 6 ? sizeof(attr) : abi >= 4 ? 16 : 8;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset == -1)
		return -1;
	if (allow_below(ruleset, s->dirs, attr.fs & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE) == 0 &&
	    allow_below(ruleset, s->read_dirs, FS_READ) == 0)
		rc = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	close_fd(ruleset);
	return rc == -1 ? -1 : abi;
}

static int add_calls(scmp_filter_ctx ctx, uint32_t action, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++) {
		int call = seccomp_syscall_resolve_name(*names);
		int rc = call == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(ctx, action, call, 0);
		/* -EDOM: this architecture has no such call. */
		if (rc != 0 && rc != -EDOM) {
			errno = -rc;
			return -1;
		}
	}
	return 0;
}

/* 1: in force, 0: the kernel has none, -1: errno. */
static int enter_seccomp(const struct sandbox *s)
{
	scmp_filter_ctx ctx;
	int rc = -1;

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == -1 && errno == EINVAL)
		return 0;
	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (ctx == NULL)
		return -1;
	if (add_calls(ctx, SCMP_ACT_ALLOW, s->calls) == 0 &&
	    add_calls(ctx, SCMP_ACT_ERRNO(EPERM), s->refused) == 0) {
		rc = seccomp_load(ctx);
		errno = -rc;
	}
	seccomp_release(ctx);
	return rc == 0 ? 1 : -1;
}

int sandbox_enter(const struct sandbox *s)
{
	struct rlimit none = { 0, 0 }, files = { 64, 64 };
	int landlock, filter;

	tzset(); /* syslog() would read the file later */
	if (setrlimit(RLIMIT_NPROC, &none) == -1 || setrlimit(RLIMIT_NOFILE, &files) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	landlock = enter_landlock(s);
	if (landlock == -1)
		return -1;
	if (landlock == 0)
		msg_warn(
		    "this kernel has no Landlock: files outside of the state stay within reach");
	else if (landlock < 4)
		msg_info("this kernel's Landlock does not cover TCP");
	filter = enter_seccomp(s);
	if (filter == 0)
		msg_warn("this kernel has no seccomp filter: system calls are not restricted");
	if (filter != -1)
		msg_info("restricted: no_new_privs%s%s", landlock > 0 ? ", Landlock" : "",
		    filter > 0 ? ", seccomp" : "");
	return filter == -1 ? -1 : 0;
}

void sandbox_enter_or_die(const struct sandbox *s)
{
	if (sandbox_enter(s) == -1)
		die(EX_OSERR, "restricting this process: %s", strerror(errno));
}
