/* SPDX-License-Identifier: ISC */
/*
 * Which rule stops the packets of an attempt: every packet that comes from the
 * peer or leaves for it is traced through nft, iptables-nft and arp; of
 * iptables-legacy the counters tell it.
 */
#ifndef BIJK_DOCTOR_TRACE_H
#define BIJK_DOCTOR_TRACE_H

#include "bijk-doctor/ask.h"
#include "bijk-doctor/attempt.h"
#include "bijk-doctor/copy.h"

struct trace;

/* In the copy's namespace. Never NULL; without nft it sees legacy rules only. */
struct trace *trace_begin(const struct copy *c);
/* An attempt begins, to connect from here (out), or to here, to this port: what
 * was seen before is forgotten. */
void trace_attempt(struct trace *t, bool out, uint16_t port);
/* How many of its packets have been dropped by now. */
unsigned trace_drops(struct trace *t);
/* At the end of an attempt that got nowhere: what dropped the first; if nothing
 * did, a rule that changed a packet of it, if any did. */
bool trace_end(struct trace *t, struct drop *d);

/* --- trace_legacy.c, of which the above is made --- */

struct attempted {
	const struct route *route;
	bool out;
	uint16_t port;
	struct answer counters[2]; /* of IPv4 and IPv6, when it began */
};

/* Counts as far as there are such tables. */
void legacy_count(struct answer counters[2]);
/* By the counters now. True: *d dropped a packet; else it is one that changed
 * one, or d->legacy is as it was. */
bool legacy_compare(const struct attempted *t, struct drop *d);

#endif
