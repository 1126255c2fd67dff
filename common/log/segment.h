/* SPDX-License-Identifier: ISC */
/*
 * A segment (protocol.md, section 3): its header and its name, the list of
 * segments in a directory, and one segment opened for reading. Functions that
 * return -1 set errno.
 */
#ifndef BIJK_LOG_SEGMENT_H
#define BIJK_LOG_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/buf.h"
#include "common/log/frame.h"
#include "common/names.h"

#define SEGMENT_VERSION 1
#define SEGMENT_HEADER 64
#define SEGMENT_CLOSE (8u << 20)  /* past this size the next frame starts a new one */
#define SEGMENT_NAME_LEN 20	  /* 16 hex digits and ".seg" */
#define SEGMENT_NEW "segment.tmp" /* its name until it is whole */

/* --- The header and the name. No I/O --- */

struct segment_header {
	struct log_id id;
	uint64_t first, base;
};

/*
 * What a segment of so many bytes counts for in a limit: whole blocks of 4,096
 * bytes, and one more for its inode. An empty one is not free.
 */
uint64_t segment_cost(uint64_t bytes);
void segment_format(const struct segment_header *h, uint8_t out[SEGMENT_HEADER]);
/* False: it is damaged; *h still holds what was read. */
bool segment_parse(struct segment_header *h, const uint8_t in[SEGMENT_HEADER]);
/*
 * The number of another version of the format; 0: this one, or a damaged
 * header. Nothing else is known of such a segment, so it must be left as it is.
 */
unsigned segment_other_version(const uint8_t in[SEGMENT_HEADER]);
void segment_name(uint64_t first, char out[SEGMENT_NAME_LEN + 1]);
bool segment_name_parse(const char *name, uint64_t *first);

/* --- Files --- */

/* The first numbers of a directory's segments, ascending. */
struct segment_list {
	uint64_t *first;
	size_t n;
};

/*
 * Lists them. With `clean`, removes a leftover SEGMENT_NEW and nothing else: a
 * session keeps its acknowledgements without the log's lock, under another
 * temporary name.
 */
int segment_list_read(struct segment_list *l, int dir, bool clean);
void segment_list_free(struct segment_list *l);
/* Bytes of a segment, and when it was last written. */
int segment_stat(int dir, uint64_t first, uint64_t *size, int64_t *mtime);
/* Is the header of that segment sound? Reads nothing else of it. */
bool segment_read_header(int dir, uint64_t first, struct segment_header *h);
/* Creates SEGMENT_NEW, open for reading and writing; replaces a leftover. */
int segment_create(int dir);
/*
 * Syncs SEGMENT_NEW, open as fd, renames it, and syncs the directory. `filled`
 * is what writing it returned; -1 there, or a failure before the name is taken,
 * removes it. fd stays open.
 */
int segment_install(int dir, int fd, const char *name, int filled);

/* --- Reading --- */

struct segment {
	int dir; /* the log's, not owned */
	int fd;	 /* -1: none is open */
	char name[SEGMENT_NAME_LEN + 1];
	struct segment_header head;
	bool sound;	/* the header is whole; else head is what was read, `first` by the name */
	uint64_t bound; /* frames at or beyond do not count: the next segment's first */
	off_t end;	/* nothing beyond is read */
	struct buf window; /* bytes of the file from window_at on */
	off_t window_at;
};

void segment_init(struct segment *s, int dir);
void segment_close(struct segment *s);
/*
 * Opens the segment that starts at `first`. EPROTONOSUPPORT: it is of another
 * version of the format, which is reported.
 */
int segment_open(struct segment *s, uint64_t first, uint64_t bound, bool writable);

/* Is there a valid frame at this offset, not below `expect`? 1, 0 or -1. */
int segment_frame_at(
    struct segment *s, off_t at, uint64_t expect, struct frame *f, const uint8_t **data);
/*
 * The first offset at or behind `at` where there is one. 1, 0 or -1 likewise.
 */
int segment_search(struct segment *s, off_t at, uint64_t expect, off_t *found);
/* The frame that ends where the segment does. 1, 0 or -1 likewise. */
int segment_last_frame(struct segment *s, off_t *at, struct frame *f, const uint8_t **data);
/* The end of the last valid frame, from the start; *next: the number behind. */
int segment_walk(struct segment *s, off_t *end, uint64_t *next);
/* Where the frame that holds `seq` begins, from the end; 0: unknown. */
int segment_seek_back(struct segment *s, uint64_t seq, off_t *at);

#endif
