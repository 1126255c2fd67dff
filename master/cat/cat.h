/* SPDX-License-Identifier: ISC */
/*
 * Logs being printed: opened without their lock, read to their end, and again
 * later if they are followed. A missing number is a gap, at the beginning too;
 * but what was acknowledged (on a node) or trimmed (in an archive) was deleted
 * on purpose, and is none.
 */
#ifndef BIJK_CAT_CAT_H
#define BIJK_CAT_CAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/log/log.h"
#include "common/log/record.h"
#include "common/names.h"
#include "master/store/store.h"

enum cat_form {
	CAT_PLAIN, /* payloads as they are */
	CAT_LONG,  /* time, node and source before each line */
	CAT_JSON,  /* one object per line */
};

/* What is printed, and how. */
struct cat_filter {
	int64_t since_ns, until_ns; /* INT64_MIN and INT64_MAX when not given */
	const char **sources;	    /* patterns (names.h), one of which must match… */
	size_t n_sources;	    /* …0: every source */
	uint64_t tail;		    /* of each node only the last of what matches; 0: all */
	enum cat_form form;
};

struct cat_log {
	const char *node;
	struct log *log;
	struct buf scratch;
	uint64_t expect; /* the next number; 0: not known */
	int64_t time;	 /* of the last record printed or passed over */
	uint64_t skip;	 /* 1 more than the records that match and are passed over; 0: none */
	bool damaged;	 /* something in it could not be read */
};

/* -1 with errno; ENOENT: it is not there. `node` must outlive it. */
int cat_log_open(struct cat_log *c, const char *node, const char *dir, const struct cat_filter *f);
/* Prints what there is from the position reached. -1: errno, of reading or
 * (ferror) of stdout. */
int cat_log_print(struct cat_log *c, const struct cat_filter *f);
/*
 * Moves the position to the last *want records that match, and takes how many
 * there are off *want. Reads back from the end, no farther than it must. -1:
 * errno.
 */
int cat_log_tail(struct cat_log *c, const struct cat_filter *f, uint64_t *want);
void cat_log_close(struct cat_log *c);

/* All logs of a node, the one longest unused first; or, without a store, the
 * local spool. */
struct cat_node {
	const char *name;
	struct store *store; /* NULL: `spool` */
	const char *spool;   /* its directory */
	bool follow;	     /* logs stay open, to be printed on */
	bool damaged;	     /* something could not be read */
	bool noted;	     /* and the node's state says so */
	bool begun;	     /* filter.tail is done with */
	struct {
		struct log_id id;
		struct cat_log log; /* .log.log is NULL when it is closed */
	} * v;
	size_t n;
};

/*
 * Prints what there is; called again, what has come since, in new logs too. -1:
 * errno as above, ENOENT when there is no such node and nothing was kept of
 * one.
 */
int cat_node_print(struct cat_node *c, const struct cat_filter *f);
void cat_node_free(struct cat_node *c);

/* --- print.c: on standard output (bijk-cat(1)). What could command a terminal is
 * made visible there. --- */

/* A payload that does not end in a line end gets one. -1: errno, of stdout if
 * ferror(stdout). */
int cat_print_record(enum cat_form form, const char *node, const struct log_id *id, uint64_t seq,
    const struct record *r);
/* Records `from` to `to`, both included, are missing: an object, or a message
 * on standard error. */
void cat_print_gap(
    enum cat_form form, const char *node, const struct log_id *id, uint64_t from, uint64_t to);

#endif
