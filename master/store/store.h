/* SPDX-License-Identifier: ISC */
/*
 * What the master needs from storage, and nothing of how it is done: look up a
 * node or a key, keep a registration, where a log stands, append frames
 * durably, keep a node's state. The default (dir.h) keeps directories and logs
 * on this machine.
 *
 * A function that fails returns -1 or NULL with errno: ENOENT is "no such
 * node", EBADMSG a damaged file of a node (msg_error has said which, and how).
 * What is durable when it returns says so. Names were checked by name_valid().
 */
#ifndef BIJK_STORE_STORE_H
#define BIJK_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/fields.h"
#include "common/base/hostaddr.h"
#include "common/base/sandbox.h"
#include "common/base/yaml.h"
#include "common/config.h"
#include "common/exchange/proof.h"
#include "common/fail.h"
#include "common/log/record.h"
#include "common/names.h"
#include "common/trust/card.h"
#include "common/trust/sshkey.h"

struct store;

/* Makes missing parts. The caller runs as the owner; c must outlive it. */
struct store *store_open(const struct master_config *c);
void store_close(struct store *s);

/* --- The master's name --- */

/*
 * Sets c->name to the name in the store; a new store gets that of the
 * configuration or the host name, for good once it has a node. -1: f, with 78
 * where the configuration has another name. c is that of store_open().
 */
int store_settle_name(struct store *s, struct master_config *c, struct fail *f);
/* Becomes the owner of the state, if we are root, opens it, and settles the name;
 * or ends the program. */
struct store *store_open_or_die(struct master_config *c);

/* --- Nodes --- */

enum node_mode { NODE_AUTO, NODE_PULL, NODE_PUSH, NODE_OFF };
extern const char *const node_mode_words[]; /* "auto", …, NULL */

#define NODE_UNSET UINT64_MAX

struct node {
	char name[NODE_NAME_MAX + 1];
	/* Set by the administrator. */
	char address[256]; /* "": what it registered, else where from, else the name */
	uint64_t port;	   /* 0: what it registered, else 22 */
	enum node_mode mode;
	uint64_t min_period; /* seconds; NODE_UNSET: the master's */
	uint64_t pull_period;
	uint8_t secret[SECRET_SIZE]; /* shared with this master (proof.h) */
	/* From its registrations. */
	int64_t registered;		/* the last that changed anything; 0: never */
	char reg_address[256];		/* as it said, under its proof; "": not said */
	char reg_source[SOCK_ADDR_MAX]; /* where it came from, which nothing proves */
	uint64_t reg_port;		/* 0: not said */
};

/*
 * What the master remembers of a node from session to session. Small state: it
 * may be lost, and is learned again. Times are seconds since 1970, 0 for never.
 */
struct node_state {
	/* The last good session, and its direction. */
	int64_t contact; /* it ended */
	bool has_direction;
	enum direction direction;
	int64_t direction_since;  /* the direction last changed */
	int64_t push_began;	  /* the last good push began */
	int64_t last_pull;	  /* the last good pull ended */
	char pulled_address[256]; /* …and connected to there */
	char pull_key[64];	  /* fingerprint of the key of this master that it last took */
	/* The last try. */
	int64_t tried;	   /* bijk-pull last tried */
	uint64_t failures; /* tries in a row that failed; 0 after a good session */
	char reason[512];  /* why the last session failed; "" after a good one */
	int64_t failed;	   /* when that was */
	enum direction
	    failed_direction; /* a node that pushes well may be out of reach for a pull */
	/* Records. */
	uint64_t records, bytes;   /* received; bytes of payload */
	int64_t newest_ns;	   /* time of the newest record, nanoseconds */
	uint64_t left;		   /* records the node still had when the last session ended */
	uint64_t gaps, lost;	   /* gaps, and records in them, not acknowledged */
	uint64_t gap_from, gap_to; /* the last gap: [from, to) */
	int64_t gap_time;	   /* it was found */
	int64_t skew;		   /* the node's clock less ours, seconds */
	int64_t cut;		   /* archive.max_size last removed records before their time… */
	uint64_t cut_records;	   /* …so many since somebody acknowledged it… */
	int64_t damaged; /* its archive was last found damaged; 0: all of it was read well */
	bool has_log, has_old_log; /* two logs that alternate are a clone */
	struct log_id log, old_log;
	char log_address[SOCK_ADDR_MAX], old_log_address[SOCK_ADDR_MAX];
	int64_t log_since; /* the log changed */
	int64_t cloned;	   /* it last came back to the log before */
};

