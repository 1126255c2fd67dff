/* SPDX-License-Identifier: ISC */
/* Running COMMAND on a batch. */
#ifndef BIJK_FEED_COMMAND_H
#define BIJK_FEED_COMMAND_H

#include <stdint.h>

#include "common/base/child.h"
#include "master/feed/batch.h"
#include "master/feed/state.h"

struct command {
	char *const *argv;
	uint64_t seconds; /* within which it must end */
	struct child child;
	deadline_t until;
};

enum outcome {
	CONFIRMED, /* exit 0 */
	REJECTED,  /* exit 65 */
	FAILED,	   /* any other end, or none in time */
};

/*
 * Starts it on a batch, which is made ready, and may not be changed until
 * command_wait(). COMMAND has our environment, with FEED_RAW besides BIJK_NODE,
 * BIJK_LOG, BIJK_FIRST and BIJK_LAST, and our standard output and error. -1: why.
 */
int command_start(struct command *c, struct batch *b, char why[FEED_REASON_MAX]);
/* Waits for its end. Why it was not confirmed. */
enum outcome command_wait(struct command *c, char why[FEED_REASON_MAX]);

#endif
