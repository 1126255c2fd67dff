/* SPDX-License-Identifier: ISC */
/* When a push is due, and the two small files that it follows from. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "common/contact.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define NOW 1000000

static char ma[] = "ma", mb[] = "mb", *masters[] = { ma, mb };

static const struct {
	int mode;
	uint64_t period, pull_timeout;
	struct contact k;
	enum push_due due;
} cases[] = {
	/* A new node. */
	{ PUSH_AUTO, 240, 900, { 0 }, PUSH_DUE },
	{ PUSH_ALWAYS, 240, 900, { 0 }, PUSH_DUE },
	{ PUSH_NEVER, 240, 900, { 0 }, PUSH_OFF },
	/* Pulled, or not any more. */
	{ PUSH_AUTO, 240, 900, { .last_pull = NOW - 899 }, PUSH_PULLED },
	{ PUSH_AUTO, 240, 900, { .last_pull = NOW - 900 }, PUSH_DUE },
	{ PUSH_AUTO, 240, 900, { .last_pull = NOW }, PUSH_PULLED },
	{ PUSH_AUTO, 240, 0, { .last_pull = NOW }, PUSH_DUE },
	{ PUSH_ALWAYS, 240, 900, { .last_pull = NOW - 1 }, PUSH_DUE },
	{ PUSH_NEVER, 240, 900, { .last_pull = NOW - 5000 }, PUSH_OFF },
	/* The period, less 30 s; at 60 s or less half of it. */
	{ PUSH_ALWAYS, 240, 900, { .push_began = NOW - 209 }, PUSH_TOO_EARLY },
	{ PUSH_ALWAYS, 240, 900, { .push_began = NOW - 210 }, PUSH_DUE },
	{ PUSH_AUTO, 240, 900, { .last_pull = NOW - 950, .push_began = NOW - 209 },
	    PUSH_TOO_EARLY },
	{ PUSH_ALWAYS, 60, 900, { .push_began = NOW - 29 }, PUSH_TOO_EARLY },
	{ PUSH_ALWAYS, 60, 900, { .push_began = NOW - 30 }, PUSH_DUE },
	{ PUSH_ALWAYS, 61, 900, { .push_began = NOW - 30 }, PUSH_TOO_EARLY },
	{ PUSH_ALWAYS, 61, 900, { .push_began = NOW - 31 }, PUSH_DUE },
	{ PUSH_ALWAYS, 3, 900, { .push_began = NOW }, PUSH_TOO_EARLY },
	{ PUSH_ALWAYS, 1, 900, { .push_began = NOW }, PUSH_DUE },
	/* The master's own minimum wins, if it is longer. */
	{ PUSH_ALWAYS, 60, 900, { .push_began = NOW - 209, .period = 240, .push_address = "ma" },
	    PUSH_TOO_EARLY },
	{ PUSH_ALWAYS, 60, 900, { .push_began = NOW - 210, .period = 240, .push_address = "ma" },
	    PUSH_DUE },
	{ PUSH_ALWAYS, 240, 900, { .push_began = NOW - 60, .period = 60, .push_address = "ma" },
	    PUSH_TOO_EARLY },
	{ PUSH_ALWAYS, 60, 900, { .push_began = NOW - 30, .period = 0, .push_address = "ma" },
	    PUSH_DUE },
	/* WAIT, and others that were busy. */
	{ PUSH_ALWAYS, 60, 900,
	    { .push_began = NOW - 500, .wait_until = NOW + 1, .wait_address = "ma" }, PUSH_WAIT },
	{ PUSH_ALWAYS, 60, 900,
	    { .push_began = NOW - 500, .wait_until = NOW, .wait_address = "ma" }, PUSH_DUE },
	/*
	 * What was said by a master that is not the first, or is none any more;
	 * and more than any may say.
	 */
	{ PUSH_ALWAYS, 60, 900, { .push_began = NOW - 200, .period = 240, .push_address = "mb" },
	    PUSH_DUE },
	{ PUSH_ALWAYS, 60, 900, { .push_began = NOW - 200, .period = 240, .push_address = "mc" },
	    PUSH_DUE },
	{ PUSH_ALWAYS, 60, 900,
	    { .push_began = NOW - 200, .period = UINT64_MAX, .push_address = "ma" }, PUSH_DUE },
	{ PUSH_ALWAYS, 60, 900, { .wait_until = NOW + 1, .wait_address = "mb" }, PUSH_DUE },
	{ PUSH_ALWAYS, 60, 900, { .wait_until = NOW + 1, .wait_address = "mc" }, PUSH_DUE },
	{ PUSH_ALWAYS, 60, 900, { .busy = 1, .busy_until = NOW + 30 }, PUSH_BACK_OFF },
	{ PUSH_ALWAYS, 60, 900, { .busy = 1, .busy_until = NOW - 1 }, PUSH_DUE },
	/* The clock was set back: what lies in the future holds nothing up. */
	{ PUSH_AUTO, 240, 900, { .last_pull = NOW + 3600 }, PUSH_DUE },
	{ PUSH_ALWAYS, 240, 900, { .push_began = NOW + 1 }, PUSH_DUE },
	{ PUSH_ALWAYS, 240, 900, { .wait_until = NOW + CONTACT_WAIT_MAX + 1, .wait_address = "ma" },
	    PUSH_DUE },
	{ PUSH_ALWAYS, 240, 900, { .busy_until = NOW + 100000 }, PUSH_DUE },
};

