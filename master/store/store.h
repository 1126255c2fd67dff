/* SPDX-License-Identifier: ISC */
/*
 * What the master needs from storage, and nothing of how it is done: look up a node or a key, keep
 * a registration, where a log stands, append frames durably, keep a node's state. The default
 * (dir.c and its neighbours) keeps directories and logs on this machine.
 *
 * Every function that can fail returns -1 or NULL with errno; ENOENT is "no such node", EBADMSG a file of
 * a node that is damaged (which one, and how, was said with msg_error). What is durable when it returns
 * says so. A name given here was checked by name_valid().
 */
#ifndef BIJK_STORE_STORE_H
#define BIJK_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/sandbox.h"
#include "common/config.h"
#include "common/exchange/proof.h"
#include "common/fail.h"
#include "common/log/record.h"
#include "common/names.h"
#include "common/trust/card.h"
#include "common/trust/sshkey.h"
#include "master/store/node_state.h"

struct store;

/* Opens it; makes missing parts of it. The caller runs as the store's owner already; c must outlive it. */
struct store *store_open(const struct master_config *c);
void store_close(struct store *s);

/* --- The master's name --- */

struct node;

/*
 * Keeps the name that the store has in c->name; a new store gets that of the configuration or the host name, for
 * good once it has a node. -1: f, with 78 where the configuration says another name. c is that of store_open().
 */
int store_settle_name(struct store *s, struct master_config *c, struct fail *f);
void store_settle_name_or_die(struct store *s, struct master_config *c);
/* Gives the store another name, on purpose: no secret of a node fits any more. Durable. -1: f. */
int store_rename(struct store *s, struct master_config *c, const char *name, struct fail *f);
#define STORE_NAMES 16
struct store_names {
	char v[STORE_NAMES][NODE_NAME_MAX + 1];
	size_t n; /* the present name, then those before it, the latest first */
};
/* Is the node's secret that of this hash, under the master's present name or one before it? */
bool store_same_hash(struct store *s, const struct node *n, const uint8_t hash[HASH_SIZE]);
int store_names(struct store *s, struct store_names *n, struct fail *f);

/* --- Nodes --- */

enum node_mode { NODE_AUTO, NODE_PULL, NODE_PUSH, NODE_OFF };
extern const char *const node_mode_words[]; /* "auto", …, NULL */

#define NODE_UNSET UINT64_MAX

struct node {
	char name[NODE_NAME_MAX + 1];
	/* As the administrator set it. */
	char address
	    [256];     /* "": what the registration said, else where it came from, else the name */
	uint64_t port; /* 0: what the registration said, else 22 */
	enum node_mode mode;
	uint64_t min_period; /* seconds; NODE_UNSET: the master's */
	uint64_t pull_period;
	uint8_t secret[SECRET_SIZE]; /* what it shares with this master (proof.h) */
	/* As it registered. */
	int64_t registered;		/* when it last changed anything; 0: never */
	char reg_address[256];		/* as it said, under its proof; "": not said */
	char reg_source[SOCK_ADDR_MAX]; /* where it came from, which nothing proves */
	uint64_t reg_port;		/* 0: not said */
};

/*
 * Where the next pull connects to. Of the address that the node says and the one that its registration came from, the one
 * that a pull last succeeded with comes first, else the one that it says; of four tries that fail one goes to the other.
 */
const char *node_address(const struct node *n, const struct node_state *st);
uint16_t node_port(const struct node *n);

int store_node(struct store *s, const char *name, struct node *n);
/* Calls each() with every node's name, in order of names, until it returns non-zero; returns that.
 */
int store_each_node(struct store *s, int (*call)(const char *name, void *arg), void *arg);
/* The same for what is no node any more, but left records. */
int store_each_removed(struct store *s, int (*call)(const char *name, void *arg), void *arg);
/* Adds a node, or changes what the administrator set and the secret. Durable. */
int store_node_put(struct store *s, const struct node *n);
/*
 * Takes it off the list, and its keys out of use at once; its records go only with purge, which also takes
 * what an earlier removal left. Durable. EWOULDBLOCK: a session is at work, so its records are still there.
 */
int store_node_remove(struct store *s, const char *name, bool purge);

/* --- Keys and registrations --- */

/*
 * Keeps what a proved registration or a card brings (its key, host keys, port, address; an absent one leaves
 * what is there), and the address it came from ("" for none), which takes the place of an earlier one only if pulls
 * fail by now. Durable, and if nothing differs nothing is written: *changed tells. EEXIST: another
 * node has this push key; nothing was changed.
 */
int store_register(
    struct store *s, const char *name, const struct card *c, const char *source, bool *changed);
/* The push key of a node. */
int store_push_key(struct store *s, const char *name, struct sshkey *k);
/*
 * Another node that has this push key, or shares this secret: 1: its name is in other; 0: none; -1: errno. The second looks at
 * every node.
 */
int store_key_other(
    struct store *s, const char *name, const struct sshkey *k, char other[NODE_NAME_MAX + 1]);
int store_secret_other(struct store *s, const char *name, const uint8_t secret[SECRET_SIZE],
    char other[NODE_NAME_MAX + 1]);
/*
 * The key with this digest, if a node that may push has it now: 1 and *k; 0: none; -1: errno. Its
 * cost does not grow with the number of nodes.
 */
int store_find_key(struct store *s, const uint8_t digest[SSHKEY_DIGEST_SIZE], struct sshkey *k);
/* The path of the node's known_hosts file for ssh, to be freed; ENOENT when no host key is pinned.
 */
char *store_known_hosts(struct store *s, const char *name);

