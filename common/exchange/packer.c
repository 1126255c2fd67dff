/* SPDX-License-Identifier: ISC */
#include "common/exchange/packer.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/msg.h"
#include "common/exchange/proof.h"

#include "common/base/banned.h"

#define PACK_BELOW (FRAME_PACK / 2) /* larger frames go as they are */

int pack_begin(struct packer *p, struct log *l, uint64_t from, uint64_t limit)
{
	*p = (struct packer){ .log = l,
		.id = *log_id(l),
		.from = from,
		.limit = limit,
		.out = BUF_INIT(PACK_HEAD_ROOM + FRAME_MAX + SEAL_EXTRA),
		.raw = BUF_INIT(FRAME_PACK + RECORD_STORED_MAX),
		.scratch = BUF_INIT(FRAME_MAX) };
	return log_seek(l, from);
}

void pack_free(struct packer *p)
{
	buf_free(&p->out);
	buf_free(&p->raw);
	buf_free(&p->scratch);
}

static int begin_out(struct packer *p)
{
	static const char room[PACK_HEAD_ROOM];

	buf_reset(&p->out);
	return buf_add(&p->out, room, sizeof(room));
}

static int give_as_is(struct packer *p)
{
	const struct log_frame *f = &p->frame;

	if (begin_out(p) == -1 || buf_add(&p->out, f->data, f->len) == -1)
		return -1;
	if (memcmp(&f->id, &p->id, sizeof(f->id)) != 0)
		frame_retag((uint8_t *)p->out.data + PACK_HEAD_ROOM, f->len, &p->id);
	p->end = frame_end(&f->head);
	p->count = f->head.count;
	p->has_frame = false;
	return 1;
}

static int give_packed(struct packer *p)
{
	if (begin_out(p) == -1 ||
	    frame_build(&p->out, &p->id, p->seq, p->waiting, (const uint8_t *)p->raw.data,
		p->raw.len, FRAME_SMALL) == -1)
		return -1;
	p->end = p->seq + p->waiting;
	p->count = p->waiting;
	buf_reset(&p->raw);
	p->waiting = 0;
	return 1;
}

/*
 * Adds the frame's records, from the position on, to those that wait. 1: they
 * do not fit, and those that wait go first.
 */
static int join_waiting(struct packer *p)
{
	const struct frame *head = &p->frame.head;
	const char *why = "";
	const uint8_t *raw = frame_body(head, p->frame.data, &p->scratch, &why);
	uint64_t seq = head->seq;
	uint32_t count = head->count;
	size_t at = 0;
	struct record r;

	/* The tag held, so it was written like that. It is lost. */
	if (raw == NULL) {
		msg_error("records %" PRIu64 " to %" PRIu64 " cannot be sent: %s", seq,
		    frame_end(head) - 1, why);
		p->has_frame = false;
		return 0;
	}
	for (; seq < p->from; seq++, count--)
		record_next(raw, head->raw_len, &at, &r);
	if (p->waiting > 0 &&
	    (p->seq + p->waiting != seq || p->waiting + count > FRAME_RECORDS ||
		p->raw.len + head->raw_len - at > FRAME_PACK))
		return 1;
	if (p->waiting == 0)
		p->seq = seq;
	if (buf_add(&p->raw, raw + at, head->raw_len - at) == -1)
		return -1;
	p->waiting += count;
	p->has_frame = false;
	return 0;
}

/* 1: p->frame is the next. 0: there is none below the limit. */
static int look_ahead(struct packer *p)
{
	int rc = p->has_frame ? 1 : log_read(p->log, &p->frame);

	if (rc == 1 && p->frame.head.seq >= p->limit)
		rc = 0;
	p->has_frame = rc == 1;
	return rc;
}

int pack_next(struct packer *p)
{
	int rc;

	while ((rc = look_ahead(p)) == 1) {
		const struct frame *head = &p->frame.head;

		if (head->seq >= p->from && head->raw_len >= PACK_BELOW)
			return p->waiting > 0 ? give_packed(p) : give_as_is(p);
		rc = join_waiting(p);
		if (rc != 0)
			return rc == 1 ? give_packed(p) : -1;
	}
	return rc == 0 && p->waiting > 0 ? give_packed(p) : rc;
}
