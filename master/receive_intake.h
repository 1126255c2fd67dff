/* SPDX-License-Identifier: ISC */
/*
 * Frames on their way to the archive: checked, appended, counted. With `overlap` a thread appends
 * one frame while the next is received; what may be acknowledged is always what is durable.
 */
#ifndef BIJK_RECEIVE_INTAKE_H
#define BIJK_RECEIVE_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/stage.h"
#include "common/fail.h"
#include "master/store/store.h"

/* Sets f by errno, which the store left, and returns -1. */
int store_failed(struct fail *f, const char *doing);

/* What came in. */
struct totals {
	uint64_t records, bytes;   /* bytes of payload */
	uint64_t gaps, lost;	   /* how many gaps, and records in them */
	uint64_t gap_from, gap_to; /* the last gap: [from, to) */
	int64_t newest_ns;	   /* time of the newest record */
};

struct intake {
	/* What the caller sets. */
	struct archive *archive; /* nobody else touches it until intake_settle() */
	const char *node;	 /* its name, for messages */
	struct log_id id;
	uint64_t end; /* the node's next number: no frame goes beyond it */

	/* What is durable; grows with intake_frame() and intake_settle(). */
	uint64_t durable; /* the number of the next record */
	uint64_t stored;  /* bytes of frames */
	unsigned begun;	  /* segments begun for them */
	struct totals totals;

	/* Its own. */
	struct stage append;
	struct buf appending; /* the frame that is being appended */
	struct totals adding; /* what it will add */
	struct buf scratch;
	uint64_t next; /* the number of the record after the last frame checked */
};

/* The archive's position is where it begins. */
void intake_init(struct intake *i, struct archive *a, bool overlap);
/* What was taken is durable then, or not counted. */
void intake_end(struct intake *i);
/*
 * Takes an unsealed frame out of `frame` and gives another buffer for the next one back. 0, or -1
 * with f set: the frame is not what it must be, or it or one before could not be stored.
 */
int intake_frame(struct intake *i, struct buf *frame, struct fail *f);
/* Records before `seq` will never come: a gap, if they have not come already. */
int intake_jump(struct intake *i, uint64_t seq, struct fail *f);
/* Waits until everything taken is durable. 0, or -1 with f set. */
int intake_settle(struct intake *i, struct fail *f);

#endif
