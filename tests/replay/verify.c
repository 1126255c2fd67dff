/* SPDX-License-Identifier: ISC */
/*
 * Looks on as bijk-cat does; opens for writing, and reads; opens again, finds
 * nothing to do, appends, and reads. At each reading all that was promised is
 * there once, in order, byte for byte.
 */
#include "tests/replay/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "tests/replay/record.h"

#define SOURCE "replay"

static const struct log_id archive_id = { { 7, 7, 7 } };

struct log *subject_open(const struct subject *s)
{
	return s->spool ? log_open_spool(s->dir, LOG_WRITE)
			: log_open_or_make(s->dir, &archive_id, 1, 1);
}

int subject_frame(
    struct buf *out, const struct log *l, uint64_t seed, uint64_t n, uint64_t count, size_t size)
{
	struct buf raw = BUF_INIT(FRAME_MAX), payload = BUF_INIT(FRAME_MAX);
	int rc = 0;

	for (uint64_t i = n; rc == 0 && i < n + count; i++) {
		struct record r = {
			.time_ns = (int64_t)i, .source = SOURCE, .source_len = strlen(SOURCE)
		};
		buf_reset(&payload);
		rc = payload_make(&payload, seed, i, PAYLOAD_BYTES, size);
		r.payload = (uint8_t *)payload.data;
		r.len = payload.len;
		if (rc == 0)
			rc = record_add(&raw, &r);
	}
	if (rc == 0)
		rc = frame_build(out, log_id(l), log_next(l), (uint32_t)count, (uint8_t *)raw.data,
		    raw.len, n % 3 == 0 ? FRAME_FAST : FRAME_PLAIN);
	buf_free(&raw);
	buf_free(&payload);
	return rc;
}

uint64_t record_number(const struct record *r)
{
	char head[24];
	size_t n = r->len < sizeof(head) - 1 ? r->len : sizeof(head) - 1;

	memcpy(head, r->payload, n);
	head[n] = '\0';
	return strtoull(head, NULL, 10);
}

/* What the oracle's judge does not know: the number a record was given, its
 * time, its source, its frame. */
static const char *wrong_place(
    const struct promise *p, const struct log_frame *f, uint64_t seq, const struct record *r)
{
	uint64_t n = record_number(r);

	if (n < 1 || n >= RECORDS || !p->made[n])
		return "a record that was never made";
	if (p->seq[n] != seq)
		return "a record has another number than it was given";
	if (r->time_ns != (int64_t)n || r->source_len != strlen(SOURCE) ||
	    memcmp(r->source, SOURCE, r->source_len) != 0)
		return "time or source of a record have changed";
	if (seq == f->head.seq && p->frame[n] != n)
		return "half of a frame";
	return NULL;
}

static const char *judge_frame(const struct promise *p, struct judge *j, const char *log,
    const struct log_frame *f, struct buf *scratch)
{
	const char *why = NULL;
	const uint8_t *raw = frame_body(&f->head, f->data, scratch, &why);
	struct record r;
	size_t at = 0;

	if (raw == NULL)
		return why;
	for (uint64_t seq = f->head.seq; seq < frame_end(&f->head) && why == NULL; seq++) {
		record_next(raw, f->head.raw_len, &at, &r);
		why = wrong_place(p, f, seq, &r);
		judge_record(j, log, seq, r.payload, r.len);
	}
	return why;
}

