/* SPDX-License-Identifier: ISC */
/* Running COMMAND on a batch. */
#ifndef BIJK_FEED_COMMAND_H
#define BIJK_FEED_COMMAND_H

#include <stdint.h>

#include "master/feed/batch.h"
#include "master/feed/state.h"

enum delivery {
	DELIVERED, /* exit 0 */
	REJECTED,  /* exit 65 */
	FAILED,	   /* any other end, or none in time */
};

/*
 * The batch must be ready. COMMAND has our environment, with FEED_RAW besides
 * BIJK_NODE, BIJK_LOG, BIJK_FIRST and BIJK_LAST, and our standard output and
 * error. FAILED: why.
 */
enum delivery command_run(
    char *const *argv, const struct batch *b, uint64_t seconds, char why[FEED_REASON_MAX]);

#endif