/* What cannot be read is absent. */
void node_state_from_fields(struct node_state *st, const struct fields *f);
int node_state_to_fields(const struct node_state *st, struct fields *f);

/*
 * Where the next pull connects to. Without an administrator's address: that
 * which the node says, or where its registration came from, whichever a pull
 * last succeeded with; of four tries that fail one goes to the other.
 */
const char *node_address(const struct node *n, const struct node_state *st);
uint16_t node_port(const struct node *n);

/* Resets what the administrator set; the rest of n stays. */
void node_settings_clear(struct node *n);
/* From the text of a node.yml. -1: why, which names `file`; n is unchanged. */
int node_settings_parse(
    struct node *n, const char *file, const char *text, size_t len, char why[YAML_WHY_MAX]);
/* KEY=VALUE of `bijk-master set`; an empty value clears it. -1: why. */
int node_settings_set(struct node *n, const char *key, const char *value, char why[YAML_WHY_MAX]);

/* The text of node.yml. -1: errno. */
int node_settings_format(const struct node *n, struct buf *out);

int store_node(struct store *s, const char *name, struct node *n);
/*
 * Calls call() with each name in order, until it returns non-zero, and returns
 * that.
 */
int store_each_node(struct store *s, int (*call)(const char *name, void *arg), void *arg);
/* The same for removed nodes that left records. */
int store_each_removed(struct store *s, int (*call)(const char *name, void *arg), void *arg);
/* Adds a node, or changes its settings and secret. Durable. */
int store_node_put(struct store *s, const struct node *n);
/*
 * Removes the node; its key is out of use at once. With purge its records go
 * too, also those which an earlier removal left; where its logs ended is kept,
 * so that a node that is added again goes on there. Durable. EWOULDBLOCK: a
 * session is at work, so its records are still there.
 */
int store_node_remove(struct store *s, const char *name, bool purge);

/* --- Keys and registrations --- */

/*
 * Keeps what a proved registration or a card brings: key, host keys, port,
 * address (an absent one leaves the old), and source, the address it came from
 * ("": none), which replaces an earlier one only if pulls fail by now. Durable;
 * if nothing differs, nothing is written: *changed tells. EEXIST: another node
 * has this push key; nothing was changed.
 */
int store_register(
    struct store *s, const char *name, const struct card *c, const char *source, bool *changed);
/* The push key of a node. */
int store_push_key(struct store *s, const char *name, struct sshkey *k);
/*
 * Another node that has this push key, or shares this secret: 1: its name is in
 * other; 0: none; -1: errno. The second reads every node.
 */
int store_key_other(
    struct store *s, const char *name, const struct sshkey *k, char other[NODE_NAME_MAX + 1]);
int store_secret_other(struct store *s, const char *name, const uint8_t secret[SECRET_SIZE],
    char other[NODE_NAME_MAX + 1]);
/*
 * Has a node that may push this key now? 1; 0: none; -1: errno. Its cost does
 * not grow with the number of nodes.
 */
int store_find_key(struct store *s, const struct sshkey *k);
/* The node's known_hosts for ssh, to be freed; ENOENT: no host key is known. */
char *store_known_hosts(struct store *s, const char *name);

/* An unknown node asked to be registered. */
struct pending {
	char name[NODE_NAME_MAX + 1];
	char address[SOCK_ADDR_MAX];
	int64_t time;
};
/*
 * Keeps at most max. Beyond that the oldest of the source with the most goes. A
 * name that another source asked for a short while ago stays with that source.
 */
int store_pending_add(struct store *s, const char *name, const char *address, uint64_t max);
/* Those that asked within a week. */
int store_each_pending(struct store *s, int (*call)(const struct pending *p, void *arg), void *arg);
/* -1 ENOENT: it is not pending. */
int store_pending_remove(struct store *s, const char *name);

/*
 * The directories that a process needs which restricts itself (sandbox.h), for
 * one node, or for all where name is NULL. They are the store's, until the next
 * call of either. -1: errno.
 */
/* A session: what is kept of the node, its archive, which is made, and with
 * archive.keep_for the feeds. */
int store_session_reach(struct store *s, const char *name, const char *dirs[SANDBOX_DIRS]);
/*
 * A registration: pending/, keys/, and what is kept of the node, without its
 * records. ENOENT: there is no such node; dirs has pending/ alone.
 */
int store_registration_reach(struct store *s, const char *name, const char *dirs[SANDBOX_DIRS]);

/* --- State --- */

/* An unreadable or missing state is an empty one: always 0 for a known name. */
int store_state(struct store *s, const char *name, struct node_state *st);
int store_node_and_state(struct store *s, const char *name, struct node *n, struct node_state *st);
int store_state_put(struct store *s, const char *name, const struct node_state *st);
/*
 * To change the state: locks and reads it; then saves it and unlocks. A failure
 * is a warning, and then nothing is saved.
 */
