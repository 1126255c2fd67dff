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
/* Has a packet been dropped by now? The first one is kept in *d. */
bool trace_dropped(struct trace *t, struct drop *d);
/* The same with the counters, at the end of an attempt that got nowhere: to
 * connect from here (out), or to here, to this port. If nothing dropped it, a
 * rule that changed a packet of it, if any did. */
bool trace_end(struct trace *t, bool out, uint16_t port, struct drop *d);

#endif
