/* SPDX-License-Identifier: ISC */
/*
 * When a node's turn to be pulled is (design.md, "When a pull is due"). Pure.
 *
 * A node has one moment in each of its periods, which follows from its name and
 * the master's, so that a fleet spreads evenly over the period, and stays so,
 * and two masters seldom meet at one node. After failures it
 * lets moments pass: the distance doubles with each, up to a day.
 */
#ifndef BIJK_PULL_SCHEDULE_H
#define BIJK_PULL_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "master/store/store.h"

#define PULL_DISTANCE_MAX 86400

/* The node's own period, or the master's. */
uint64_t pull_period(const struct node *n, const struct master_config *c);
/* Seconds between two tries, period being at least 1. */
uint64_t pull_distance(uint64_t period, uint64_t failures);
/* The node's last moment, at or before now. */
int64_t pull_moment(const char *name, const char *master, uint64_t period, int64_t now);
/* Is it to be pulled now? A time of the last try that lies in the future says
 * nothing. */
bool pull_due(const char *name, const char *master, uint64_t period, const struct node_state *st,
    int64_t now);
/* Does it wait in the queue of nodes that fail or push, which share a quarter
 * of the slots? */
bool pull_slow(const struct node_state *st);
/* Does a rotation wait for it, as it is pulled and has not taken the key of
 * this fingerprint? */
bool pull_awaited(const struct node *n, const struct node_state *st, const char *key);
/* May it be pulled at all? */
bool pull_allowed(enum node_mode mode);

/* A node whose turn it is. */
struct pull_turn {
	char name[NODE_NAME_MAX + 1];
	bool slow;
	int64_t tried;
};

/* The node tried longest ago comes first, so that none waits for ever. */
void pull_order(struct pull_turn *v, size_t n);

#endif
