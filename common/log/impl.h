/* SPDX-License-Identifier: ISC */
/* The inside of struct log, for the files log*.c only. */
#ifndef BIJK_LOG_IMPL_H
#define BIJK_LOG_IMPL_H

#include "common/log/log.h"
#include "common/log/segment_reader.h"

struct log {
	char *path;
	int dir;
	int lock; /* -1: not held */
	enum log_mode mode;
	struct segment_list segments;
	struct log_id id;
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

#define LOG_LOCK_NAME "lock"

/* A new last segment: temporary name, synced, renamed, directory synced; the one before is synced
 * first. */
int log_start_segment(struct log *l, const struct log_id *id, uint64_t base, uint64_t first);
/* The oldest segments go until the log is within its limit; the last stays. */
void log_drop_oldest(struct log *l);
/* Removes the segment before the last, which starts at `first`. One that stays does no harm. */
void log_remove_before_last(struct log *l, uint64_t first);
/* Opens the directory, takes the lock if the mode wants it, and lists the segments. */
struct log *log_open_dir(const char *path, enum log_mode mode);
/* Finds the end of the last segment; mends what can be. */
int log_recover(struct log *l, const struct log_id *hint);
/*
 * Notes in the file of the lock, which is held, that the last segment, `fd`, is durable up to `end`, and its name.
 * Only a note: where it cannot be made, or does not say of the segment what the segment says itself, the next opening
 * writes the segment anew.
 */
void log_note_durable(const struct log *l, int fd, off_t end);
/* The renewing itself, with the lock held. */
int log_renew_open(struct log *l);
uint64_t log_acked_at(int dir);

#endif
