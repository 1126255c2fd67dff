/* SPDX-License-Identifier: ISC */
/*
 * A log's frames as they are sent. Small ones, as single records make them, are
 * packed into larger ones: the master syncs once for each, and they compress
 * far better together.
 */
#ifndef BIJK_EXCHANGE_PACKER_H
#define BIJK_EXCHANGE_PACKER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/log/log.h"

#define PACK_HEAD_ROOM 32 /* in front of a frame, for "DATA 16781392\n" */

struct packer {
	struct log *log;
	struct log_id id;     /* the tag's: of the log as the session named it */
	uint64_t from, limit; /* records [from, limit) */
	/* What pack_next() gives. */
	struct buf out; /* PACK_HEAD_ROOM bytes, then a frame */
	uint64_t end;	/* the number behind its last record */
	uint32_t count;
	/* Its own. */
	struct log_frame frame; /* read ahead */
	bool has_frame;
	/* Records that wait to be packed: numbers [seq, seq + waiting). */
	struct buf raw;
	uint64_t seq;
	uint32_t waiting;
	struct buf scratch;
};

/* -1: errno. */
int pack_begin(struct packer *p, struct log *l, uint64_t from, uint64_t limit);
void pack_free(struct packer *p);
/* 1: one more frame. 0: that was all. -1: errno. */
int pack_next(struct packer *p);

#endif
