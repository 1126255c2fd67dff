/* SPDX-License-Identifier: ISC */
/*
 * The node's half of the exchange (protocol.md, section 4), for a pull
 * (bijk-login) and a push (bijk-push).
 */
#ifndef BIJK_EXCHANGE_SENDER_H
#define BIJK_EXCHANGE_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/deadline.h"
#include "common/config.h"
#include "common/exchange/proof.h"
#include "common/fail.h"
#include "common/log/acks.h"

enum send_until {
	SEND_ALL,
	/* ends behind FROM or WAIT: no record is sent, and nothing changes here */
	SEND_TO_POSITION,
};

struct send {
	/* What the caller sets. */
	const struct node_config *config;
	enum direction direction;
	uint8_t hash[HASH_SIZE];
	const char *master; /* a push: the name pinned for the address; NULL in a pull: any */
	uint64_t timeout;   /* seconds without progress */
	/* who must have a record before it is freed; NULL: any one master */
	const struct copies *copies;
	enum send_until until;
	int *slot; /* NULL, or a descriptor to close once the master has proved itself */

	/* What is known afterwards, as far as it went. */
	char master_name[NODE_NAME_MAX + 1];
	bool proved; /* the master proved that it knows the hash */
	bool nothing_to_send;
	uint64_t period;	    /* of FROM; 0 before */
	uint64_t wait;		    /* of WAIT; 0: none came */
	int64_t skew;		    /* the master's clock less ours, seconds */
	uint64_t acked_from, acked; /* the first and the last acknowledged position */
	uint64_t records, bytes;    /* sent */
	struct fail fail;
};

/*
 * Runs one session over these descriptors. 0: the master has every record below
 * the last ACK, or said WAIT (s->wait). -1: s->fail; acknowledgements are kept.
 */
int send_session(struct send *s, int in, int out);

#endif
