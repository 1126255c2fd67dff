/* SPDX-License-Identifier: ISC */
/* What a feed was asked to do (bijk-feed(8)). */
#ifndef BIJK_FEED_PLAN_H
#define BIJK_FEED_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "master/feed/batch.h"

#define FEED_SOURCES 16

struct feed_plan {
	const char *name;
	enum feed_format format;
	const char *sources[FEED_SOURCES]; /* patterns of fnmatch(3) */
	size_t sources_n;		   /* 0: every source */
	uint64_t batch;			   /* bytes; a batch ends with the record that reaches it */
	uint64_t timeout;		   /* seconds, of COMMAND */
	bool from_now;			   /* a new feed begins at the end of each log */
	char *const *command;
	char *const *nodes; /* sorted; none: it is of all nodes */
	size_t nodes_n;
};

#endif
