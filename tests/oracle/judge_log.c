/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "common/base/num.h"
#include "common/log/frame.h"
#include "common/log/log.h"
#include "tests/oracle/oracle.h"

struct place {
	struct judge *judge;
	char log[2 * LOG_ID_SIZE + 1];
	uint64_t expect;
};

static void missing(struct place *p, uint64_t to)
{
	if (to > p->expect)
		judge_gap(p->judge, p->log, p->expect, to - 1);
}

static int take_frame(struct place *p, const struct log_frame *f, struct buf *scratch)
{
	const char *why = "";
	const uint8_t *raw = frame_body(&f->head, f->data, scratch, &why);
	size_t at = 0;

	if (raw == NULL)
		return -1;
	for (uint32_t i = 0; i < f->head.count; i++) {
		uint64_t seq = f->head.seq + i;
		struct record r;

		if (record_next(raw, f->head.raw_len, &at, &r) == -1)
			return -1;
		if (seq < p->expect)
			continue;
		missing(p, seq);
		judge_record(p->judge, p->log, seq, r.payload, r.len);
		p->expect = seq + 1;
	}
	return 0;
}

int judge_log(struct judge *j, const char *dir)
{
	struct place p = { .judge = j };
	struct log *l = log_open(dir, LOG_PEEK);
	struct buf scratch = BUF_INIT(FRAME_MAX);
	struct log_frame f;
	int rc;

	if (l == NULL)
		return errno == ENOENT ? 0 : -1;
	hex_encode(p.log, log_id(l)->b, LOG_ID_SIZE);
	/* As bijk-cat: what went by intention is no gap. */
	p.expect = log_acked(dir) > log_base(l) ? log_acked(dir) : log_base(l);
	if (p.expect > log_first(l))
		p.expect = log_first(l);
	while ((rc = log_read(l, &f)) == 1 && (rc = take_frame(&p, &f, &scratch)) == 0)
		;
	if (rc == 0)
		missing(&p, log_next(l));
	buf_free(&scratch);
	log_close(l);
	return rc;
}
