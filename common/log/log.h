/* SPDX-License-Identifier: ISC */
/*
 * The append-only log of protocol.md, section 3: a directory of segments, one
 * writer at a time. The node's spool is one; the master keeps one for each
 * (node, log id).
 *
 * Invariants: an append is durable when it returns; numbers never go back; only
 * a process that has synced what lies before it names a position (log_next,
 * log_first); damage before the tail is reported and skipped, never cut.
 *
 * Every failing function sets errno. Repairs (a tail that was cut, damage that
 * was skipped) are reported with msg_warn(), with file and offset.
 */
#ifndef BIJK_LOG_LOG_H
#define BIJK_LOG_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/deadline.h"
#include "common/log/frame.h"
#include "common/log/record.h"
#include "common/names.h"

#define LOG_LOCK_SECONDS 60 /* how long an opening waits for the lock */

struct log;

struct log_limits {
	/* Of all segments, as segment_cost() counts; 0: none. */
	uint64_t max_size;
	uint64_t min_free; /* of the file system; below it an append fails with ENOSPC */
	uint64_t copies;   /* how many masters `acked` speaks of, for a message; 0: one */
};

enum log_mode {
	LOG_WRITE, /* holds the lock until log_close() */
	LOG_READ,  /* holds it while opening; the end is fixed then, and durable */
	/* the same, but EWOULDBLOCK at once */
	LOG_READ_NOW,
	/* takes no lock, changes nothing, and must not name a position at or beyond
	 * log_settled() */
	LOG_PEEK,
};

/*
 * Opens a log that exists. ENOENT: there is none (no directory, or no segment
 * in it); EWOULDBLOCK: the lock was held for LOG_LOCK_SECONDS.
 */
struct log *log_open(const char *dir, enum log_mode mode);
/* LOG_WRITE; creates a log of this id, base and first number if need be. */
struct log *log_open_or_make(
    const char *dir, const struct log_id *id, uint64_t base, uint64_t first);
/* The node's spool: made with a new random id, base 1, when there is none. */
struct log *log_open_spool(const char *dir, enum log_mode mode);
void log_close(struct log *l);
/*
 * Creates the directory of a log, and makes its name durable while it has no
 * segment: for a process that restricts itself to it before it creates the log.
 */
int log_make_dir(const char *dir);

const struct log_id *log_id(const struct log *l);
uint64_t log_base(const struct log *l);
/* The oldest number that is held and counts, and that of the next record. */
uint64_t log_first(const struct log *l);
uint64_t log_next(const struct log *l);
/* What is below is durable, even while there is a writer: the last segment
 * begins here, and those before it were synced. */
uint64_t log_settled(const struct log *l);
/* How many segments it has; and the bytes of all of them. */
size_t log_segments(const struct log *l);
uint64_t log_size(const struct log *l);
/* Was anything that was once durable found unreadable? It was reported. */
bool log_damaged(const struct log *l);

/* --- Writing --- */

void log_set_limits(struct log *l, const struct log_limits *limits);
/*
 * Appends one whole frame with this log's tag, numbered at or beyond
 * log_next(). 0: it is durable. -1: it was not appended (ENOSPC, EIO, …). After
 * EIO of a sync the log must be closed, and after EBUSY: there is another
 * writer, for the file `lock` was replaced.
 */
int log_append(struct log *l, const uint8_t *frame, size_t len);
/*
 * Makes numbers below seq a gap: starts a new segment there, which replaces a
 * last segment without a frame. Durable.
 */
int log_jump(struct log *l, uint64_t seq);
/* log_trim() of this log, which is open to write. */
int log_drop(struct log *l, uint64_t seq);

/* --- Reading --- */

struct log_frame {
	struct frame head;
	const uint8_t *data; /* the whole frame, valid until the next call; tag as of `id` */
	size_t len;
	struct log_id id; /* of its segment */
};

/* Sets the reader before the first frame that holds `seq` or lies beyond it. */
int log_seek(struct log *l, uint64_t seq);
/*
 * The next frame below the end. 1: got one; 0: the end; -1: errno. Damage is
 * reported and skipped, so a frame may start beyond the end of the one before:
 * a gap.
 */
int log_read(struct log *l, struct log_frame *f);
/* LOG_PEEK: looks again how far the log goes (bijk-cat --follow). */
int log_refresh(struct log *l);
/* The digest of record `seq`. 1; 0: not held; -1: errno. Moves the reader. */
int log_check(
    struct log *l, uint64_t seq, const uint8_t key[SEAL_KEY], uint8_t check[RECORD_CHECK]);
/* When the reader's segment was last written, seconds; bijk-cat skips by it. */
int64_t log_segment_time(const struct log *l);
/* Skips segments last written before this time, but not the last segment. */
void log_skip_older(struct log *l, int64_t time);

/* --- Upkeep: these take the lock, so no LOG_WRITE handle may be open --- */

/* Deletes segments that hold only numbers below seq; never the last. */
int log_trim(const char *dir, uint64_t seq);
/* Deletes all records. An empty segment keeps id, base and the next number. */
int log_clear(const char *dir);
/* Keeps the highest acknowledged number, and reads it (0: none). Unsynced. */
int log_acked_put(const char *dir, uint64_t seq);
uint64_t log_acked(const char *dir);
/* A new id for a log that has forked: see protocol.md, "Renewing". */
int log_renew(const char *dir);

#endif
