/* SPDX-License-Identifier: ISC */
/*
 * The one word that `bijk-master status` has for a node (design.md), and what it is made of. No
 * I/O.
 *
 * The first that holds:
 *
 *   off     the administrator switched it off
 *   cloned  it came back to the log before, within the last hour or four periods
 *   error   the last try failed. A node that pushes in time is not in error because a pull does not
 * reach it
 *   never   nothing was ever heard of it
 *   silent  nothing for more than an hour, and more than two periods
 *   late    nothing for more than two periods
 *   damaged  its archive on this master was found damaged
 *   behind  the last session left records on the node
 *   ok
 *
 * A period is, for a node that is pulled, its own or pull.period. How often a node pushes is for
 * the node to know; here it is 240 s, or the shortest time that the master allows it if that is
 * longer.
 */
#ifndef BIJK_STATUS_STATUS_H
#define BIJK_STATUS_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "master/store/store.h"

enum status_word {
	STATUS_OK,
	STATUS_LATE,
	STATUS_SILENT,
	STATUS_DAMAGED,
	STATUS_BEHIND,
	STATUS_NEVER,
	STATUS_ERROR,
	STATUS_CLONED,
	STATUS_OFF,
};

#define STATUS_PUSH_PERIOD 240 /* seconds: what a node does unless it is told otherwise */

/* Seconds between two sessions that this node should have. */
uint64_t status_period(
    const struct node *n, const struct node_state *st, const struct master_config *c);
/* The word at this moment (seconds since 1970). */
enum status_word status_of(
    const struct node *n, const struct node_state *st, int64_t now, const struct master_config *c);
const char *status_name(enum status_word w);

#endif
