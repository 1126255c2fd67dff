/* SPDX-License-Identifier: ISC */
/*
 * One run of a feed (bijk-feed(8)): reads what its nodes have beyond their
 * cursors, gives it to COMMAND in batches, and moves the cursors of each batch
 * that COMMAND confirms. So a crash anywhere repeats a batch, and loses none.
 */
#ifndef BIJK_FEED_RUN_H
#define BIJK_FEED_RUN_H

#include "master/feed/plan.h"
#include "master/store/store.h"

/*
 * Returns an exit code: 0; 65: something was rejected, refused or unreadable, and
 * the rest is delivered; 71, 74: resources or files of this machine; 75: COMMAND
 * failed, or another run is at work. What is wrong was reported.
 */
int feed_run(struct store *s, const struct feed_plan *p);

#endif
