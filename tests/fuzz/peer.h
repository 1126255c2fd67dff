/* SPDX-License-Identifier: ISC */
/*
 * The other end of a connection, in memory: what the program under test reads
 * from one descriptor and writes to another comes from and goes to a struct
 * peer. read(), write(), poll() and shutdown() of the program are linked to
 * peer.c (ld --wrap), which hands everything else on to the system.
 */
#ifndef BIJK_TESTS_FUZZ_PEER_H
#define BIJK_TESTS_FUZZ_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

#define PEER_MAX (4u << 20)

enum peer_more {
	PEER_MORE,  /* something was added */
	PEER_PAUSE, /* nothing comes until somebody waits for it */
	PEER_END,
};

struct peer {
	int in, out; /* descriptors of the program; they must be real ones */
	struct buf heard;
	struct buf say; /* what it reads next, from `said` on */
	size_t said;
	/* Adds to `say`. Sees what was heard, so it can answer. */
	enum peer_more (*more)(struct peer *p, void *arg);
	void *arg;
	bool paused, ended;
	/* Faults. */
	size_t chunk;	   /* at most so many bytes in a call; 0: no limit */
	bool stutter;	   /* EAGAIN before each */
	size_t breaks;	   /* EPIPE once so many bytes were heard; 0: never */
	bool stuttered[2]; /* of reading, of writing */
};

/* Begins with it; `faults` is any byte. The descriptors are those of peer_fd(),
 * or given afterwards. */
void peer_begin(struct peer *p, unsigned faults);
/* Ends with it, and frees what it holds. */
void peer_end(struct peer *p);
/* A descriptor that can stand for both. */
int peer_fd(void);

#endif
