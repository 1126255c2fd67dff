/* SPDX-License-Identifier: ISC */
/*
 * The oracle that every layer of proof asks: what a record holds, what was
 * promised of it, and whether what is there now keeps the promise.
 *
 * Link $(O)/liboracle.a, before $(MLIB) and $(LIB).
 *
 * A journal marks, for each record, how far it came. Records are numbered from
 * 1; a journal belongs to one node and to one producer at a time.
 */
#ifndef BIJK_TESTS_ORACLE_H
#define BIJK_TESTS_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/buf.h"

/* --- Records --- */

enum payload_form {
	PAYLOAD_BYTES, /* any bytes */
	PAYLOAD_LINE,  /* any but a line end */
};

/*
 * Adds the payload of record n to out: "N SIZE:" (a line: "N SIZE;"), then
 * bytes that follow from the seed, n, form and size alone. Size, which counts
 * all, is a few bytes to a few KiB, now and then more than 1 MiB; or `size`, as
 * far as the head fits. -1: errno.
 */
int payload_make(struct buf *out, uint64_t seed, uint64_t n, enum payload_form form, size_t size);
/* Is this the payload of a record of this seed? *n is then which; it is also
 * set, else 0, when the head can be read but what follows is wrong. */
bool payload_check(uint64_t seed, const void *payload, size_t len, uint64_t *n);

/* --- The journal --- */

enum journal_mark {
	JOURNAL_MADE = 1,   /* about to be given to bijk-put */
	JOURNAL_STORED = 2, /* bijk-put returned 0 */
};

struct journal {
	uint64_t seed;
	uint64_t last;	/* the highest number with a mark, 0: none */
	uint8_t *marks; /* of numbers 0 … last */
	size_t room;
};

/* A new one is { .seed = SEED }. Marks `count` numbers from `first` on. -1:
 * errno. */
int journal_mark(struct journal *j, enum journal_mark mark, uint64_t first, uint64_t count);
bool journal_has(const struct journal *j, enum journal_mark mark, uint64_t n);
/* -1: errno. To be freed. */
int journal_copy(struct journal *to, const struct journal *from);
void journal_free(struct journal *j);

/* --- The judge: judge_begin(), what is there in the order in which it is there, judge_end() --- */

enum judge_options {
	JUDGE_FORKED = 1, /* the log was forked: a record may be there once under each log id */
	JUDGE_GAPS = 2,	  /* what is missing is shown as a gap */
};

struct judge {
	const struct journal *journal;
	unsigned options;
	FILE *out; /* what is wrong is said here; NULL: nowhere */
	uint64_t records, faults;
	uint8_t *seen; /* of numbers 0 … journal->last */
	char log[40];
	uint64_t seq, n; /* of the last record in this log, 0: none */
	uint64_t gap;	 /* numbers told as missing since then */
};

/* -1: no memory. The journal must not change before judge_end(). */
int judge_begin(struct judge *j, const struct journal *journal, unsigned options, FILE *out);
/* `log` names the log; records of one come together. */
void judge_record(struct judge *j, const char *log, uint64_t seq, const void *payload, size_t len);
void judge_gap(struct judge *j, const char *log, uint64_t from, uint64_t to);
/* How many faults there were; frees what the judge holds. */
uint64_t judge_end(struct judge *j);

/*
 * Between judge_begin() and judge_end(): all that a log's directory holds, in
 * the order and with the gaps that bijk-cat prints; one that is not there holds
 * nothing. -1: errno, reading failed.
 */
int judge_log(struct judge *j, const char *dir);

#endif
