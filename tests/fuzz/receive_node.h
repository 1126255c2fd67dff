/* SPDX-License-Identifier: ISC */
/*
 * A hostile node that knows the hash: its script (script.h) says
 *
 *   1  the node's mac for the line so far
 *   2  n (2 bytes), n bytes: a DATA of just these, sealed
 *   3  the same, but made a frame before: its magic, length and tag are put right
 *   4  a, b, c: a DATA of a good frame of b % 8 + 1 records, a − 128 beyond the right number;
 *     c & 1: zstd
 *   5  the END that is right now            7  the last DATA once more
 *   8  b: bit b of the next DATA is flipped when it is sealed
 *
 * and it notes what a right receiver stores of that.
 */
#ifndef BIJK_TESTS_FUZZ_RECEIVE_NODE_H
#define BIJK_TESTS_FUZZ_RECEIVE_NODE_H

#include "common/exchange/lines.h"
#include "common/exchange/proof.h"
#include "common/exchange/wire.h"
#include "tests/fuzz/script.h"

#define SENT_MAX 64
#define HELD_NEXT 5 /* the archive of web7's log held_id holds the records below */
extern const struct log_id held_id;

/* Goals of the target. */
enum { GOOD, GAPS, WAITED, UNPROVED, MADE_UP, FLIPPED, REPLAYED };

/* One session, as the harness sees it. */
struct hostile_node {
	struct script script; /* first, so that it leads here */
	enum direction direction;
	char greeting[WIRE_LINE_MAX];
	char node_line[WIRE_LINE_MAX];
	struct node_line node;
	bool proved;
	uint8_t key[SEAL_KEY];
	uint64_t count; /* DATA so far */
	int flip;	/* bit of the next one; -1: none */
	struct buf last;
	/* What a right receiver stores: frames as they were made, until the
	 * first that is wrong, or END. */
	uint64_t from, next;
	bool wrong;
	struct {
		uint64_t seq, end;
		struct buf frame;
	} sent[SENT_MAX];
	size_t n;
};

/* For struct script. */
void hostile_node_op(struct script *s, unsigned op);
void hostile_node_said(struct script *s, const char *line, size_t len);
void hostile_node_free(struct hostile_node *v);

#endif
