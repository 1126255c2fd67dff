/* SPDX-License-Identifier: ISC */
/*
 * The segments of a log in memory, and what can happen to them: operations of a
 * letter each, with the segment (1 byte) and the place in it (2 bytes, counted
 * from its end if the letter is small):
 *
 *   F bit           that bit is flipped            W n bytes…  these are written there
 *   Z n (2 bytes)   so many zeros are              T           it ends there
 *   G n bytes…      these stand behind its end     X n (2)     so many zeros do
 *   C from n (2+2)  bytes of it are copied there   D           frame number `place` stands
 *                                                  behind its end
 *   R               it is not there (no place)
 */
#ifndef BIJK_TESTS_FUZZ_RECOVER_DAMAGE_H
#define BIJK_TESTS_FUZZ_RECOVER_DAMAGE_H

#include "tests/fuzz/fuzz.h"
#include "tests/oracle/tree.h"

#define SEGMENTS 8

/* Each byte that was touched is marked. */
struct segment_file {
	uint64_t first;
	struct buf data, touched;
	bool removed, copied;
};

/* A log before it is opened. */
struct damaged {
	const struct tree *from;
	struct segment_file v[SEGMENTS];
	size_t n;
};

/* What the tree holds; and back again as files. */
void damaged_load(struct damaged *v, const struct tree *t);
void damaged_store(const struct damaged *v, const char *dir);
void damaged_free(struct damaged *v);
/* One operation. */
void damage(struct damaged *v, struct input *in);

#endif
