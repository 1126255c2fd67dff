/* SPDX-License-Identifier: ISC */
/* The real recovery on one state, and what must then hold. */
#ifndef BIJK_TESTS_VERIFY_H
#define BIJK_TESTS_VERIFY_H

#include <stdbool.h>

#include "common/log/log.h"
#include "tests/replay/promise.h"

struct subject {
	char root[64]; /* all of it lies below */
	char dir[80];  /* the log */
	bool spool;    /* or an archive */
};

/* Opened for writing as its program opens it; NULL: errno. */
struct log *subject_open(const struct subject *s);
/* One frame of `count` records from record n on, of about `size` bytes each, as
 * the next numbers. -1: errno. */
int subject_frame(
    struct buf *out, const struct log *l, uint64_t seed, uint64_t n, uint64_t count, size_t size);
/* The number that a record of ours names; 0: none. */
uint64_t record_number(const struct record *r);

/*
 * On what lies in s->root now. `want`: what was promised. NULL: good; else what
 * is wrong, static, and with `loud` more of it is printed. `peek`: also a look
 * without the lock before anything is mended.
 */
const char *verify_state(const struct subject *s, const struct promise *want, bool peek, bool loud);

#endif