START_TEST(due)
{
	struct node_config c = { .mode = cases[_i].mode,
		.period = cases[_i].period,
		.pull_timeout = cases[_i].pull_timeout,
		.masters = { masters, 2 } };
	enum push_due d = push_due(NOW, &c, &cases[_i].k);

	ck_assert_msg(d == cases[_i].due, "case %d: %s", _i, push_due_text(d));
}
END_TEST

/* With copies above 1, so many masters must have pulled. */
static const struct {
	uint64_t copies;
	size_t masters;
	int64_t ago[3];
	enum push_due due;
} pulls[] = {
	{ 2, 3, { 1 }, PUSH_DUE },
	{ 2, 3, { 1, 899 }, PUSH_PULLED },
	{ 2, 3, { 1, 900 }, PUSH_DUE },
	{ 2, 3, { -1, 1 }, PUSH_DUE },
	{ 3, 3, { 1, 1 }, PUSH_DUE },
	{ 3, 3, { 1, 1, 1 }, PUSH_PULLED },
	/* As many as there are. */
	{ 3, 2, { 1, 1 }, PUSH_PULLED },
	{ 3, 2, { 1 }, PUSH_DUE },
};

START_TEST(due_for_copies)
{
	char list[] = "ma mb mc", *all[3];
	struct node_config c = { .mode = PUSH_AUTO,
		.copies = pulls[_i].copies,
		.period = 240,
		.pull_timeout = 900,
		.masters = { all, pulls[_i].masters } };
	struct contact k = { .last_pull = NOW - 1 };
	enum push_due d;

	ck_assert_int_eq(text_split(list, all, 3), 3);
	for (int i = 0; i < 3 && pulls[_i].ago[i] != 0; i++) {
		struct pulled *p = &k.pulls[k.pulls_n++];

		snprintf(p->master, sizeof(p->master), "m%d", i);
		p->time = NOW - pulls[_i].ago[i];
		ck_assert_int_eq(contact_pulled_by(NOW, &c, &k, p->master),
		    pulls[_i].ago[i] > 0 && pulls[_i].ago[i] < 900);
	}
	ck_assert(!contact_pulled_by(NOW, &c, &k, "m9"));
	d = push_due(NOW, &c, &k);
	ck_assert_msg(d == pulls[_i].due, "case %d: %s", _i, push_due_text(d));
}
END_TEST

START_TEST(several_pull)
{
	char dir[] = "/tmp/check_contact.XXXXXX", name[16];
	struct node_config c = { .state = mkdtemp(dir), .copies = 2, .pull_timeout = 900 };
	struct contact k;
	int fd;

	ck_assert_ptr_nonnull(c.state);
	for (int i = 0; i < CONTACT_PULLS + 3; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		ck_assert_int_eq(contact_pulled(&c, name), 0);
		ck_assert_int_eq(contact_pulled(&c, name), 0);
	}
	contact_read(&c, &k);
	ck_assert_uint_eq(k.pulls_n, CONTACT_PULLS);
	ck_assert_str_eq(k.pulls[0].master, name);
	ck_assert_str_eq(k.pull_master, name);
	ck_assert(contact_pulled_by(now_s(), &c, &k, "m20"));
	ck_assert(!contact_pulled_by(now_s(), &c, &k, "m0"));
	/* Those that are too long ago go; one copy needs none of it. */
	c.pull_timeout = 0;
	ck_assert_int_eq(contact_pulled(&c, "mx"), 0);
	contact_read(&c, &k);
	ck_assert_uint_eq(k.pulls_n, 1);
	c.copies = 1;
	ck_assert_int_eq(contact_pulled(&c, "mx"), 0);
	contact_read(&c, &k);
	ck_assert_uint_eq(k.pulls_n, 0);

	fd = dir_open(AT_FDCWD, c.state);
	ck_assert_int_eq(file_replace(fd, "state/last-pull", "pulls: m1 x M2 5 m3 7 m4\n", 25, 0600,
			     FILE_UNSYNCED),
	    0);
	contact_read(&c, &k);
	ck_assert_uint_eq(k.pulls_n, 1);
	ck_assert_str_eq(k.pulls[0].master, "m3");
	ck_assert_int_eq(dir_remove_tree(fd, "state"), 0);
	close(fd);
	ck_assert_int_eq(rmdir(c.state), 0);
}
END_TEST

