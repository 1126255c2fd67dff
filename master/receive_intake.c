/* SPDX-License-Identifier: ISC */
#include "master/receive_intake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/exchange/lines.h"
#include "common/log/frame.h"

#include "common/base/banned.h"

static int append_frame(void *arg)
{
	struct intake *i = arg;

	return store_archive_append(
	    i->archive, (const uint8_t *)i->appending.data, i->appending.len);
}

void intake_init(struct intake *i, struct archive *a, bool overlap)
{
	i->archive = a;
	i->next = i->durable = store_archive_next(a);
	i->appending = (struct buf)BUF_INIT(FRAME_MAX + SEAL_EXTRA);
	i->scratch = (struct buf)BUF_INIT(FRAME_MAX);
	stage_init(&i->append, append_frame, i);
	i->append.alone = !overlap;
}

int store_failed(struct fail *f, const char *doing)
{
	int why = errno;

	return fail_set(f, ERR_STORE, why == ENOSPC || why == EDQUOT ? EX_TEMPFAIL : EX_IOERR,
	    "%s: %s", doing, strerror(why));
}

/* For want of room there is more to say than errno has. */
static int not_stored(const struct intake *i, struct fail *f)
{
	char text[STORE_ROOM_MAX];
	struct store_room r;

	if (errno != ENOSPC || store_archive_room(i->archive, &r) == -1)
		return store_failed(f, "storing records");
	if (store_room_text(&r, text) == NULL)
		snprintf(text, sizeof(text), "%s", strerror(ENOSPC));
	return fail_set(f, ERR_STORE, EX_TEMPFAIL, "storing records: %s", text);
}

static void count_gap(struct intake *i, uint64_t from, uint64_t to)
{
	char which[RANGE_MAX];

	i->totals.gaps++;
	i->totals.lost += to - from;
	i->totals.gap_from = from;
	i->totals.gap_to = to;
	msg_warn("node %s: %s %s lost", i->node, num_show_range(which, "record", from, to),
	    to - from == 1 ? "is" : "are");
}

/* The frame that was being appended is durable. */
static void count_stored(struct intake *i)
{
	struct totals *t = &i->totals, *a = &i->adding;

	if (a->records == 0)
		return;
	if (a->gaps > 0)
		count_gap(i, a->gap_from, a->gap_to);
	t->records += a->records;
	t->bytes += a->bytes;
	if (a->newest_ns > t->newest_ns)
		t->newest_ns = a->newest_ns;
	i->stored += i->appending.len;
	i->durable = store_archive_next(i->archive);
	i->begun = store_archive_begun(i->archive);
	*a = (struct totals){ 0 };
}

int intake_settle(struct intake *i, struct fail *f)
{
	if (stage_wait(&i->append) == -1)
		return not_stored(i, f);
	count_stored(i);
	return 0;
}

void intake_end(struct intake *i)
{
	if (stage_wait(&i->append) == 0)
		count_stored(i);
	stage_end(&i->append);
	buf_free(&i->appending);
	buf_free(&i->scratch);
}

static struct totals totals_of(const struct intake *i, const struct frame *f, const uint8_t *raw)
{
	struct totals t = { .records = f->count };
	struct record rec;
	size_t at = 0;

	for (uint32_t n = 0; n < f->count; n++) {
		record_next(raw, f->raw_len, &at, &rec);
		t.bytes += rec.len;
		if (rec.time_ns > t.newest_ns)
			t.newest_ns = rec.time_ns;
	}
	if (f->seq > i->next) {
		t.gaps = 1;
		t.gap_from = i->next;
		t.gap_to = f->seq;
	}
	return t;
}

int intake_frame(struct intake *i, struct buf *frame, struct fail *f)
{
	const uint8_t *raw;
	const char *why = "";
	struct totals adds;
	struct buf empty;
	struct frame head;

	if (!frame_check(&head, (const uint8_t *)frame->data, frame->len, &i->id))
		return fail_set(f, ERR_PROTO, EX_PROTOCOL, "no valid frame");
	if (head.seq < i->next || frame_end(&head) > i->end)
		return fail_set(f, ERR_PROTO, EX_PROTOCOL, "a frame out of order");
	raw = frame_body(&head, (const uint8_t *)frame->data, &i->scratch, &why);
	if (raw == NULL)
		return fail_set(f, ERR_PROTO, EX_PROTOCOL, "%s", why);
	adds = totals_of(i, &head, raw);
	if (intake_settle(i, f) == -1)
		return -1;
	empty = i->appending;
	i->appending = *frame;
	*frame = empty;
	i->adding = adds;
	i->next = frame_end(&head);
	return stage_go(&i->append) == -1 ? not_stored(i, f) : 0;
}

int intake_jump(struct intake *i, uint64_t seq, struct fail *f)
{
	if (intake_settle(i, f) == -1)
		return -1;
	if (seq <= i->durable)
		return 0;
	if (store_archive_jump(i->archive, seq) == -1)
		return not_stored(i, f);
	count_gap(i, i->durable, seq);
	i->next = i->durable = seq;
	return 0;
}
