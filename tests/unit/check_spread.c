/* SPDX-License-Identifier: ISC */
/* sender.order: spread. */
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/names.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define NODES 10000
#define MASTERS 8

static char address[MASTERS + 1][32];

/* The masters of this node, in its order. */
static void order(char *v[], size_t n, unsigned node, int how)
{
	char name[32], why[YAML_WHY_MAX];
	struct node_config c = { .name = name, .masters = { v, n }, .order = how };

	for (size_t i = 0; i < n; i++) {
		snprintf(address[i], sizeof(address[i]), "m%zu.example.org", i);
		v[i] = address[i];
	}
	snprintf(name, sizeof(name), "node%u", node);
	ck_assert_int_eq(node_config_name(&c, why), 0);
}

static unsigned number(const char *a)
{
	return (unsigned)(a[1] - '0');
}

/* Of the first, and of the first two, each master has its share within 10 %. */
START_TEST(even)
{
	unsigned first[MASTERS] = { 0 }, two[MASTERS] = { 0 };
	char *v[MASTERS];

	for (unsigned i = 0; i < NODES; i++) {
		order(v, MASTERS, i, ORDER_SPREAD);
		first[number(v[0])]++;
		two[number(v[0])]++;
		two[number(v[1])]++;
	}
	for (unsigned m = 0; m < MASTERS; m++) {
		ck_assert_msg(
		    first[m] >= NODES / MASTERS * 9 / 10 && first[m] <= NODES / MASTERS * 11 / 10,
		    "master %u is first of %u", m, first[m]);
		ck_assert_msg(
		    two[m] >= NODES / MASTERS * 18 / 10 && two[m] <= NODES / MASTERS * 22 / 10,
		    "master %u has %u", m, two[m]);
	}
}
END_TEST

/* A ninth takes a ninth of the nodes, and no node moves between the others. */
START_TEST(one_more)
{
	char *v[MASTERS + 1], *before[MASTERS];
	unsigned moved = 0;

	for (unsigned i = 0; i < NODES; i++) {
		size_t k = 0;

		order(before, MASTERS, i, ORDER_SPREAD);
		order(v, MASTERS + 1, i, ORDER_SPREAD);
		moved += number(v[0]) == MASTERS;
		for (size_t m = 0; m <= MASTERS; m++) {
			if (number(v[m]) != MASTERS)
				ck_assert_ptr_eq(v[m], before[k++]);
		}
	}
	ck_assert_uint_ge(moved, NODES / 9 * 9 / 10);
	ck_assert_uint_le(moved, NODES / 9 * 11 / 10);
}
END_TEST

START_TEST(listed)
{
	char *v[MASTERS];

	order(v, MASTERS, 7, ORDER_LISTED);
	for (unsigned m = 0; m < MASTERS; m++)
		ck_assert_uint_eq(number(v[m]), m);
}
END_TEST

SUITE_MAIN("spread", even, one_more, listed)
