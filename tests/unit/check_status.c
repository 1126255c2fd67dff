/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "master/status/status.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define NOW INT64_C(1700000000)
#define HOUR 3600

static const struct master_config config = { .pull_period = 300, .min_period = 240 };
static struct node node;
static struct node_state state;

/* A node that is pulled and was heard of a minute ago. */
static void well(void)
{
	node = (struct node){ .name = "n1", .min_period = NODE_UNSET, .pull_period = NODE_UNSET };
	state = (struct node_state){
		.contact = NOW - 60, .has_direction = true, .direction = DIRECTION_PULL
	};
}

static const char *word(void)
{
	return status_name(status_of(&node, &state, NOW, &config));
}

static const char *heard(int64_t ago)
{
	state.contact = NOW - ago;
	return word();
}

static void failed(enum direction direction)
{
	state.failed = NOW - 10;
	state.failed_direction = direction;
	snprintf(state.reason, sizeof(state.reason), "it does not work");
}

START_TEST(ages_of_a_pulled_node)
{
	well();
	ck_assert_str_eq(word(), "ok");
	ck_assert_str_eq(heard(600), "ok");
	ck_assert_str_eq(heard(601), "late");
	ck_assert_str_eq(heard(HOUR), "late");
	ck_assert_str_eq(heard(HOUR + 1), "silent");
	ck_assert_str_eq(heard(-HOUR), "ok"); /* the clock was set back */
	state.contact = 0;
	ck_assert_str_eq(word(), "never");
	node.pull_period = 60;
	ck_assert_str_eq(heard(120), "ok");
	ck_assert_str_eq(heard(121), "late");
	/* A long period is not silence. */
	node.pull_period = 6 * HOUR;
	ck_assert_str_eq(heard(12 * HOUR), "ok");
	ck_assert_str_eq(heard(12 * HOUR + 1), "silent");
}
END_TEST

START_TEST(ages_of_a_pushing_node)
{
	well();
	state.direction = DIRECTION_PUSH;
	ck_assert_str_eq(heard(480), "ok");
	ck_assert_str_eq(heard(481), "late");
	ck_assert_str_eq(heard(HOUR + 1), "silent");
	node.min_period = 60; /* it may, but need not, push more often */
	ck_assert_str_eq(heard(480), "ok");
	node.min_period = 1000;
	ck_assert_str_eq(heard(2000), "ok");
	ck_assert_str_eq(heard(2001), "late");
	node.pull_period = 1; /* of no matter for a push */
	ck_assert_str_eq(heard(2000), "ok");
}
END_TEST

START_TEST(periods)
{
	well();
	ck_assert_uint_eq(status_period(&node, &state, &config), 300);
	state.has_direction = false;
	ck_assert_uint_eq(status_period(&node, &state, &config), 300);
	node.mode = NODE_PUSH;
	ck_assert_uint_eq(status_period(&node, &state, &config), 240);
	/* What it may do now, not what it did. */
	state.has_direction = true;
	state.direction = DIRECTION_PUSH;
	node.mode = NODE_PULL;
	ck_assert_uint_eq(status_period(&node, &state, &config), 300);
}
END_TEST

START_TEST(errors)
{
	well();
	failed(DIRECTION_PULL);
	ck_assert_str_eq(word(), "error");
	state.contact = 0;
	ck_assert_str_eq(word(), "error"); /* more than `never` says */
	state.reason[0] = '\0';
	ck_assert_str_eq(word(), "never");
	ck_assert_str_eq(heard(60), "ok");
}
END_TEST

START_TEST(errors_of_a_pushing_node)
{
	well();
	state.direction = DIRECTION_PUSH;
	failed(DIRECTION_PULL);
	ck_assert_str_eq(word(), "ok"); /* it cannot be reached, which is why it pushes */
	ck_assert_str_eq(heard(481), "late");
	ck_assert_str_eq(heard(60), "ok");
	failed(DIRECTION_PUSH);
	ck_assert_str_eq(word(), "error");
	failed(DIRECTION_PULL);
	node.mode = NODE_PULL; /* it may push no more */
	ck_assert_str_eq(word(), "error");
}
END_TEST

START_TEST(behind)
{
	well();
	state.left = 1;
	ck_assert_str_eq(word(), "behind");
	ck_assert_str_eq(heard(601), "late");
	failed(DIRECTION_PULL);
	ck_assert_str_eq(word(), "error");
}
END_TEST

START_TEST(damaged)
{
	well();
	state.left = 1;
	state.damaged = NOW - 40 * 24 * HOUR; /* until somebody has read all of it */
	ck_assert_str_eq(word(), "damaged");
	ck_assert_str_eq(heard(601), "late");
	failed(DIRECTION_PULL);
	ck_assert_str_eq(word(), "error");
}
END_TEST

START_TEST(cloned)
{
	well();
	state.cloned = NOW - HOUR;
	ck_assert_str_eq(word(), "cloned");
	state.cloned--;
	ck_assert_str_eq(word(), "ok");
	state.direction = DIRECTION_PUSH;
	node.min_period = HOUR; /* it can only come back so often */
	ck_assert_str_eq(word(), "cloned");
	failed(DIRECTION_PUSH);
	ck_assert_str_eq(word(), "cloned");
	node.mode = NODE_OFF;
	ck_assert_str_eq(word(), "off");
}
END_TEST

SUITE_MAIN("status", ages_of_a_pulled_node, ages_of_a_pushing_node, periods, errors,
    errors_of_a_pushing_node, behind, damaged, cloned)
