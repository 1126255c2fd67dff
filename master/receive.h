/* SPDX-License-Identifier: ISC */
/*
 * The master's half of the exchange (protocol.md, section 4): the one receiver,
 * which serves a pull (bijk-pull) and a push (bijk-recv). It keeps records in
 * the store and what it learned in the node's state.
 */
#ifndef BIJK_RECEIVE_H
#define BIJK_RECEIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/exchange/proof.h"
#include "common/fail.h"
#include "master/store/store.h"

struct receive {
	/* What the caller sets. */
	struct store *store;
	const struct master_config *config;
	enum direction direction;
	const char *node;	/* a pull: the node that was asked; NULL in a push */
	const char *address;	/* where it is, for the state; "" when unknown */
	uint64_t proof_seconds; /* for everything up to the proof: 30, on the push port 5 */
	bool narrow;		/* a proved node loses reach of all others (sandbox.h) */
	bool overlap;		/* a thread stores while more is received */
	uint64_t timeout;	/* seconds without progress, afterwards */
	/* NULL, or called with each step (bijk-master test). */
	void (*step)(void *onlooker, const char *text);
	void *onlooker;

	/* What is known afterwards. */
	char name[NODE_NAME_MAX + 1]; /* "" until the node proved itself */
	uint64_t records, bytes;      /* stored; bytes of payload */
	uint64_t wait;		      /* we said WAIT */
	bool looked;		      /* a push that the node ended behind FROM: not kept */
	struct fail fail;
};

/*
 * Runs one session. 0: good, or WAIT was said. -1: r->fail. In a pull the
 * caller records a failure, for ssh may have said why.
 */
int receive_session(struct receive *r, int in, int out);
/* Counts a failed try of this node, which began then, and keeps the reason. */
void receive_failed(
    struct store *s, const char *name, enum direction direction, int64_t began, const char *reason);

#endif
