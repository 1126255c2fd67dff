/* SPDX-License-Identifier: ISC */
/*
 * The oracle that every layer of proof asks: what a record holds, what was promised of it, and
 * whether what is there now keeps the promise.
 *
 * Link $(O)/liboracle.a, before $(MLIB) and $(LIB) (with $(LIBS_JSON) where judge_json() is used). From a
 * script, $(O)/tests/oracle/oracle:
 *
 *   oracle put [-k] [-l] [-s SEED] [-z SIZE] JOURNAL COUNT -- BIJK-PUT ARGS…
 *       COUNT new records, one call of bijk-put each (-l: one for all, as lines; the caller adds
 *       bijk-put's own -l). -z: each of so many bytes. -s: the seed of a new journal. Ends with the
 *       exit code of the first bijk-put that failed; -k goes on behind it.
 *   bijk-cat --json NODE | oracle judge [-a] [-f] [-g] [-S SOURCE] JOURNAL
 *       -a: what was acked must be there, instead of what was stored. -f: the log was forked, a
 *       record may be there once under each log id. -g: what is missing is told as a gap. -S: only
 *       records of this source count. Says in words what is wrong, then "N records, N faults".
 *       Exit code 0 or 1; 64 and above: it could not be judged.
 *   oracle mark JOURNAL stored|acked FIRST [COUNT]
 *       for a layer that knows better than `put` what was promised.
 *
 * A journal is a file of lines, each written in one piece, that lies outside of the fault:
 *   seed S       the first line
 *   made N       record N is about to be given to bijk-put
 *   stored N     bijk-put returned 0 for it
 *   acked N      the master acknowledged it
 * Records are numbered from 1; a journal belongs to one node and to one producer at a time.
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
 * Adds the payload of record n to out: "N SIZE:" (a line: "N SIZE;"), then bytes that follow from
 * the seed, n, form and size alone. Size, which counts all, is a few bytes to a few KiB, now and then
 * more than 1 MiB; or `size`, as far as the head fits. -1: errno.
 */
int payload_make(struct buf *out, uint64_t seed, uint64_t n, enum payload_form form, size_t size);
/* Is this the payload of a record of this seed? *n is then which; it is also set, else 0, when the
 * head can be read but what follows is wrong. */
bool payload_check(uint64_t seed, const void *payload, size_t len, uint64_t *n);

/* --- The journal --- */

enum journal_mark { JOURNAL_MADE = 1, JOURNAL_STORED = 2, JOURNAL_ACKED = 4 };

struct journal {
	int fd; /* -1: in memory only */
	uint64_t seed;
	uint64_t last;	/* the highest number with a mark, 0: none */
	uint8_t *marks; /* of numbers 0 … last */
	size_t room;
};

/* Reads the journal, or makes one of this seed when there is none. path NULL: in memory only. -1:
 * errno, EBADMSG for a line that is none of a journal. */
int journal_open(struct journal *j, const char *path, uint64_t seed);
/* Marks `count` numbers from `first` on. It is written when it returns. -1: errno. */
int journal_mark(struct journal *j, enum journal_mark mark, uint64_t first, uint64_t count);
bool journal_has(const struct journal *j, enum journal_mark mark, uint64_t n);
/* A copy in memory. -1: errno. */
int journal_copy(struct journal *to, const struct journal *from);
void journal_close(struct journal *j);

/* --- The judge: judge_begin(), what is there in the order in which it is there, judge_end() --- */

enum judge_options {
	JUDGE_ACKED = 1, /* as -a, -f and -g above */
	JUDGE_FORKED = 2,
	JUDGE_GAPS = 4,
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
/* `log` names the log; records of one come together. payload NULL: a record that is not ours. */
void judge_record(struct judge *j, const char *log, uint64_t seq, const void *payload, size_t len);
void judge_gap(struct judge *j, const char *log, uint64_t from, uint64_t to);
/* How many faults there were; frees what the judge holds. */
uint64_t judge_end(struct judge *j);

/*
 * Between judge_begin() and judge_end(): all that `bijk-cat --json` printed, with what is of another
 * source left out (NULL: nothing is). -1: it is not what bijk-cat prints, or reading failed; said.
 */
int judge_json(struct judge *j, FILE *in, const char *source);
/* The same for a log's directory, in the order and with the gaps that bijk-cat prints; one that is not
 * there holds nothing. Quicker than judge_json(). -1: errno, reading failed. */
int judge_log(struct judge *j, const char *dir, const char *source);

#endif
