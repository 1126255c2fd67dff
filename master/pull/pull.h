/* SPDX-License-Identifier: ISC */
/*
 * One pull of one node: ssh to its bijk-login, and the receiver on this end. If
 * it fails because of ssh, the words of ssh say why.
 */
#ifndef BIJK_PULL_PULL_H
#define BIJK_PULL_PULL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/fail.h"
#include "master/pull/schedule.h"
#include "master/store/store.h"

struct pull_result {
	int64_t began; /* seconds since 1970 */
	bool good;
	bool unknown; /* no host key of it is pinned, so it was not tried: no failure */
	bool busy;    /* another session of this node is running: no failure */
	int exit_code;
	uint64_t records;
	char reason[FAIL_TEXT_MAX]; /* why not, in one sentence */
	char check[256];	    /* what to look at; "" when there is nothing */
};

/* Pulls it now, and keeps the result in its state. `step` is told each step; it
 * may be NULL. */
void pull_node(const struct master_config *c, struct store *s, const char *name,
    void (*step)(const char *text), struct pull_result *r);

/*
 * Many pulls at a time: one process per node, so that none can delay or harm
 * another. All runs of bijk-pull on this machine share the slots; nodes that
 * fail or push share a quarter of them.
 */
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

/* Pulls all of them; each is reported as it ends. -1: errno, when no worker can
 * be started. */
int pull_workers_run(struct pull_run *r);

#endif
