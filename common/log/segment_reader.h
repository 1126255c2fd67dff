/* SPDX-License-Identifier: ISC */
/*
 * Below log.h, for its own files only: one segment opened for reading, and the list of segments in
 * a directory.
 */
#ifndef BIJK_LOG_SEGMENT_READER_H
#define BIJK_LOG_SEGMENT_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/buf.h"
#include "common/log/frame.h"
#include "common/log/segment_header.h"

/* The first numbers of a directory's segments, ascending. */
struct segment_list {
	uint64_t *first;
	size_t n;
};

#define NEW_SEGMENT "segment.tmp" /* a segment's name until it is whole */

/*
 * Lists them; a new one that a crash left is removed if `clean`. Only that: other temporary names may be in use, for
 * a session keeps its acknowledgements without the log's lock. -1: errno.
 */
int segment_list_read(struct segment_list *l, int dir, bool clean);
void segment_list_free(struct segment_list *l);

/* Bytes of a segment and when it was last written. -1: errno. */
int segment_stat(int dir, uint64_t first, uint64_t *size, int64_t *mtime);

struct segment {
	int dir; /* the log's, not owned */
	int fd;	 /* -1: none is open */
	char name[SEGMENT_NAME_LEN + 1];
	struct segment_header head;
	bool sound;	   /* the header is whole; else head holds the best that could be found */
	uint64_t bound;	   /* frames at or beyond do not count: the next segment's first */
	off_t end;	   /* nothing beyond is read */
	struct buf window; /* bytes of the file from window_at on */
	off_t window_at;
};

void segment_init(struct segment *s, int dir);
void segment_close(struct segment *s);
/*
 * Opens the segment that starts at `first`. A damaged header is put right if a single bit of it
 * flipped (sound stays false); else the log id is found by which of the header's own and the `hint`
 * ids (NULL: none) a frame's tag holds under, and the base is 0: unknown. One of another version of the format is
 * refused: EPROTONOSUPPORT, and both versions are told.
 */
int segment_open(struct segment *s, uint64_t first, uint64_t bound, bool writable,
    const struct log_id *hint1, const struct log_id *hint2);

/* Is there a whole, valid frame at this place, not below `expect`? 1: *f and *data; 0: no; -1:
 * errno. */
int segment_frame_at(
    struct segment *s, off_t at, uint64_t expect, struct frame *f, const uint8_t **data);
/* The first place at or behind `at` where there is one. 1, 0 or -1 likewise. */
int segment_search(struct segment *s, off_t at, uint64_t expect, off_t *found);
/* The frame that ends where the segment does, by its trailer. 1, 0 or -1 likewise. */
int segment_last_frame(struct segment *s, off_t *at, struct frame *f, const uint8_t **data);
/* The end of the last valid frame, walking from the start; *next is the number behind it. */
int segment_walk(struct segment *s, off_t *end, uint64_t *next);
/* Going back from the end by the trailers, where the frame that holds `seq` begins; 0: not to be
 * found so. */
int segment_seek_back(struct segment *s, uint64_t seq, off_t *at);

#endif
