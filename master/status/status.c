/* SPDX-License-Identifier: ISC */
#include "master/status/status.h"

#include "common/base/banned.h"

#define HOUR 3600

static const char *const names[] = {
	[STATUS_OK] = "ok",
	[STATUS_LATE] = "late",
	[STATUS_SILENT] = "silent",
	[STATUS_DAMAGED] = "damaged",
	[STATUS_BEHIND] = "behind",
	[STATUS_NEVER] = "never",
	[STATUS_ERROR] = "error",
	[STATUS_CLONED] = "cloned",
	[STATUS_OFF] = "off",
};

const char *status_name(enum status_word w)
{
	return names[w];
}

/* A node that was never heard goes by what it may do. */
static enum direction direction_of(const struct node *n, const struct node_state *st)
{
	if (n->mode == NODE_PULL || n->mode == NODE_PUSH || !st->has_direction)
		return n->mode == NODE_PUSH ? DIRECTION_PUSH : DIRECTION_PULL;
	return st->direction;
}

uint64_t status_period(
    const struct node *n, const struct node_state *st, const struct master_config *c)
{
	uint64_t min;

	if (direction_of(n, st) == DIRECTION_PULL)
		return n->pull_period != NODE_UNSET ? n->pull_period : c->pull_period;
	min = n->min_period != NODE_UNSET ? n->min_period : c->min_period;
	return min > STATUS_PUSH_PERIOD ? min : STATUS_PUSH_PERIOD;
}

/* More than so long ago; what lies in the future is not. */
static bool older(int64_t then, int64_t now, uint64_t seconds)
{
	return then < now && (uint64_t)now - (uint64_t)then > seconds;
}

static bool in_error(const struct node *n, const struct node_state *st)
{
	if (st->reason[0] == '\0')
		return false;
	return st->failed_direction == DIRECTION_PUSH || direction_of(n, st) == DIRECTION_PULL;
}

enum status_word status_of(
    const struct node *n, const struct node_state *st, int64_t now, const struct master_config *c)
{
	uint64_t period = status_period(n, st, c);

	if (n->mode == NODE_OFF)
		return STATUS_OFF;
	if (st->cloned != 0 && !older(st->cloned, now, 4 * period > HOUR ? 4 * period : HOUR))
		return STATUS_CLONED;
	if (in_error(n, st))
		return STATUS_ERROR;
	if (st->contact == 0)
		return STATUS_NEVER;
	if (older(st->contact, now, 2 * period))
		return older(st->contact, now, HOUR) ? STATUS_SILENT : STATUS_LATE;
	if (st->damaged != 0)
		return STATUS_DAMAGED;
	return st->left > 0 ? STATUS_BEHIND : STATUS_OK;
}
