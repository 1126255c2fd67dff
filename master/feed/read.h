/* SPDX-License-Identifier: ISC */
/*
 * Reading on in a log, into batches. Positions are durable: the log is read up to
 * an end that was made durable, or, while a session writes it, up to
 * log_settled().
 */
#ifndef BIJK_FEED_READ_H
#define BIJK_FEED_READ_H

#include "common/base/buf.h"
#include "master/feed/delivery.h"
#include "master/feed/plan.h"
#include "master/store/store.h"

struct feed_reader {
	struct store *store;
	const struct feed_plan *plan;
	struct delivery *delivery;
	bool from_now; /* logs of nodes that the feed does not have yet begin at their end */
	struct buf scratch;
};

/*
 * From where the cursor of the node is. 0, or an exit code, after which the run
 * must end. A log that cannot be read is a fault of the delivery.
 */
int feed_read_log(struct feed_reader *r, struct fed *f, const struct log_id *id);

#endif