START_TEST(good_push_forgets)
{
	struct contact k = {
		.wait_until = NOW + 100, .busy = 3, .busy_until = NOW + 100, .failures = 5
	};
	struct node_config c = { .mode = PUSH_ALWAYS, .period = 60, .masters = { masters, 2 } };

	contact_pushed(&k, NOW - 40, NOW, "ma", "m1", 120);
	ck_assert_int_eq(push_due(NOW, &c, &k), PUSH_TOO_EARLY);
	ck_assert_int_eq(push_due(NOW + 50, &c, &k), PUSH_DUE);
	ck_assert_str_eq(k.push_master, "m1");
	ck_assert_uint_eq(k.failures, 0);
}
END_TEST

START_TEST(failures_in_a_row)
{
	struct node_config c = { .mode = PUSH_AUTO };
	struct contact k = { .last_pull = NOW };

	contact_failed(&k, NOW + 900);
	contact_failed(&k, NOW + 960);
	ck_assert_uint_eq(contact_failures(&c, &k), 2);
	c.mode = PUSH_NEVER;
	ck_assert_uint_eq(contact_failures(&c, &k), 0);
	c.mode = PUSH_AUTO;
	k.last_pull = NOW + 1000;
	ck_assert_uint_eq(contact_failures(&c, &k), 0);
	contact_failed(&k, NOW + 2000);
	ck_assert_uint_eq(contact_failures(&c, &k), 1);
}
END_TEST

START_TEST(busy_doubles)
{
	struct contact k = { 0 };
	int64_t distance = CONTACT_BUSY_MIN;

	for (int i = 0; i < 8; i++) {
		struct contact early = k, late = k;
		contact_busy(&early, NOW, 0);
		contact_busy(&late, NOW, (uint32_t)distance);
		ck_assert_int_eq(early.busy_until, NOW + distance / 2);
		ck_assert_int_eq(late.busy_until, NOW + distance / 2 + distance);
		k = early;
		distance = distance * 2 > CONTACT_BUSY_MAX ? CONTACT_BUSY_MAX : distance * 2;
	}
	ck_assert_uint_eq(k.busy, 8);
}
END_TEST

START_TEST(files)
{
	char dir[] = "/tmp/check_contact.XXXXXX";
	struct node_config c = { .state = mkdtemp(dir) };
	struct contact k, again;
	int fd;

	ck_assert_ptr_nonnull(c.state);
	contact_read(&c, &k);
	ck_assert_int_eq(k.last_pull, 0);
	ck_assert_int_eq(rmdir(c.state), 0); /* who only looks makes nothing */
	ck_assert_int_eq(mkdir(c.state, 0700), 0);
	ck_assert_int_eq(contact_pulled(&c, "m1"), 0);
	contact_pushed(&k, NOW, NOW + 5, "mb", "m2", 300);
	contact_told_to_wait(&k, NOW, "ma", 1000000);
	contact_busy(&k, NOW, 7);
	k.failures = 3;
	k.failed = NOW + 7;
	ck_assert_int_eq(contact_write_push(&c, &k), 0);
	contact_read(&c, &again);
	ck_assert(again.last_pull <= now_s() && again.last_pull > now_s() - 10);
	ck_assert_str_eq(again.pull_master, "m1");
	ck_assert_str_eq(again.push_master, "m2");
	ck_assert_int_eq(again.push_began, NOW);
	ck_assert_int_eq(again.push_ended, NOW + 5);
	ck_assert_uint_eq(again.period, 300);
	ck_assert_str_eq(again.push_address, "mb");
	ck_assert_str_eq(again.wait_address, "ma");
	ck_assert_int_eq(again.wait_until, NOW + CONTACT_WAIT_MAX);
	ck_assert_uint_eq(again.busy, 1);
	ck_assert_uint_eq(again.failures, 3);
	ck_assert_int_eq(again.failed, NOW + 7);
	ck_assert_int_eq(again.busy_until, k.busy_until);

	/* Garbage is as if it were not there. */
	fd = dir_open(AT_FDCWD, c.state);
	ck_assert_int_eq(file_replace(fd, "state/last-push", "period: -5\nbegan: x\n\n:\x01", 23,
			     0600, FILE_UNSYNCED),
	    0);
	contact_read(&c, &again);
	ck_assert_uint_eq(again.period, 0);
	ck_assert_int_eq(again.push_began, 0);
	ck_assert_int_eq(dir_remove_tree(fd, "state"), 0);
	close(fd);
	ck_assert_int_eq(rmdir(c.state), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { good_push_forgets, failures_in_a_row, busy_doubles, files,
		several_pull };
	struct suite_plan plan =
	    SUITE_PLAN("contact", NULL, NULL, due, sizeof(cases) / sizeof(cases[0]));
	struct suite_plan of_copies =
	    SUITE_PLAN("contact", NULL, NULL, due_for_copies, sizeof(pulls) / sizeof(pulls[0]));

	return suite_run(plan, tests, sizeof(tests) / sizeof(*tests)) |
	    suite_run(of_copies, NULL, 0);
}
