/* SPDX-License-Identifier: ISC */
/* The inside of struct log, for the files of this folder only. */
#ifndef BIJK_LOG_IMPL_H
#define BIJK_LOG_IMPL_H

#include "common/log/log.h"
#include "common/log/segment.h"

struct log {
	char *path;
	int dir;
	int lock; /* -1: not held */
	enum log_mode mode;
	struct segment_list segments;
	struct log_id id;
	bool id_known; /* before the last segment was opened: the caller gave it */
	uint64_t base, next;
	bool damaged; /* what was durable could not be read */
	/* The last segment, open for appending with LOG_WRITE. */
	int tail;
	off_t tail_end; /* durable up to here, and valid */
	bool failed;	/* a sync failed, or a cut after a failed write */
	bool synced;	/* something was written since it was opened: there is something to note */
	struct log_limits limits;
	/* The reader. */
	struct segment reader;
	size_t at_segment;
	bool at_open; /* `reader` is that segment */
	off_t at;
	uint64_t expect; /* numbers below were read or passed over */
	uint64_t wanted; /* of log_seek(): frames that end at or below are passed over */
};

/* --- handle.c --- */

/* Opens the directory, takes the lock unless LOG_PEEK, lists the segments. */
struct log *log_open_dir(const char *path, enum log_mode mode);
/*
 * Opens segment i into l->reader. Where its header is damaged, head.id is an id
 * under which one of its frames holds, if there is one: a neighbour's, that of
 * the log, or what the header says; head.base then is 0 if it is unknown.
 */
int log_open_segment(struct log *l, size_t i, uint64_t bound, bool writable);
/*
 * A new last segment: temporary name, synced, renamed, directory synced; the
 * one before is synced first.
 */
int log_start_segment(struct log *l, const struct log_id *id, uint64_t base, uint64_t first);

#define LOG_NOTE_LEN 68
#define LOG_NOTE_SIZE 34 /* of these: segment and inode; the size follows */
#define LOG_NOTE_DATA 51 /* of these: all but the time of change */

/*
 * The note for the last segment, open as fd, if it is durable up to `end`
 * (protocol.md, section 3, Opening). -1: the file does not end there.
 */
int log_note_text(const struct log *l, int fd, off_t end, char text[LOG_NOTE_LEN + 1]);
/* Writes it, if the lock is held. A missing note costs a rewrite. */
void log_note_durable(const struct log *l, int fd, off_t end);
/* The note that is there; "": none. */
void log_note_read(const struct log *l, char text[LOG_NOTE_LEN + 1]);

/* --- recover.c --- */

/* Finds the end of the last segment; repairs what can be. */
int log_recover(struct log *l);

/* --- upkeep.c --- */

/* Removes the oldest segments until the log is within its limit. */
void log_drop_oldest(struct log *l);
/* Removes the last but one if it starts at `first`. Failing does no harm. */
void log_remove_before_last(struct log *l, uint64_t first);
/* Renewing, with the lock held. */
int log_renew_open(struct log *l);
uint64_t log_acked_at(int dir);

#endif
