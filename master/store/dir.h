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
 *     facts.lock, session.lock, state.lock
 *   archives/NAME/LOGID/ records; what registers a node does not reach them
 *   name             of the master, and the names that it had before
 *   keys/DIGEST      index: the name of the node that has the key with this SHA-256
 *   pending/NAME     small state
 *   ssh/             sockets of kept connections
 *   places           locks of running pulls
 *   clock            small state: how the clock went (timeline.h)
 *   purged/NAME      where the logs stood that were purged
 */
#ifndef BIJK_STORE_DIR_H
#define BIJK_STORE_DIR_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/deadline.h"
#include "master/store/store.h"
#include "master/store/timeline.h"

#define LOCK_FACTS "facts.lock" /* node.yml, secret, push.pub, known_hosts, registered */
#define LOCK_PULL "pull.lock"
#define LOCK_SESSION "session.lock"
#define LOCK_STATE "state.lock"
#define LOCK_SECONDS 10

struct store {
	const struct master_config *config;
	int root, nodes, archives, keys, pending;
	char *reach[3];		  /* what was told to be in reach */
	struct timeline timeline; /* as it was looked at last */
};

/* The node's directory, also of one that was removed but left records. -1: ENOENT. */
int store_node_dir(const struct store *s, const char *name);
/* The same, but only of a node. */
int store_known_dir(const struct store *s, const char *name);
/* The directory of its logs. -1: ENOENT, nothing was ever kept. */
int store_logs_dir(const struct store *s, const char *name);
/* Is this the directory of a node, or only of its records? */
bool store_dir_is_node(int dir);
/* state.yml in this directory; where there is none that can be read, an empty one. */
void store_read_state(struct node_state *st, int dir);
/* As lock_take(), in a directory that may be removed meanwhile: ENOENT then. */
int store_lock(int dir, const char *file, deadline_t d);

int store_room_of(const struct store *s, int dir, struct store_room *r);
/* Removes segments that hold only records below seq; never the last. */
int store_archive_drop(struct archive *a, uint64_t seq);
/* s->timeline, read if nobody has looked in this process. */
void store_timeline(struct store *s);
/* Before the records of a node are purged: keeps where its logs stand; and hands that to a node that is added again. */
int store_purge_note(struct store *s, const char *name);
void store_purge_recall(const struct store *s, int node, const char *name);
/* Where this log of the node stood when its records were purged; 0: they were not. */
uint64_t store_purged(int dir, const struct log_id *id);

/* Names in a directory that `take` takes, in order. */
struct name_list {
	char **v;
	size_t n;
};
int name_list_read(struct name_list *l, int dir, bool (*take)(const char *name));
void name_list_free(struct name_list *l);

/* node.yml in this directory, into n, whose name messages say. -1: errno, said. */
int store_read_settings(struct node *n, int dir);

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

#endif
