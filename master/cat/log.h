/* SPDX-License-Identifier: ISC */
/*
 * One log being printed: opened without its lock, read to its end, and again later if it is being
 * followed. A number that is missing is a gap, at the beginning too: there everything below what
 * was acknowledged (on a node) or trimmed (in an archive) went by intention, and is none.
 */
#ifndef BIJK_CAT_LOG_H
#define BIJK_CAT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/log/log.h"
#include "master/cat/print.h"

struct cat_filter {
	int64_t since_ns, until_ns; /* INT64_MIN and INT64_MAX when not given */
	const char *source;	    /* NULL: every one */
};

struct cat_log {
	const char *node;
	struct log *log;
	struct buf scratch;
	uint64_t expect; /* the next number, 0 while it is not known */
	int64_t time;	 /* of the record printed or passed over last */
	bool damaged;	 /* something in it could not be read */
};

/* -1 with errno; ENOENT: it is not there. `node` must outlive it. */
int cat_log_open(struct cat_log *c, const char *node, const char *dir, const struct cat_filter *f);
/* Prints what there is from the place reached. -1: errno. */
int cat_log_print(struct cat_log *c, const struct cat_filter *f, const struct cat_form *form);
/* Looks whether there is more now. -1: errno, ENOENT when the log was removed. */
int cat_log_again(struct cat_log *c);
void cat_log_close(struct cat_log *c);

#endif
