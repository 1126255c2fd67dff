/* SPDX-License-Identifier: ISC */
/*
 * Below store.h, for its own files only: the directory store.
 *
 *   nodes/NAME/      a node or, without node.yml, what is left of one:
 *     node.yml       as the administrator set it; a node is what has this file
 *     secret         what node and master share; of the version before: hash
 *     push.pub       its push key; decides over keys/
 *     known_hosts    its host keys, under its name
 *     registered     from where, when, which port
 *     state.yml      small state
 *     purged         from purged/NAME, when it was added again
 *     facts.lock, session.lock, state.lock, pull.lock
 *   archives/NAME/LOGID/ records; what registers a node does not reach them
 *   name             of the master, and the names that it had before
 *   keys/DIGEST      the name of the node that has the key with this SHA-256
 *   pending/NAME     small state
 *   ssh/             sockets of kept connections
 *   places           locks of running pulls
 *   clock            small state: the timeline
 *   purged/NAME      where the logs of a node stood that were purged
 */
#ifndef BIJK_STORE_DIR_H
#define BIJK_STORE_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/deadline.h"
#include "master/store/store.h"

#define LOCK_FACTS "facts.lock" /* node.yml, secret, push.pub, known_hosts, registered */
#define LOCK_SESSION "session.lock"
#define LOCK_SECONDS 10

/* --- Time that passed (timeline.c) --- */

/*
 * How much time has passed, as far as the clock of this machine can be trusted.
 * What it gained between two looks has passed, unless it gained more than a
 * step or went back: then it was set, or nobody looked for long, and the jump
 * counts as no time. So a wrong clock makes nothing old, nor does a right one
 * that comes after it.
 */
#define TIMELINE_MAX 32	 /* stretches that are remembered; the oldest is forgotten first */
#define TIMELINE_LOOK 60 /* seconds: a look so soon after the last one adds nothing */

/* The clock ran on from `from` to `to`; `at` is `from` in time that passed. */
struct stretch {
	int64_t from, to, at;
};

struct timeline {
	int64_t step; /* seconds */
	struct stretch v[TIMELINE_MAX];
	size_t n;
	bool forgot; /* there were more stretches before the first */
};

/* The clock says `now`. True: there is something to remember. */
bool timeline_look(struct timeline *t, int64_t now);
/* The reading `now` of the clock in time that passed. */
int64_t timeline_now(const struct timeline *t, int64_t now);
/*
 * The time `then` of a file in time that passed, at the latest. A time in no
 * stretch counts as the last jump, or as the end of the forgotten stretches if
 * it may be in one of them.
 */
int64_t timeline_of(const struct timeline *t, int64_t then);
/* The seconds of the last jump, and the reading after it; 0: there was none. */
int64_t timeline_jump(const struct timeline *t, int64_t *when);

/* --- Directories (dir.c) --- */

struct store {
	const struct master_config *config;
	int root, nodes, archives, keys, pending;
	char *reach[3];		  /* what was told to be in reach */
	struct timeline timeline; /* as of the last look */
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

/* Opens keys/; makes it from the nodes' push.pub where it is missing. */
int store_keys_open(struct store *s);
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
};

/* The logs, longest unused first. Free them also on failure. -1: errno. */
int log_uses_read(int logs, struct log_use **v, size_t *n);
void log_uses_free(struct log_use *v, size_t n);
/* How many there are; -1: errno. */
int log_uses_count(int logs);

/* s->timeline, read if nobody has looked in this process. */
void store_timeline(struct store *s);
/* Removes segments that hold only records below seq; never the last. */
int store_archive_drop(struct archive *a, uint64_t seq);

/*
 * Keeps where the logs of a node stand whose records are to be purged. If the
 * node is added again, into the directory `node`, it goes on there, and what
 * was purged is not counted as lost.
 */
int store_purge_note(struct store *s, const char *name);
void store_purge_recall(const struct store *s, int node, const char *name);
/* Where this log stood then; 0: it was not purged. */
uint64_t store_purged(const struct store *s, const char *name, const struct log_id *id);

#endif
