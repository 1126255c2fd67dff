/* SPDX-License-Identifier: ISC */
/*
 * The states that a crash at one point of a trace could leave. Durable is: of a
 * file what was written before its last sync that succeeded, of a directory the
 * names that were changed before its own. All else is pending, each apart:
 * every name changed or not; of every 512-byte sector of an unsynced write one
 * of the contents it had since the last sync, zeros, or garbage; the size any
 * that the file had; or of an append any prefix, with nothing, zeros, garbage
 * or bytes of an older file behind it.
 */
#ifndef BIJK_TESTS_STATES_H
#define BIJK_TESTS_STATES_H

#include "tests/replay/ops.h"

#define SECTOR 512
#define SECTORS 64 /* of one file's pending writes */
#define VERSIONS 8
#define PENDING_FILES 16
#define PENDING_NAMES 32
#define NAMES 48
#define DIGITS (PENDING_NAMES + PENDING_FILES * (SECTORS + 1) + 8)

struct bytes {
	uint8_t *data;
	size_t len;
};

struct pending_file {
	size_t node;
	struct bytes version[VERSIONS]; /* the durable one first, the newest last */
	size_t versions;
	size_t size[VERSIONS], sizes; /* that it can have */
	size_t from, to;	      /* the bytes that the pending writes changed */
	size_t sectors;		      /* that these lie in */
	struct {
		uint8_t kind[VERSIONS + 2];
		size_t n;
	} content[SECTORS]; /* that a sector can have */
};

struct crash {
	const struct trace *trace;
	struct {
		size_t dir, node;
		char name[NAME_ROOM];
	} names[NAMES]; /* durable */
	size_t n_names;
	const struct op *pending[PENDING_NAMES];
	size_t n_pending;
	struct pending_file file[PENDING_FILES];
	size_t files;
	struct bytes *durable; /* of each node */
	size_t units;	       /* names, sectors, and sizes that pend */
};

/* The crash behind the first n operations. */
void crash_begin(struct crash *c, const struct trace *t, size_t n);
void crash_free(struct crash *c);

/* Ways to go through the states. Each is a number with mixed digits. */
enum crash_plan {
	CRASH_CONTENTS, /* every content of every sector */
	CRASH_SUBSETS,	/* every sector the newest or lost; what was lost all alike */
	CRASH_PREFIX,	/* and on: of file number (plan - CRASH_PREFIX) every prefix */
};

struct digits {
	uint32_t radix[DIGITS], v[DIGITS];
	size_t n;
};

/* The digits of a plan; 0: it has nothing to offer here, else how many states,
 * or UINT64_MAX. */
uint64_t crash_digits(const struct crash *c, enum crash_plan plan, struct digits *d);
void digits_set(struct digits *d, uint64_t i);
void digits_random(struct digits *d, uint64_t *rng);
/* Builds that state; garbage is made from `garbage`. To be freed. */
void crash_image(const struct crash *c, enum crash_plan plan, const struct digits *d,
    uint64_t garbage, struct tree *out);
/* The state as it was in memory: all of the operations done. */
void crash_newest(const struct crash *c, struct tree *out);

uint64_t rng_next(uint64_t *state);

#endif
