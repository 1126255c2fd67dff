/* SPDX-License-Identifier: ISC */
/* The inside of a receiver, for receive.c and receive_frames.c only. */
#ifndef BIJK_RECEIVE_IMPL_H
#define BIJK_RECEIVE_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/stage.h"
#include "common/exchange/lines.h"
#include "common/exchange/wire.h"
#include "master/store/store.h"

struct receive;

struct totals {
	uint64_t records, bytes;   /* bytes of payload */
	uint64_t gaps, lost;	   /* how many gaps, and records in them */
	uint64_t gap_from, gap_to; /* the last gap: [from, to) */
	int64_t newest_ns;	   /* time of the newest record */
	int64_t oldest_ns;	   /* of the oldest, if there are records */
};

struct receiver {
	struct receive *r;
	struct wire w;
	struct node node;
	int lock;
	char greeting[WIRE_LINE_MAX];
	char node_line[WIRE_LINE_MAX];
	struct node_line said;
	uint8_t key[SEAL_KEY];
	bool proved, positioned;
	int64_t began;
	int64_t heard;	   /* NODE came then */
	deadline_t answer; /* the moment of an ERR auth */

	/* Frames. What is durable grows with settle_append() only. */
	struct archive *archive;
	uint64_t from;	       /* our FROM */
	uint64_t next;	       /* the number after the last frame checked */
	uint64_t durable;      /* the number after the last one that is durable */
	uint64_t acked;	       /* our last ACK */
	uint64_t stored;       /* bytes of frames that are durable */
	uint64_t acked_stored; /* the same, at the last ACK */
	struct totals totals;
	unsigned begun;	      /* segments begun for them */
	unsigned trimmed;     /* the same, when the quota was looked at */
	uint64_t early;	      /* records that the quota removed before their time */
	uint64_t count;	      /* DATA so far */
	struct buf data;      /* the frame that is being received */
	struct stage append;  /* touches the archive and `appending` until settle_append() */
	struct buf appending; /* the frame that is being appended */
	struct totals adding; /* what it will add */
	struct buf scratch;
};

/* Set r->fail and return -1. `refuse` also sends the code to the node. */
#define broken(t, doing) session_broken(&(t)->r->fail, doing)
#define refuse(t, ...) session_refuse(&(t)->w, &(t)->r->fail, __VA_ARGS__)

/* --- receive.c --- */

/* Tells the onlooker, if there is one. */
__attribute__((format(printf, 2, 3))) void receive_step(struct receiver *t, const char *fmt, ...);
/* Adds our mac to the line, and sends it. 0, or -1 with errno. */
int receive_say(struct receiver *t, char *line, size_t size);
/* The node's ERR, or a broken line. Sets r->fail and returns -1. */
int receive_unexpected(struct receiver *t, const char *line);
/* Sets r->fail by errno, which the store left, and returns -1. */
int receive_store_failed(struct receiver *t, const char *doing);

/* --- receive_state.c --- */

/* Keeps in the node's state what is known, also of a session that was cut. */
void receive_keep(const struct receiver *t, bool good, bool damaged);

/* --- receive_frames.c --- */

/* Before FROM: takes the archive's position. */
void receive_frames_begin(struct receiver *t);
/* Frames until END, and its ACK. 0, or -1 with r->fail. */
int receive_frames(struct receiver *t);
/* Afterwards, in any case: what was taken is durable then, or not counted. */
void receive_frames_end(struct receiver *t);

#endif
