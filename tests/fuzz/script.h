/* SPDX-License-Identifier: ISC */
/*
 * What a hostile peer says, as a script: bytes that stand for themselves, and
 * the bytes 1 to 8, which stand for something that only somebody who knows the
 * hash, or what was said before, can say. Byte 1 is the right mac for the line
 * so far, byte 6 a pause; the others are the target's. So a mutation changes
 * anything, and still gets past the proofs.
 */
#ifndef BIJK_TESTS_FUZZ_SCRIPT_H
#define BIJK_TESTS_FUZZ_SCRIPT_H

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/peer.h"

#define SCRIPT_MAC 1
#define SCRIPT_PAUSE 6

struct script {
	struct input in;
	struct peer *peer;
	struct buf line; /* what it said since the last LF */
	unsigned lines;	 /* whole ones so far */
	/* One of the bytes 1 to 8, but for the pause: says something by
	 * script_say(). */
	void (*op)(struct script *s, unsigned op);
	/* A whole line was said, without its LF; it may hold any bytes. NULL:
	 * nobody wants to know. */
	void (*said_line)(struct script *s, const char *line, size_t len);
};

/* Lets the peer speak by it. */
void script_begin(struct script *s, struct peer *p, struct input in);
void script_end(struct script *s);
void script_say(struct script *s, const void *data, size_t len);
void script_says(struct script *s, const char *text);
/* Bytes that are no lines. */
void script_say_raw(struct script *s, const void *data, size_t len);

/* The next whole line that was heard, from *at on, into line; false: there is
 * none. */
bool heard_line(const struct peer *p, size_t *at, char *line, size_t size);

#endif
