/* SPDX-License-Identifier: ISC */
/*
 * What `bijk-master status` says of a node: one word, and notes. No I/O.
 *
 * The word is the first that holds:
 *
 *   off      the administrator switched the node off
 *   cloned   within the last hour, or four periods, it came back to the log before
 *   error    the last try failed; a failed pull does not count for a node that pushes
 *   never    nothing was ever heard of it
 *   silent   nothing for more than an hour, and more than two periods
 *   late     nothing for more than two periods
 *   damaged  its archive on this master was found damaged
 *   behind   the last session left records on the node
 *   ok
 *
 * The period of a node that is pulled is its own or pull.period. The master
 * does not know how often a node pushes: its period is 240 s, or the node's
 * minimum on this master if that is longer.
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

#define STATUS_PUSH_PERIOD 240 /* seconds: the default of a node */

/* Seconds between two sessions that this node should have. */
uint64_t status_period(
    const struct node *n, const struct node_state *st, const struct master_config *c);
/* The word at this moment (seconds since 1970). */
enum status_word status_of(
    const struct node *n, const struct node_state *st, int64_t now, const struct master_config *c);
const char *status_name(enum status_word w);

#define STATUS_NOTES_MAX 1536
/*
 * Notes: two machines with one name, a new log, what is lost, why the last try
 * failed (`reason`, or ""). Separated by "; ", "" if there are none; nothing
 * older than a day.
 */
void status_notes(const struct node_state *st, enum status_word word, const char *reason,
    int64_t now, char out[STATUS_NOTES_MAX]);

#endif