/*
 * Somebody unknown asked to be registered: name, address and time are kept, of at most max. Beyond that the oldest of the
 * source with the most goes. A name that another source has asked under a short while ago stays that one's.
 */
struct pending {
	char name[NODE_NAME_MAX + 1];
	char address[SOCK_ADDR_MAX];
	int64_t time;
};
int store_pending_add(struct store *s, const char *name, const char *address, uint64_t max);
int store_each_pending(struct store *s, int (*each)(const struct pending *p, void *arg), void *arg);
/* -1 ENOENT: it is not among them. */
int store_pending_remove(struct store *s, const char *name);

/*
 * For a process that restricts itself (sandbox.h): the directories that it needs. What dirs points
 * to is the store's, until the next call of either. -1: errno.
 */
/* A session: what is kept of this node and its archive, which is made; name NULL: of all nodes. */
int store_session_reach(struct store *s, const char *name, const char *dirs[SANDBOX_DIRS]);
/*
 * A registration: pending/, keys/, and what is kept of this node (name NULL: of all nodes), without
 * records. ENOENT: there is no such node, and dirs holds pending/ alone.
 */
int store_registration_reach(struct store *s, const char *name, const char *dirs[SANDBOX_DIRS]);

/* --- State --- */

/* An unreadable or missing state is an empty one: always 0 for a known name. */
int store_state(struct store *s, const char *name, struct node_state *st);
/* Both, for who goes through all nodes. */
int store_node_and_state(struct store *s, const char *name, struct node *n, struct node_state *st);
int store_state_put(struct store *s, const char *name, const struct node_state *st);
/* Only while one session of this node: -1 EWOULDBLOCK when another has it and does not end within a
 * second; close the descriptor to end it. */
int store_session_lock(struct store *s, const char *name);
/* Waits (at most some seconds) for the right to read, change and write a node's state. Close it to
 * end. */
int store_state_lock(struct store *s, const char *name);
/* Only while one run of bijk-pull pulls this node: -1 EWOULDBLOCK at once; close the descriptor to end it. */
int store_pull_lock(struct store *s, const char *name);
/* One of the `parallel` places of bijk-pull; `slow` ones share the first quarter. EWOULDBLOCK when
 * all are taken. */
int store_pull_place(struct store *s, uint64_t parallel, bool slow);
/* The directory for sockets of kept ssh connections (0700), to be freed. */
char *store_control_dir(struct store *s);
/* Nobody uses them any more: the next connections are new ones. */
int store_control_forget(struct store *s);

/* --- The archive of a node --- */

struct archive;

/*
 * Looks at the clock of this machine, to learn how much time passes: who takes records does so first. What was set
 * or stood still makes no record old (timeline.h).
 */
void store_look_at_clock(struct store *s);
/* By how many seconds the clock last jumped, and when; 0: it did not. */
int64_t store_clock_jump(struct store *s, int64_t *when);

/*
 * The log (name, id) for appending, made with its first frame if it is not there; the caller holds
 * the session lock. `base` is the node's. EEXIST-like damage is mended as log.h says. EMLINK: it is not there, and this
 * node has as many logs as one may have. Where the records of this log were purged, it begins where it stood.
 */
struct archive *store_archive_open(
    struct store *s, const char *name, const struct log_id *id, uint64_t base);
/* The next number: base where there is nothing yet. */
uint64_t store_archive_next(const struct archive *a);
/* The digest of record next − 1 (protocol.md, `check`), zeros when it is not held. */
int store_archive_check(
    struct archive *a, const uint8_t key[SEAL_KEY], uint8_t check[RECORD_CHECK]);
/* Opening it, or the record for `check`, met damage (log.h). */
bool store_archive_damaged(const struct archive *a);
/*
 * Appends one frame, checked by the caller, that starts at or beyond next. Durable. ENOSPC also where less than
 * archive.min_free would be left.
 */
int store_archive_append(struct archive *a, const uint8_t *frame, size_t len);
/* Nothing below seq will come any more: a gap up to there. Durable. */
int store_archive_jump(struct archive *a, uint64_t seq);
/* How often a log or a segment was begun since it was opened. */
unsigned store_archive_begun(const struct archive *a);
void store_archive_close(struct archive *a);

/* What was removed: records, their payload, and what of it went before its time, as it was stored. */
struct store_gone {
	uint64_t records, bytes;
	uint64_t early, early_size;
};
/*
 * Applies archive.max_age and max_size to all logs of this node. The log `current`, the one that the node writes, keeps its
 * last segment. Of any other that goes the place where it stood is kept for max_age more. The caller holds
 * the session lock; `open` is the archive of `current` if he has it open, no other may be. Adds to *gone.
 */
int store_archive_trim(struct store *s, const char *name, const struct log_id *current,
    struct archive *open, struct store_gone *gone);

/* Whether there is room for records where they are kept. */
struct store_room {
	uint64_t free, min_free;     /* bytes */
	uint64_t inodes, min_inodes; /* min_inodes 0: this file system does not count them */
	int error;		     /* it cannot be written: errno */
};
/* Of the whole store; `error` is looked for by writing. */
int store_room(struct store *s, struct store_room *r);
/* Of an archive, without trying. */
int store_archive_room(const struct archive *a, struct store_room *r);
/* What is wrong with it, in words, or NULL. */
#define STORE_ROOM_MAX 160
const char *store_room_text(const struct store_room *r, char text[STORE_ROOM_MAX]);

/*
 * For readers: the node's logs, the one longest unused first; of a node that was removed, too, as long as its records
 * are there. -1 or how many; free *ids.
 */
int store_logs(struct store *s, const char *name, struct log_id **ids);
/* The directory of one of them, to be freed. */
char *store_log_path(struct store *s, const char *name, const struct log_id *id);

#endif
