/* SPDX-License-Identifier: ISC */
/*
 * The spool has gaps, so that a session sends several DATA, and a renewal, so that frames of two log ids go
 * in one. It has six segments, so that what is freed too early is gone.
 */
#include "tests/cut/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/log/log.h"

#include "common/base/banned.h"

#define LARGE 540000
#define LARGE_FRAME 1000 /* bytes that it may have as a frame */

enum what {
	RECORD,
	LARGE_RECORD, /* where one is wanted: too large to be packed */
	JUMP,
	RENEW,
};

static const struct {
	enum what what;
	size_t size; /* of a record; of a gap, in numbers */
} plan[] = {
	{ RECORD, 40 },
	{ RECORD, 150 },
	{ JUMP, 2 },
	{ RECORD, 9 },
	{ JUMP, 1 },
	{ LARGE_RECORD, 70 },
	{ JUMP, 3 },
	{ RECORD, 120 },
	{ RECORD, 260 },
	{ RENEW, 0 },
	{ RECORD, 1 },
	{ RECORD, 310 },
	{ JUMP, 1 },
	{ RECORD, 80 },
	{ RECORD, 200 },
};

#define STEPS (sizeof(plan) / sizeof(plan[0]))

struct plan_facts plan_facts = { .ends = { 3, 6, 8, 15, 18 } };

static int make_frame(struct buf *frame, const struct log *l, const struct buf *payload, uint64_t n)
{
	struct buf raw = BUF_INIT(RECORD_STORED_MAX);
	struct record r = { .time_ns = INT64_C(1700000000000000000) + (int64_t)n,
		.source = "test",
		.source_len = 4,
		.payload = (const uint8_t *)payload->data,
		.len = payload->len };
	int rc = record_add(&raw, &r);

	if (rc == 0)
		rc = frame_build(frame, log_id(l), log_next(l), 1, (const uint8_t *)raw.data,
		    raw.len, FRAME_SMALL);
	buf_free(&raw);
	return rc;
}

/* A third of the oracle's records repeat themselves: a large one is to be such a one, and small as a frame. */
static int append_record(struct log *l, const struct world *w, uint64_t n, size_t size)
{
	struct buf payload = BUF_INIT(RECORD_MAX), frame = BUF_INIT(FRAME_MAX);
	int rc;

	do {
		buf_reset(&payload);
		buf_reset(&frame);
		rc = payload_make(&payload, w->seed, n, PAYLOAD_BYTES, size++);
		if (rc == 0)
			rc = make_frame(&frame, l, &payload, n);
	} while (rc == 0 && size > LARGE && frame.len > LARGE_FRAME);
	if (rc == 0)
		rc = log_append(l, (const uint8_t *)frame.data, frame.len);
	buf_free(&payload);
	buf_free(&frame);
	return rc;
}

void plan_spool(struct world *w, const char *spool)
{
	struct plan_facts *f = &plan_facts;
	struct log *l = log_open_spool(spool, LOG_WRITE);
	int rc = l == NULL ? -1 : 0;

	f->records = f->gaps = f->lost = 0;
	for (size_t i = 0; rc == 0 && i < STEPS; i++) {
		switch (plan[i].what) {
		case RECORD: rc = append_record(l, w, ++f->records, plan[i].size); break;
		case LARGE_RECORD:
			rc = append_record(l, w, ++f->records, w->large ? LARGE : plan[i].size);
			break;
		case JUMP:
			f->gaps++;
			f->lost += plan[i].size;
			f->last = log_next(l) + plan[i].size;
			rc = log_jump(l, f->last);
			break;
		case RENEW:
			log_close(l);
			rc = log_renew(spool);
			l = rc == 0 ? log_open_spool(spool, LOG_WRITE) : NULL;
			rc = l == NULL ? -1 : 0;
			break;
		}
	}
	if (rc == -1)
		die(EX_IOERR, "making the spool %s: %s", spool, strerror(errno));
	f->next = log_next(l);
	log_close(l);
	w->journal = (struct journal){ .seed = w->seed };
	if (journal_mark(&w->journal, JOURNAL_MADE, 1, f->records) == -1 ||
	    journal_mark(&w->journal, JOURNAL_STORED, 1, f->records) == -1)
		die(EX_OSERR, "the journal: %s", strerror(errno));
}

uint64_t plan_records_from(uint64_t seq)
{
	uint64_t n = 0, at = 1;

	for (size_t i = 0; i < STEPS; i++) {
		if (plan[i].what == JUMP)
			at += plan[i].size;
		else if (plan[i].what != RENEW)
			n += at++ >= seq;
	}
	return n;
}
