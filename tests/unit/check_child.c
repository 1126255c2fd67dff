/* SPDX-License-Identifier: ISC */
/*
 * Running a program: arguments as they are, a clean environment, limits, and
 * what is left behind: nothing.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/sock.h"
#include "tests/tools/lesskernel.h"
#include "tests/unit/suite.h"

static char *run(int *code, const char *a, const char *b, const char *c)
{
	static struct buf out = BUF_INIT(65536), err = BUF_INIT(65536);
	struct argv v = { .n = 0 };
	char *const *args;

	argv_add(&v, a);
	argv_add(&v, b);
	argv_add(&v, c);
	args = argv_done(&v);
	buf_reset(&out);
	ck_assert_int_eq(child_run(args, &out, &err, deadline_in_ms(5000), code), 0);
	argv_free(&v);
	return out.data;
}

START_TEST(arguments)
{
	int code;

	ck_assert_str_eq(run(&code, "/usr/bin/printf", "%s", "a b;$(id)\n*"), "a b;$(id)\n*");
	ck_assert_int_eq(code, 0);
	run(&code, "/bin/sh", "-c", "exit 7");
	ck_assert_int_eq(code, 7);
	run(&code, "/bin/sh", "-c", "kill -9 $$");
	ck_assert_int_eq(code, 128 + 9);
}
END_TEST

START_TEST(environment)
{
	int code;

	setenv("LD_PRELOAD", "", 1);
	setenv("BASH_ENV", "/tmp/x", 1);
	setenv("SECRET", "x", 1);
	setenv("HOME", "/home/x", 1);
	ck_assert_ptr_null(strstr(run(&code, "/usr/bin/env", "-u", "NONE"), "SECRET"));
	ck_assert_ptr_null(strstr(run(&code, "/usr/bin/env", "-u", "NONE"), "BASH_ENV"));
	ck_assert_ptr_null(strstr(run(&code, "/usr/bin/env", "-u", "NONE"), "LD_PRELOAD"));
	ck_assert_ptr_nonnull(strstr(run(&code, "/usr/bin/env", "-u", "NONE"), "HOME=/home/x"));
}
END_TEST

START_TEST(descriptors)
{
	int code;

	/*
	 * What we have open above 2 is not the child's, or it would be given
	 * away.
	 */
	int fd = dup(0);
	ck_assert_int_ge(fd, 3);
	close(fd);
	ck_assert_str_eq(run(&code, "/bin/sh", "-c", "echo /proc/self/fd/*"),
	    "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n");
}
END_TEST

/* Linux before 5.11, where close_range(2) is not there or lacks the flag. */
START_TEST(descriptors_without_close_range)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int code, fd = dup(0);
		const char *out;
		if (fd == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		    lesser_one(436, SECCOMP_RET_ERRNO | EINVAL, 0) == -1)
			_exit(99);
		out = run(&code, "/bin/sh", "-c", "echo /proc/self/fd/*");
		_exit(strstr(out, "fd/3\n") == NULL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(missing)
{
	char name[] = "/nonexistent/program";
	char *argv[] = { name, NULL };
	struct child c;

	fails(child_start(&c, NULL, argv, 0), ENOENT);
	child_end(&c, 10); /* harmless */
}
END_TEST

/* A zombie that nobody has fetched yet is not. */
static bool alive(int pid)
{
	char path[64], line[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	return strstr(line, ") Z ") == NULL;
}

START_TEST(ending)
{
	char sh[] = "/bin/sh", opt[] = "-c",
	     script[] = "trap '' TERM; sleep 1000 & echo $!; wait; wait";
	char *argv[] = { sh, opt, script, NULL };
	char pid[32] = "";
	struct child c;
	int64_t from = monotonic_ms();

	ck_assert_int_eq(child_start(&c, NULL, argv, CHILD_PIPE_OUT), 0);
	ck_assert_int_gt(read(c.out, pid, sizeof(pid) - 1), 0);
	ck_assert_int_eq(child_wait(&c, deadline_in_ms(50)), 0);
	child_end(&c, 100);
	ck_assert_int_lt(monotonic_ms() - from, 3000);
	ck_assert(c.ended);
	/* The group goes with it. */
	for (int i = 0; i < 100 && alive(atoi(pid)); i++)
		sleep_ms(10);
	ck_assert(!alive(atoi(pid)));
}
END_TEST

/*
 * It leads a session of its own, which has no terminal: none of ours is within
 * its reach.
 */
START_TEST(session)
{
	int code, pid, leader, terminal;

	ck_assert_int_eq(sscanf(run(&code, "/bin/sh", "-c", "cut -d' ' -f1,6,7 /proc/$$/stat"),
			     "%d %d %d", &pid, &leader, &terminal),
	    3);
	ck_assert_int_eq(leader, pid);
	ck_assert_int_eq(terminal, 0);
}
END_TEST

START_TEST(too_much_output)
{
	struct buf out = BUF_INIT(100), err = BUF_INIT(100);
	char sh[] = "/bin/sh", opt[] = "-c", script[] = "while :; do echo endless; done";
	char *argv[] = { sh, opt, script, NULL };
	int code;

	fails(child_run(argv, &out, &err, deadline_in_ms(5000), &code), EMSGSIZE);
}
END_TEST

START_TEST(connecting)
{
	const char *why = "";

	/*
	 * Port 1 of loopback: nobody is there, and it does not take long to
	 * know.
	 */
	fails(sock_connect("127.0.0.1", 1, deadline_in_ms(2000), &why), ECONNREFUSED);
	ck_assert_int_eq(sock_connect("no-such-host.invalid", 1, deadline_in_ms(5000), &why), -1);
	ck_assert_str_ne(why, "");
}
END_TEST

SUITE_MAIN("child", arguments, environment, descriptors, descriptors_without_close_range, missing,
    ending, session, too_much_output, connecting)
