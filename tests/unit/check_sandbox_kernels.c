/* SPDX-License-Identifier: ISC */
/*
 * Kernels that lack a part of what restricts a process. A filter outside of
 * ours stands in for them: it answers the calls as such a kernel does (ENOSYS:
 * not built in, EOPNOTSUPP: not switched on), or, for an older ABI of Landlock,
 * has us answer them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/io.h"
#include "common/base/landlock.h"
#include "common/base/msg.h"
#include "common/base/sandbox.h"
#include "tests/tools/lesskernel.h"
#include "tests/unit/suite.h"

enum { NO_LANDLOCK = 1, LANDLOCK_OFF = 2, NO_FILTER = 4, LANDLOCK_DENIED = 8, FILTER_DENIED = 16 };

static void lacking(unsigned what)
{
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	if (what & ~(unsigned)(NO_FILTER | FILTER_DENIED))
		ck_assert_int_eq(lesser_landlock(what & NO_LANDLOCK ? ENOSYS
					 : what & LANDLOCK_OFF	    ? EOPNOTSUPP
								    : EPERM),
		    0);
	if (what & (NO_FILTER | FILTER_DENIED))
		ck_assert_int_eq(lesser_filters(what & NO_FILTER ? EINVAL : EPERM), 0);
}

/*
 * What a process says that enters with `more` of -v on such a kernel, and then
 * tries; how it ended is in *status.
 */
static char *said(void (*kernel)(void *arg), void *arg, int more, int (*deed)(void), int *status)
{
	static struct buf out = BUF_INIT(65536);
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		const struct sandbox box = { .needs = SANDBOX_FILES | SANDBOX_LOG,
			.dirs = { "/tmp" } };
		const char *part = "";
		dup2(ends[1], STDERR_FILENO);
		msg_init("p");
		msg_more(more);
		kernel(arg);
		if (sandbox_enter(&box, &part) == -1) {
			fprintf(stderr, "%s: %s\n", part, strerror(errno));
			_exit(99);
		}
		sandbox_tell();
		_exit(deed());
	}
	close(ends[1]);
	buf_reset(&out);
	buf_adds(&out, "");
	ck_assert_int_eq(read_all(ends[0], &out, deadline_in_ms(20000)), 0);
	close(ends[0]);
	waitpid(pid, status, 0);
	return out.data;
}

static void lack(void *arg)
{
	lacking(*(unsigned *)arg);
}

static int open_outside(void)
{
	return open("/etc/passwd", O_RDONLY) == -1 ? errno : 0;
}

static int new_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid == -1 ? errno : 0;
}

static int gain(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1;
}

#if defined(__i386__) || defined(__arm__) /* two sizes of files and times */
#define CALLS "36"
#elif defined(__s390x__) /* socketcall(2) */
#define CALLS "32"
#else
#define CALLS "31"
#endif
#define ALONE " and limits alone restrict this program\n"

START_TEST(no_landlock)
{
	for (unsigned what = NO_LANDLOCK; what <= LANDLOCK_OFF; what *= 2) {
		int status;
		ck_assert_str_eq(said(lack, &what, 0, open_outside, &status),
		    "p: this kernel has no Landlock: seccomp, no_new_privs" ALONE);
		ck_assert_int_eq(status, 0); /* it could be read, and that was said */
		ck_assert_str_eq(said(lack, &what, 1, new_process, &status),
		    "p: this kernel has no Landlock: seccomp, no_new_privs" ALONE
		    "p: restricted: no_new_privs, seccomp " CALLS " calls, limits\n");
		ck_assert_int_eq(WTERMSIG(status), SIGSYS);
	}
}
END_TEST

START_TEST(no_filter)
{
	unsigned what = NO_FILTER;
	int status;
	char *text = said(lack, &what, 1, open_outside, &status);

	ck_assert_ptr_eq(strstr(text,
			     "p: this kernel has no seccomp filter: Landlock, no_new_privs" ALONE
			     "p: restricted: no_new_privs, Landlock ABI "),
	    text);
	ck_assert_ptr_null(strstr(text, "calls"));
	ck_assert_int_eq(WEXITSTATUS(status), EACCES);
}
END_TEST