int store_state_lock(struct store *s, const char *name, struct node_state *st);
void store_state_save(struct store *s, const char *name, const struct node_state *st, int lock);

/*
 * The last day, in slots of five minutes: enough for a small picture. Not
 * durable; a failure to keep it harms nothing.
 */
#define DAY_SLOTS 288
#define DAY_SLOT_SECONDS 300
struct day_slot {
	bool used;	/* a session ended in it */
	uint32_t delay; /* seconds: the longest that a record waited to be received */
	uint64_t bytes; /* of payload, received */
};
/* Adds a session that ends now. The caller holds the session lock. */
int store_day_add(struct store *s, const char *name, int64_t now, const struct day_slot *adds);
/* The day that ends now, the oldest slot first. -1: errno, and none is used. */
int store_day(struct store *s, const char *name, int64_t now, struct day_slot v[DAY_SLOTS]);

/* Locks: close the descriptor to end one. */
/* One session of this node. EWOULDBLOCK: another did not end in a second. */
int store_session_lock(struct store *s, const char *name);
/* One bijk-pull that pulls this node: EWOULDBLOCK at once. */
int store_pull_lock(struct store *s, const char *name);
/* A slot for a pull; slow ones share the first quarter. EWOULDBLOCK: none. */
int store_pull_place(struct store *s, uint64_t parallel, bool slow);
/* The directory for sockets of kept ssh connections (0700), to be freed. */
char *store_control_dir(struct store *s);
/* Removes it: the next connections are new ones. */
int store_control_forget(struct store *s);

/* --- The archive of a node --- */

struct archive;

/* Before records are taken: a clock that was set makes no record old. */
void store_look_at_clock(struct store *s);
/* When it was last found set, by itself, seconds since 1970; 0: never. */
int64_t store_clock_since(struct store *s);

/*
 * The log (name, id) for appending, made with its first frame if it is not
 * there; the caller holds the session lock. `base` is the node's. Damage is
 * repaired as log.h says. EMLINK: the node has as many logs as it may have.
 */
struct archive *store_archive_open(
    struct store *s, const char *name, const struct log_id *id, uint64_t base);
/* The next number: base where there is nothing yet. */
uint64_t store_archive_next(const struct archive *a);
/* The digest of record next − 1 (protocol.md), zeros when it is not held. */
int store_archive_check(
    struct archive *a, const uint8_t key[SEAL_KEY], uint8_t check[RECORD_CHECK]);
/* Opening it, or the record for `check`, met damage (log.h). */
bool store_archive_damaged(const struct archive *a);
/*
 * Appends a frame, checked by the caller, that starts at or beyond next.
 * Durable. ENOSPC also where less than archive.min_free would be left.
 */
int store_archive_append(struct archive *a, const uint8_t *frame, size_t len);
/* Nothing below seq will come any more: a gap up to there. Durable. */
int store_archive_jump(struct archive *a, uint64_t seq);
/* How often a log or a segment was begun since it was opened. */
unsigned store_archive_begun(const struct archive *a);
void store_archive_close(struct archive *a);

/*
 * Applies archive.max_age and max_size to all logs of this node. `current`, the
 * log that the node writes, keeps its last segment; of any other that goes, its
 * end is kept for max_age more. The caller holds the session lock; `open` is
 * the archive of `current` if he has it open, no other may be. Adds to
 * *early how many numbers went before their time.
 */
int store_archive_trim(struct store *s, const char *name, const struct log_id *current,
    struct archive *open, uint64_t *early);

/* Is there room for records? */
struct store_room {
	uint64_t free, min_free;     /* bytes */
	uint64_t inodes, min_inodes; /* min_inodes 0: this file system does not count them */
	bool read_only;		     /* the file system is */
};
/* Of the whole store. */
int store_room(struct store *s, struct store_room *r);
/* Of an archive. */
int store_archive_room(const struct archive *a, struct store_room *r);
/* What is wrong with it, in words, or NULL. */
#define STORE_ROOM_MAX 160
const char *store_room_text(const struct store_room *r, char text[STORE_ROOM_MAX]);

/*
 * For readers: the node's logs, the one longest unused first; of a removed
 * node, too, while its records are there. -1 or how many; free *ids.
 */
int store_logs(struct store *s, const char *name, struct log_id **ids);
/* The directory of one of them, to be freed. */
char *store_log_path(struct store *s, const char *name, const struct log_id *id);

#endif
