/* SPDX-License-Identifier: ISC */
#include "bijk-put/storer.h"

#include <errno.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/spool.h"

#include "common/base/banned.h"

static int build_frame(void *arg)
{
	struct builder *b = arg;

	buf_reset(&b->frame);
	return frame_build(&b->frame, b->id, b->seq, b->count, (const uint8_t *)b->raw.data,
	    b->raw.len, FRAME_FAST);
}

static int append_frame(void *arg)
{
	struct storer *s = arg;

	if (log_append(s->log, (const uint8_t *)s->frame.data, s->frame.len) == -1)
		return -1;
	s->stored += s->count;
	return 0;
}

void storer_init(struct storer *s, const struct node_config *c)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	*s = (struct storer){ .config = c, .frame = BUF_INIT(FRAME_MAX) };
	s->n = BUILDERS_MAX;
	/* One more than can run, so that none of them waits while the caller waits for the disk. */
	if (processors >= 1 && processors < BUILDERS_MAX)
		s->n = (unsigned)processors + 1;
	for (unsigned i = 0; i < s->n; i++) {
		struct builder *b = &s->builders[i];

		b->raw = (struct buf)BUF_INIT(RECORD_STORED_MAX + FRAME_PACK);
		b->frame = (struct buf)BUF_INIT(FRAME_MAX);
		stage_init(&b->stage, build_frame, b);
	}
	stage_init(&s->append, append_frame, s);
}

static void swap(struct buf *a, struct buf *b)
{
	struct buf c = *a;

	*a = *b;
	*b = c;
}

static int open_spool(struct storer *s)
{
	if (s->log != NULL)
		return 0;
	s->log = spool_open_write(s->config);
	if (s->log == NULL)
		return -1;
	s->opened = monotonic_ms();
	s->next = log_next(s->log);
	return 0;
}

/* From a builder to the appender. */
static int hand_on(struct storer *s, struct builder *b)
{
	if (!b->full)
		return 0;
	b->full = false;
	if (stage_wait(&b->stage) == -1 || stage_wait(&s->append) == -1)
		return -1;
	swap(&b->frame, &s->frame);
	s->count = b->count;
	return stage_go(&s->append);
}

int storer_give(struct storer *s, struct buf *raw, uint32_t count)
{
	struct builder *b = &s->builders[s->turn];

	if (open_spool(s) == -1 || hand_on(s, b) == -1)
		return -1;
	swap(raw, &b->raw);
	buf_reset(raw);
	b->id = log_id(s->log);
	b->seq = s->next;
	b->count = count;
	b->full = true;
	s->next += count;
	s->turn = (s->turn + 1) % s->n;
	return stage_go(&b->stage);
}

int storer_finish(struct storer *s)
{
	int why = 0;

	/* All of them in any case: the spool is closed only when nobody uses it. A frame behind one
	 * that failed is not stored. */
	for (unsigned i = 0; i < s->n; i++) {
		struct builder *b = &s->builders[(s->turn + i) % s->n];

		if (why == 0 && hand_on(s, b) == -1)
			why = errno;
		if (stage_wait(&b->stage) == -1 && why == 0)
			why = errno;
	}
	if (stage_wait(&s->append) == -1 && why == 0)
		why = errno;
	log_close(s->log);
	s->log = NULL;
	errno = why;
	return why == 0 ? 0 : -1;
}

void storer_end(struct storer *s)
{
	storer_finish(s);
	for (unsigned i = 0; i < s->n; i++) {
		stage_end(&s->builders[i].stage);
		buf_free(&s->builders[i].raw);
		buf_free(&s->builders[i].frame);
	}
	stage_end(&s->append);
	buf_free(&s->frame);
}
