/* SPDX-License-Identifier: ISC */
/*
 * What one side of a session said, all of it, and its pieces: a line, or a DATA line with the frame
 * behind it.
 */
#ifndef BIJK_TESTS_STREAM_H
#define BIJK_TESTS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_MAX 8192

enum flow { UP, DOWN }; /* what the node says, what the master says */

struct stream {
	size_t len;    /* said */
	size_t passed; /* of that, handed on */
	bool ended;    /* it says no more */
	bool shut;     /* and the reader was told so */
	uint8_t bytes[STREAM_MAX];
};

/* What a piece begins with; an empty word for all the rest. */
enum word { WORD_OTHER, WORD_NODE, WORD_FROM, WORD_DATA, WORD_ACK, WORD_END };

struct piece {
	enum word word;
	uint64_t number; /* of FROM, DATA, ACK, END */
	size_t from, to; /* its bytes, LF and frame included */
};

/* The next whole piece of the first `limit` bytes, behind p->to. All zero begins. */
bool stream_next(const struct stream *s, size_t limit, struct piece *p);
/* How many pieces of this word are whole in the first `limit` bytes; *last is the last one. */
size_t stream_count(const struct stream *s, size_t limit, enum word w, struct piece *last);

#endif
