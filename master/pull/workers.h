/* SPDX-License-Identifier: ISC */
/*
 * Many pulls at a time: one process per node, so that none can delay or harm
 * another. All runs of bijk-pull on this machine share the slots; nodes that
 * fail or push share a quarter of them.
 */
#ifndef BIJK_PULL_WORKERS_H
#define BIJK_PULL_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"
#include "master/pull/schedule.h"
#include "master/store/store.h"

#define PULL_WORKER_SECONDS 3600 /* a worker's whole life, whatever happens */
#define PULL_START_SECONDS 300	 /* a run of cron's starts no workers after that */

enum pull_why {
	PULL_DUE,   /* cron's: what finds no slot is left to the next run */
	PULL_ALL,   /* due or not; waits for slots */
	PULL_NAMED, /* the same, and reports each node passed over */
};

struct pull_run {
	/* What the caller sets. */
	const struct master_config *config;
	struct store *store;
	struct pull_turn *turns; /* in their order */
	size_t n;
	enum pull_why why;

	/* What is known afterwards. */
	size_t good, failed;
	size_t unreachable; /* of those that failed: exit code 69 */
	int last_code;	    /* of the last that failed */
};

/* Pulls all of them, and reports each as it ends. -1: errno, when no worker can
 * be started. */
int pull_workers_run(struct pull_run *r);

#endif
