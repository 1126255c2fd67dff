/* SPDX-License-Identifier: ISC */
#include "master/cat/log.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/msg.h"

#include "common/base/banned.h"

/*
 * A segment that was last written before --since holds nothing newer, unless the node's clock was
 * ahead of this one. A day is more than a clock that anybody keeps is wrong by.
 */
#define CLOCK_MARGIN 86400

static bool skips(const struct cat_filter *f, int64_t *time)
{
	*time = f->since_ns / 1000000000;
	if (f->since_ns == INT64_MIN || *time < CLOCK_MARGIN)
		return false;
	*time -= CLOCK_MARGIN;
	return true;
}

int cat_log_open(struct cat_log *c, const char *node, const char *dir, const struct cat_filter *f)
{
	uint64_t acked;
	int64_t time;

	*c = (struct cat_log){ .node = node, .scratch = BUF_INIT(FRAME_MAX), .time = INT64_MIN };
	c->log = log_open(dir, LOG_PEEK);
	if (c->log == NULL)
		return -1;
	acked = log_acked(dir);
	c->expect = acked > log_base(c->log) ? acked : log_base(c->log);
	if (c->expect > log_first(c->log))
		c->expect = log_first(c->log);
	if (skips(f, &time) && log_segment_time(c->log) < time) {
		c->expect = 0;
		log_skip_older(c->log, time);
	}
	return 0;
}

/* The gap lies between the record before, and one of time `next`. */
static void gap(struct cat_log *c, const struct cat_filter *f, const struct cat_form *form,
    const struct log_id *id, uint64_t to, int64_t next)
{
	if (c->expect != 0 && to > c->expect && c->time < f->until_ns && next >= f->since_ns)
		cat_print_gap(form, c->node, id, c->expect, to - 1);
	if (to > c->expect)
		c->expect = to;
}

static bool source_is(const struct record *r, const char *source)
{
	return strlen(source) == r->source_len && memcmp(source, r->source, r->source_len) == 0;
}

static void print_frame(struct cat_log *c, const struct cat_filter *f, const struct cat_form *form,
    const struct log_frame *fr, const uint8_t *raw)
{
	size_t at = 0;

	for (uint32_t i = 0; i < fr->head.count; i++) {
		uint64_t seq = fr->head.seq + i;
		struct record r;

		record_next(raw, fr->head.raw_len, &at, &r);
		if (seq < c->expect)
			continue;
		gap(c, f, form, &fr->id, seq, r.time_ns);
		c->expect = seq + 1;
		c->time = r.time_ns;
		if (r.time_ns >= f->since_ns && r.time_ns < f->until_ns &&
		    (f->source == NULL || source_is(&r, f->source)))
			cat_print_record(form, c->node, &fr->id, seq, &r);
	}
}

int cat_log_print(struct cat_log *c, const struct cat_filter *f, const struct cat_form *form)
{
	struct log_frame fr;
	int rc;

	while ((rc = log_read(c->log, &fr)) == 1) {
		const char *why = "";
		const uint8_t *raw = frame_body(&fr.head, fr.data, &c->scratch, &why);
		if (raw == NULL) {
			msg_warn("%s: records from %" PRIu64 " on: %s", c->node, fr.head.seq, why);
			c->damaged = true;
			continue;
		}
		print_frame(c, f, form, &fr, raw);
	}
	c->damaged |= log_damaged(c->log);
	if (rc == -1)
		return -1;
	gap(c, f, form, log_id(c->log), log_next(c->log), INT64_MAX);
	return 0;
}

int cat_log_again(struct cat_log *c)
{
	return log_refresh(c->log);
}

void cat_log_close(struct cat_log *c)
{
	log_close(c->log);
	c->log = NULL;
	buf_free(&c->scratch);
}
