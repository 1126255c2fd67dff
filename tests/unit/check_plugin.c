/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/plugin.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

static struct plugin_limit limits[2];

static void setup(void)
{
	limits[0] = (struct plugin_limit){ "age", true, PLUGIN_NONE, PLUGIN_NONE };
	limits[1] = (struct plugin_limit){ "left", false, 0, PLUGIN_NONE };
}

static void teardown(void)
{
}

static int set(const char *text, enum plugin_state s, char why[PLUGIN_WHY_MAX])
{
	return plugin_set_limits(limits, 2, text, s, why);
}

START_TEST(limits_are_upper)
{
	char why[PLUGIN_WHY_MAX];

	ck_assert(!plugin_limited(&limits[0]));
	ck_assert_int_eq(plugin_judge(&limits[0], INT64_MAX), PLUGIN_OK);
	ck_assert_int_eq(set("age=1m,left=5", PLUGIN_WARNING, why), 0);
	ck_assert_int_eq(set("age=2m", PLUGIN_CRITICAL, why), 0);
	ck_assert(plugin_limited(&limits[0]));
	ck_assert_int_eq(plugin_judge(&limits[0], 60), PLUGIN_OK);
	ck_assert_int_eq(plugin_judge(&limits[0], 61), PLUGIN_WARNING);
	ck_assert_int_eq(plugin_judge(&limits[0], 120), PLUGIN_WARNING);
	ck_assert_int_eq(plugin_judge(&limits[0], 121), PLUGIN_CRITICAL);
	ck_assert_int_eq(plugin_judge(&limits[1], 5), PLUGIN_OK);
	ck_assert_int_eq(plugin_judge(&limits[1], 6), PLUGIN_WARNING);
}
END_TEST

START_TEST(limits_that_are_none)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "years=1", "unknown limit `years`; there are age, left" },
		{ "", "unknown limit ``; there are age, left" },
		{ "age", "age: expected a time, such as 90, 30m or 2h" },
		{ "age=1y", "age: expected a time, such as 90, 30m or 2h" },
		{ "left=1m", "left: expected a number" },
		{ "left=-1", "left: expected a number" },
		{ "age=1,", "unknown limit ``; there are age, left" },
	};
	char why[PLUGIN_WHY_MAX];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(set(bad[i].text, PLUGIN_WARNING, why), -1);
		ck_assert_str_eq(why, bad[i].why);
	}
}
END_TEST

START_TEST(values)
{
	struct buf perf = BUF_INIT(256);
	char why[PLUGIN_WHY_MAX];

	ck_assert_int_eq(set("age=60", PLUGIN_CRITICAL, why), 0);
	plugin_add_value(&perf, &limits[0], 7);
	plugin_add_value(&perf, &limits[1], 8);
	ck_assert_str_eq(perf.data, " age=7s;;60;0 left=8;0;;0");
	buf_free(&perf);
}
END_TEST

/* What a child printed, and its exit code. */
static int said(void (*act)(void), char out[512])
{
	int p[2], status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(p), 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(p[1], STDOUT_FILENO);
		act();
		_exit(99);
	}
	close(p[1]);
	n = read(p[0], out, 511);
	close(p[0]);
	out[n > 0 ? n : 0] = '\0';
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void end(void)
{
	struct buf perf = BUF_INIT(64);

	buf_adds(&perf, " a=1");
	exit(plugin_end(PLUGIN_CRITICAL, "two | of\n3 \x1b[1m", &perf));
}

static void end_without_numbers(void)
{
	exit(plugin_end(PLUGIN_OK, "fine", &(const struct buf)BUF_INIT(0)));
}

static void dying(void)
{
	plugin_begin();
	die(78, "wrong: [a | b]");
}

/* Only the plugin itself speaks for it. */
static void child_dying(void)
{
	int status;
	pid_t pid;

	plugin_begin();
	pid = fork();
	if (pid == 0)
		die(78, "not the plugin");
	waitpid(pid, &status, 0);
	exit(WEXITSTATUS(status));
}

START_TEST(lines)
{
	char out[512];

	ck_assert_int_eq(said(end, out), 2);
	ck_assert_str_eq(out, "BIJK CRITICAL - two / of\\n3 \\x1b[1m | a=1\n");
	ck_assert_int_eq(said(end_without_numbers, out), 0);
	ck_assert_str_eq(out, "BIJK OK - fine\n");
	ck_assert_int_eq(said(dying, out), 3);
	ck_assert_str_eq(out, "BIJK UNKNOWN - wrong: [a / b]\n");
	ck_assert_int_eq(said(child_dying, out), 78);
	ck_assert_str_eq(out, "");
}
END_TEST

SUITE_MAIN_FIXTURE("plugin", setup, teardown, limits_are_upper, limits_that_are_none, values, lines)
