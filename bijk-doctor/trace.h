/* SPDX-License-Identifier: ISC */
/*
 * Which rule stops the packets of an attempt: every packet that comes from the
 * peer or leaves for it is traced through nft, iptables-nft and arp; of
 * iptables-legacy the counters tell it.
 */
#ifndef BIJK_DOCTOR_TRACE_H
#define BIJK_DOCTOR_TRACE_H

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

#endif