START_TEST(neither)
{
	unsigned what = NO_LANDLOCK | NO_FILTER;
	int status;

	ck_assert_str_eq(said(lack, &what, 1, gain, &status),
	    "p: this kernel has no Landlock and no seccomp filter: no_new_privs" ALONE
	    "p: restricted: no_new_privs, limits\n");
	ck_assert_int_eq(status, 0);
}
END_TEST

#define DENIED                                                                                     \
	" (it is refused with EPERM: likely by the seccomp profile of the container that this "    \
	"runs in)\n"

/*
 * There, but somebody denies it, as the profiles of containers do: as if it
 * were missing, and the warning says so.
 */
START_TEST(denied)
{
	unsigned what = LANDLOCK_DENIED;
	int status;

	ck_assert_str_eq(said(lack, &what, 0, open_outside, &status),
	    "p: this kernel has no Landlock: seccomp, no_new_privs and limits alone restrict this "
	    "program" DENIED);
	ck_assert_int_eq(status, 0);
	what = FILTER_DENIED;
	ck_assert_str_eq(said(lack, &what, 0, open_outside, &status),
	    "p: this kernel has no seccomp filter: Landlock, no_new_privs and limits alone "
	    "restrict this program" DENIED);
	ck_assert_int_eq(WEXITSTATUS(status), EACCES);
}
END_TEST

/* --- An older Landlock --- */

struct old {
	int abi;
	int tell[2]; /* the size of the attributes that were handed over */
};

/*
 * Answers the calls of a process: the version with that ABI; the one that makes
 * rules is left to the kernel.
 */
static void answer(int listener, const struct old *o)
{
	bool last = false;

	while (!last && wait_fd(listener, POLLIN, deadline_in_ms(10000)) == 1) {
		struct seccomp_notif call = { .id = 0 };
		struct seccomp_notif_resp r = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
		int size;
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) == -1)
			break;
		r.id = call.id;
		if (call.data.args[0] == 0) {
			r.flags = 0;
			r.val = o->abi;
		} else {
			last = true;
			size = (int)call.data.args[1];
			ck_assert_int_eq(write(o->tell[1], &size, sizeof(size)), sizeof(size));
		}
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r) == -1)
			break;
	}
	_exit(0);
}

static void older(void *arg)
{
	int listener;

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	listener = lesser_one(
	    NR_LANDLOCK_CREATE_RULESET, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	ck_assert_int_ne(listener, -1);
	if (fork() == 0) {
		close(STDERR_FILENO);
		answer(listener, arg);
	}
	close(listener);
}

START_TEST(older_abi)
{
	static const int sizes[] = { 8, 8, 8, 16, 16, 24 };
	struct old o = { .abi = _i + 1 };
	char want[128];
	int status, size;
	char *text;

	/* What this kernel does not know cannot be tried on it. */
	if (o.abi > syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, RULESET_VERSION))
		return;
	ck_assert_int_eq(pipe(o.tell), 0);
	snprintf(want, sizeof(want),
	    "p: restricted: no_new_privs, Landlock ABI %d (paths%s), seccomp " CALLS
	    " calls, limits\n",
	    o.abi, o.abi >= 4 ? ", TCP" : "");
	text = said(older, &o, 1, open_outside, &status);
	ck_assert_str_eq(text, want);
	ck_assert_int_eq(WEXITSTATUS(status), EACCES);
	ck_assert_int_eq(read(o.tell[0], &size, sizeof(size)), sizeof(size));
	ck_assert_int_eq(size, sizes[_i]);
}
END_TEST

SUITE_MAIN_TABLE("kernels that lack a part", older_abi, 6, no_landlock, no_filter, neither, denied)
