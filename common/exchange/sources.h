/* SPDX-License-Identifier: ISC */
/*
 * How many registrations one address may have under way. The listeners differ in what they can
 * limit, so the program does it itself: an address that opens connections without end fills its
 * own places and nobody else's.
 */
#ifndef BIJK_EXCHANGE_SOURCES_H
#define BIJK_EXCHANGE_SOURCES_H

#include <stdint.h>

#define SOURCE_PLACES 32 /* one address can be many nodes behind NAT */

/* The same for addresses that count as one source: of IPv6 the first 64 bits count. */
uint64_t source_number(const char *address);

/*
 * A place for this address (as sock_peer() shows it), held until
 * the descriptor is closed. `state` is the master's directory. -1: EWOULDBLOCK when all of its
 * places are taken, else errno.
 */
int source_place(const char *state, const char *address);
/*
 * The same, but nobody is turned away: where all places of the address are taken, one of their holders, any, is
 * ended. So whoever keeps a place for a moment only is hardly ever met, and who keeps all of them shuts nobody
 * out. The place is this process's alone.
 */
int source_place_evicting(const char *state, const char *address);

#endif
