/* SPDX-License-Identifier: ISC */
/*
 * Below store.h, for its own files only: the directory store.
 *
 *   nodes/NAME/      a node or, without node.yml, what is left of one:
 *     node.yml       as the administrator set it; a node is what has this file
 *     secret         what node and master share
 *     push.pub       its push key; decides over keys/
 *     known_hosts    its host keys, under its name
 *     registered     from where, when, which port
 *     state.yml      small state
 *     day            the last day, in slots of five minutes (day.c)
 *     facts.lock, session.lock, state.lock, pull.lock
 *   archives/NAME/LOGID/ records; what registers a node does not reach them
 *   feeds/NAME/      feed.h
 *   name             of the master
 *   keys/DIGEST      the name of the node that has the key with this SHA-256
 *   pending/NAME     small state
 *   ssh/             sockets of kept connections
 *   places           locks of running pulls
 *   clock            small state: how far the clock is trusted
 */
#ifndef BIJK_STORE_DIR_H
#define BIJK_STORE_DIR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/deadline.h"
#include "master/store/store.h"

#define LOCK_FACTS "facts.lock" /* node.yml, secret, push.pub, known_hosts, registered */
#define LOCK_SESSION "session.lock"
#define LOCK_SECONDS 10

/* --- The clock (clock.c) --- */

/*
 * Records age only while the clock of this machine runs evenly. If it moved by
 * more than a step between two looks, it was set, or nobody looked for long:
 * then all ages are counted from there. So a wrong clock makes nothing old, nor
 * does a right one that comes after it.
 */
struct clock {
	int64_t step;  /* seconds */
	int64_t seen;  /* the last look; 0: none yet */
	int64_t since; /* it runs evenly since then; 0: no jump was seen */
};

/* The clock says `now`. True: there is something to keep. */
bool clock_note(struct clock *c, int64_t now);
/* The age of a file of the time `then`; of one from the future, that of the last
 * jump. */
int64_t clock_age(const struct clock *c, int64_t then, int64_t now);

/* --- Directories (dir.c) --- */

struct store {
	const struct master_config *config;
	int root, nodes, archives, keys, pending;
	char reach[3][PATH_MAX]; /* what was told to be in reach */
	struct clock clock;	 /* as of the last look */
};

/* The directory of a node, not of a removed one. -1: ENOENT. */
int store_known_dir(const struct store *s, const char *name);
/* Is this the directory of a node, or only of its records? */
bool store_dir_is_node(int dir);
/* As lock_take(), in a directory whose files may be removed meanwhile. */
int store_lock(int dir, const char *file, deadline_t d);

/* --- Nodes (node.c, state.c) --- */

/* Reads node.yml; n->name is for messages. -1: errno, and a message. */
int store_read_settings(struct node *n, int dir);
/* state.yml in this directory. */
void store_read_state(struct node_state *st, int dir);

/* --- Push keys (key.c) --- */

/*
 * Keeps the push key of a node, whose directory this is and whose LOCK_FACTS
 * the caller holds; k NULL: it has none any more. The one place that knows the
 * order: the entry in the index, push.pub, and then the old entry goes.
 * Durable. -1 EEXIST: another node has the key; nothing was changed.
 */
int store_key_set(
    struct store *s, int dir, const char *name, const struct sshkey *k, bool *changed);

/* --- Logs (logs.c, archive.c) --- */

/* A node has at most so many; a record for a new one is refused then. */
#define LOGS_MAX 1000

struct log_use_segment {
	uint64_t first;
	uint64_t bytes;
	int64_t time; /* last written, seconds */
};

struct log_use {
	char name[2 * LOG_ID_SIZE + 1];
	struct log_id id;
	struct log_use_segment *v; /* in order; none in what is being made or removed */
	size_t n;
	uint64_t size;	   /* of all of them, as segment_cost() counts */
	int64_t newest_ns; /* last used, nanoseconds */
	int64_t dir_ns;	   /* its directory was last changed, before it was listed */
};

/* The logs, longest unused first. Free them also on failure. -1: errno. */
int log_uses_read(int logs, struct log_use **v, size_t *n);
void log_uses_free(struct log_use *v, size_t n);
/* How many there are; -1: errno. */
int log_uses_count(int logs);
/* Does it hold a record? */
bool log_use_has_frames(const struct log_use *u);

/* Removes segments that hold only records below seq; never the last. */
int store_archive_drop(struct archive *a, uint64_t seq);

/*
 * Removes all records of a node; the end of each log is kept, and what it no
 * longer holds is no gap.
 */
int store_archive_purge(struct store *s, const char *name);

#endif