/* Reads all of it, against what was promised. */
static const char *judge_all(struct log *l, const struct promise *want, FILE *out)
{
	struct buf scratch = BUF_INIT(FRAME_MAX);
	struct promise lowered;
	struct journal journal;
	struct log_frame f;
	struct judge j;
	const char *why = NULL;
	uint64_t expect = 0;
	char log[24] = "log";
	int rc;

	/* Under its new id a log begins where the acknowledged end. */
	if (log_base(l) > want->gone && log_base(l) <= want->acked) {
		lowered = *want;
		lowered.gone = log_base(l);
		want = &lowered;
	}
	promise_journal(want, &journal);
	if (judge_begin(&j, &journal, 0, out) == -1)
		die(EX_OSERR, "no memory");
	if (want->named > log_next(l) &&
	    memcmp(want->named_log, log_id(l)->b, sizeof(want->named_log)) == 0)
		why = "a position that was named is gone";
	rc = log_seek(l, log_first(l));
	while (rc != -1 && why == NULL && (rc = log_read(l, &f)) == 1) {
		/* A gap that may be is no word to the judge, but any other is
		 * one. */
		if (expect != 0 && f.head.seq > expect && promise_gap(want, expect, f.head.seq))
			snprintf(log, sizeof(log), "from %" PRIu64, f.head.seq);
		why = judge_frame(want, &j, log, &f, &scratch);
		expect = frame_end(&f.head);
	}
	if (why == NULL && rc == -1)
		why = "reading failed";
	if (why == NULL && expect > log_next(l))
		why = "a record lies beyond the next number";
	if (judge_end(&j) > 0 && why == NULL)
		why = "the oracle finds faults";
	journal_free(&journal);
	buf_free(&scratch);
	return why;
}

static bool promised_any(const struct promise *p)
{
	for (uint64_t n = 1; n <= p->last; n++) {
		if (p->stored[n] && p->seq[n] >= p->gone)
			return true;
	}
	return false;
}

/* Looks at it without mending anything, and judges. */
static const char *look(const struct subject *s, const struct promise *want, FILE *out)
{
	struct log *l = log_open(s->dir, LOG_PEEK);
	const char *why;

	if (l == NULL)
		return errno == ENOENT && !promised_any(want) ? NULL
							      : "it cannot be opened to read";
	why = judge_all(l, want, out);
	log_close(l);
	return why;
}

struct position {
	struct log_id id;
	uint64_t base, first, next;
};

static struct position position_of(const struct log *l)
{
	return (struct position){ *log_id(l), log_base(l), log_first(l), log_next(l) };
}

static const char *recover(
    const struct subject *s, const struct promise *want, struct position *at, FILE *out)
{
	struct log *l = subject_open(s);
	const char *why;

	if (l == NULL)
		return "it cannot be opened to write";
	*at = position_of(l);
	if (want->tail_lost && memcmp(at->id.b, want->lost_log, sizeof(want->lost_log)) == 0)
		why = "numbers that a master has are given out again under the old id";
	else
		why = judge_all(l, want, out);
	log_close(l);
	if (why == NULL && recorder.cuts > 0 && strstr(recorder.said, ".seg: cut at ") == NULL)
		why = "a cut was not said";
	return why;
}

static const char *again(
    const struct subject *s, struct promise *want, const struct position *before, FILE *out)
{
	struct buf frame = BUF_INIT(FRAME_MAX);
	struct log *l = subject_open(s);
	struct position now;
	const char *why = NULL;
	uint64_t n = want->last + 1;

	if (l == NULL)
		return "it cannot be opened a second time";
	now = position_of(l);
	if (memcmp(now.id.b, before->id.b, sizeof(now.id.b)) != 0)
		why = "opened a second time it has another id";
	else if (now.base != before->base || now.first != before->first || now.next != before->next)
		why = "opened a second time it has other positions";
	else if (recorder.changes > 0)
		why = "opened a second time it is changed again";
	promise_made(want, n, 1, now.next);
	if (why == NULL &&
	    (subject_frame(&frame, l, want->seed, n, 1, 60) == -1 ||
		log_append(l, (uint8_t *)frame.data, frame.len) == -1))
		why = "it takes no append";
	promise_stored(want, n, 1);
	if (why == NULL)
		why = judge_all(l, want, out);
	buf_free(&frame);
	log_close(l);
	return why;
}

const char *verify_state(
    const struct subject *s, const struct promise *promised, bool peek, bool loud)
{
	struct promise want = *promised;
	struct position at;
	FILE *out = loud ? stdout : NULL;
	const char *why = NULL;

	record_quiet();
	if (peek)
		why = look(s, &want, out);
	if (why == NULL && recorder.changes > 0)
		why = "who only looked has changed it";
	record_quiet();
	if (why == NULL)
		why = recover(s, &want, &at, out);
	record_quiet();
	if (why == NULL)
		why = again(s, &want, &at, out);
	return why;
}
