/* SPDX-License-Identifier: ISC */
/*
 * Reading in order. What cannot be read is reported and skipped: the next frame
 * then begins beyond the expected number, which everybody takes for a gap.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/base/msg.h"
#include "common/log/impl.h"

#include "common/base/banned.h"

static uint64_t bound_of(const struct log *l, size_t i)
{
	return i + 1 < l->segments.n ? l->segments.first[i + 1] : l->next;
}

/* Opens the segment to read from. 1; 0: it was trimmed; -1: errno. */
static int enter_segment(struct log *l)
{
	uint64_t first = l->segments.first[l->at_segment];
	bool last = l->at_segment + 1 == l->segments.n;

	if (l->at_open)
		return 1;
	/* An opening leaves the last segment open. */
	if (last && l->reader.fd != -1 && l->reader.head.first == first) {
		l->reader.bound = l->next;
		l->reader.end = l->tail_end;
	} else if (log_open_segment(l, l->at_segment, bound_of(l, l->at_segment), false) == -1) {
		return errno == ENOENT ? 0 : -1;
	}
	if (last && l->reader.end > l->tail_end)
		l->reader.end = l->tail_end; /* what came later may not be durable */
	if (!l->reader.sound) {
		msg_warn("%s/%s: the header is damaged; continuing", l->path, l->reader.name);
		l->damaged = true;
	}
	l->at = SEGMENT_HEADER;
	l->at_open = true;
	return 1;
}

static void next_segment(struct log *l)
{
	l->at_segment++;
	l->at_open = false;
}

int log_seek(struct log *l, uint64_t seq)
{
	size_t i = l->segments.n;
	off_t at;
	int rc;

	while (i > 1 && l->segments.first[i - 1] > seq)
		i--;
	l->at_segment = i - 1;
	l->at_open = false;
	l->wanted = seq;
	l->expect = l->segments.first[i - 1];
	if (seq >= l->next) {
		next_segment(l);
		return 0;
	}
	/* A writer has the last segment open. A reader must fail now. */
	if (seq <= l->expect && l->mode == LOG_WRITE)
		return 0;
	rc = enter_segment(l);
	if (rc == 1 && seq > l->expect) {
		/* From the end; else log_read() skips frame by frame. */
		rc = segment_seek_back(&l->reader, seq, &at);
		if (rc == 1)
			l->at = at;
	}
	return rc == -1 ? -1 : 0;
}

/* No frame begins at the reader's offset. Does a later one, in this segment? */
static bool skip_damage(struct log *l)
{
	uint64_t bound = bound_of(l, l->at_segment);
	off_t found;
	int rc = segment_search(&l->reader, l->at + 1, l->expect, &found);

	/* Behind the last number may be what was cut off, or never written. */
	if (rc == -1 || (rc == 0 && l->expect >= bound))
		return false;
	msg_warn("%s/%s: damaged from %jd to %jd (record %" PRIu64 " was expected there)", l->path,
	    l->reader.name, (intmax_t)l->at, (intmax_t)(rc == 1 ? found : l->reader.end),
	    l->expect);
	l->damaged = true;
	if (rc == 1)
		l->at = found;
	return rc == 1;
}

/* The next frame of the open segment. 1; 0: its end; -1: errno. */
static int next_frame_here(struct log *l, struct log_frame *f)
{
	int rc = 0;

	while (rc == 0 && l->at < l->reader.end) {
		rc = segment_frame_at(&l->reader, l->at, l->expect, &f->head, &f->data);
		if (rc == 0 && !skip_damage(l))
			break;
	}
	if (rc == 1) {
		l->at += (off_t)frame_len(&f->head);
		l->expect = frame_end(&f->head);
	}
	return rc;
}

int log_read(struct log *l, struct log_frame *f)
{
	while (l->at_segment < l->segments.n) {
		int rc = enter_segment(l);

		if (rc == 1)
			rc = next_frame_here(l, f);
		if (rc == -1)
			return -1;
		if (rc == 0)
			next_segment(l);
		if (rc == 0 || l->expect <= l->wanted || l->expect <= l->base)
			continue;
		f->len = frame_len(&f->head);
		f->id = l->reader.head.id;
		return 1;
	}
	return 0;
}

int log_refresh(struct log *l)
{
	uint64_t wanted = l->expect > l->wanted ? l->expect : l->wanted;
	struct segment_list list;

	if (segment_list_read(&list, l->dir, false) == -1)
		return -1;
	segment_list_free(&l->segments);
	l->segments = list;
	if (log_recover(l) == -1)
		return -1;
	return log_seek(l, wanted);
}

int log_check(struct log *l, uint64_t seq, const uint8_t key[SEAL_KEY], uint8_t check[RECORD_CHECK])
{
	struct buf scratch = BUF_INIT(FRAME_MAX);
	struct log_frame f;
	const uint8_t *raw;
	const char *why;
	size_t at = 0;
	int rc;

	if (seq < l->segments.first[0] || seq >= l->next)
		return 0;
	if (log_seek(l, seq) == -1 || (rc = log_read(l, &f)) == -1)
		return -1;
	if (rc == 0 || f.head.seq > seq)
		return 0;
	rc = 0;
	raw = frame_body(&f.head, f.data, &scratch, &why);
	if (raw != NULL) {
		struct record r;
		size_t from = 0;
		for (uint64_t n = f.head.seq; n <= seq; n++) {
			from = at;
			record_next(raw, f.head.raw_len, &at, &r);
		}
		record_check(raw + from, at - from, key, check);
		rc = 1;
	}
	buf_free(&scratch);
	return rc;
}

int64_t log_segment_time(const struct log *l)
{
	uint64_t size;
	int64_t mtime;

	return l->at_segment < l->segments.n &&
		segment_stat(l->dir, l->segments.first[l->at_segment], &size, &mtime) == 0
	    ? mtime
	    : 0;
}

void log_skip_older(struct log *l, int64_t time)
{
	size_t i = l->segments.n - 1;
	uint64_t size;
	int64_t mtime;

	/* From the end: mostly only the newest records are wanted. */
	while (i > l->at_segment &&
	    segment_stat(l->dir, l->segments.first[i - 1], &size, &mtime) == 0 && mtime >= time)
		i--;
	if (i > l->at_segment) {
		l->at_segment = i;
		l->at_open = false;
		l->expect = l->segments.first[i];
	}
}
