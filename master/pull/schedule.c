/* SPDX-License-Identifier: ISC */
#include "master/pull/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/banned.h"

uint64_t pull_period(const struct node *n, const struct master_config *c)
{
	return n->pull_period != NODE_UNSET ? n->pull_period : c->pull_period;
}

uint64_t pull_distance(uint64_t period, uint64_t failures)
{
	uint64_t d = period;

	for (uint64_t i = 0; i < failures && d < PULL_DISTANCE_MAX; i++)
		d = d * 2 < PULL_DISTANCE_MAX ? d * 2 : PULL_DISTANCE_MAX;
	return d;
}

int64_t pull_moment(const char *name, const char *master, uint64_t period, int64_t now)
{
	int64_t p = (int64_t)period;
	int64_t past = (now - (int64_t)(names_number(name, master) % period)) % p;

	return now - (past < 0 ? past + p : past);
}

bool pull_due(
    const char *name, const char *master, uint64_t period, const struct node_state *st, int64_t now)
{
	int64_t distance = (int64_t)pull_distance(period, st->failures);
	int64_t moment = pull_moment(name, master, period, now);

	if (st->tried <= 0 || st->tried > now)
		return true;
	if (moment <= st->tried)
		return false;
	/* A try begins some seconds after its moment; half a period tells the
	 * moments apart. */
	return st->failures == 0 || moment - st->tried >= distance - (int64_t)(period / 2);
}

bool pull_slow(const struct node_state *st)
{
	return st->failures > 0 || (st->has_direction && st->direction == DIRECTION_PUSH);
}

bool pull_allowed(enum node_mode mode)
{
	return mode == NODE_AUTO || mode == NODE_PULL;
}

bool pull_awaited(const struct node *n, const struct node_state *st, const char *key)
{
	return pull_allowed(n->mode) && st->has_direction && st->direction == DIRECTION_PULL &&
	    strcmp(st->pull_key, key) != 0;
}

static int compare_turns(const void *a, const void *b)
{
	const struct pull_turn *x = a, *y = b;

	if (x->tried != y->tried)
		return x->tried < y->tried ? -1 : 1;
	return strcmp(x->name, y->name);
}

void pull_order(struct pull_turn *v, size_t n)
{
	if (n > 0)
		qsort(v, n, sizeof(*v), compare_turns);
}
