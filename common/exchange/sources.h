/* SPDX-License-Identifier: ISC */
/*
 * How many connections of one address may be under way. The listeners differ in
 * what they can limit, so the program does it itself: an address that opens
 * connections without end fills its own slots and nobody else's.
 */
#ifndef BIJK_EXCHANGE_SOURCES_H
#define BIJK_EXCHANGE_SOURCES_H

#include <stdint.h>

#define SOURCE_SLOTS 32 /* one address can be many nodes behind NAT */

/* Equal for addresses that are one source: of IPv6 the first 64 bits count. */
uint64_t source_number(const char *address);

enum source_full {
	SOURCE_REFUSE, /* EWOULDBLOCK */
	/*
	 * End the process that holds one of them, any. A process that needs its
	 * slot only for a moment is hardly ever hit, and one that holds them
	 * all shuts nobody out. This slot belongs to the process alone.
	 */
	SOURCE_EVICT,
};
/*
 * A slot for this address (as sock_peer() shows it), held until the descriptor
 * is closed. `state` is the directory of the file. -1: errno; EWOULDBLOCK when
 * all of its slots are taken.
 */
int source_slot(const char *state, const char *address, enum source_full when_full);

#endif
