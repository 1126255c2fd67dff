/* SPDX-License-Identifier: ISC */
/* What a session adds to the state of its node. */
#ifndef BIJK_RECEIVE_STATE_H
#define BIJK_RECEIVE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/exchange/proof.h"
#include "common/names.h"
#include "master/store/store.h"

struct totals {
	uint64_t records, bytes;   /* bytes of payload */
	uint64_t gaps, lost;	   /* how many gaps, and records in them */
	uint64_t gap_from, gap_to; /* the last gap: [from, to) */
	int64_t newest_ns;	   /* time of the newest record */
};

struct session_result {
	const char *name, *address;
	enum direction direction;
	bool good;	  /* the session came to its end */
	int64_t began;	  /* seconds since 1970 */
	int64_t skew;	  /* the node's clock less ours, seconds */
	struct log_id id; /* the node's log */
	uint64_t left;	  /* records the node still has */
	bool damaged;	  /* its archive was found damaged */
	struct totals totals;
	struct store_gone gone; /* what was removed meanwhile */
};

/* Keeps it; a failure is a warning, for small state may be lost. */
void session_result_keep(struct store *s, const struct session_result *n);
/* Keeps that a push came too early and was told to wait. */
void receive_waits(struct store *s, const char *name, uint64_t seconds);
/* Counts a failed try of this node, which began then, and keeps the reason. */
void receive_failed(
    struct store *s, const char *name, enum direction direction, int64_t began, const char *reason);

#endif
