/* SPDX-License-Identifier: ISC */
#include "bijk-put/storer.h"

#include <errno.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/log/spool.h"

#include "common/base/banned.h"

static struct piece *piece(struct storer *s, uint64_t number)
{
	return &s->ring[number % s->n_ring];
}

static void build(struct storer *s, struct piece *p)
{
	buf_reset(&p->frame);
	p->why = 0;
	if (frame_build(&p->frame, log_id(s->log), p->seq, p->count, (const uint8_t *)p->raw.data,
		p->raw.len, FRAME_FAST) == -1)
		p->why = errno;
}

/* 0 or errno. */
static int append(struct storer *s, struct piece *p)
{
	if (p->why != 0)
		return p->why;
	if (log_append(s->log, (const uint8_t *)p->frame.data, p->frame.len) == -1)
		return errno;
	return 0;
}

/* What the appender, or the caller without one, notes of a piece. */
static void note(struct storer *s, struct piece *p, int why)
{
	if (s->why == 0)
		s->why = why;
	if (s->why == 0)
		s->stored += p->count;
	p->built = false;
	s->done++;
}

/* --- The threads --- */

static void *run_builder(void *arg)
{
	struct storer *s = arg;

	pthread_mutex_lock(&s->mutex);
	for (;;) {
		struct piece *p;

		while (!s->stop && s->taken == s->given)
			pthread_cond_wait(&s->changed_given, &s->mutex);
		if (s->stop)
			break;
		p = piece(s, s->taken++);
		pthread_mutex_unlock(&s->mutex);
		build(s, p);
		pthread_mutex_lock(&s->mutex);
		p->built = true;
		pthread_cond_signal(&s->changed_built);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

static void *run_appender(void *arg)
{
	struct storer *s = arg;

	pthread_mutex_lock(&s->mutex);
	for (;;) {
		struct piece *p = piece(s, s->done);
		int why;

		while (!s->stop && !p->built)
			pthread_cond_wait(&s->changed_built, &s->mutex);
		if (s->stop)
			break;
		why = s->why;
		pthread_mutex_unlock(&s->mutex);
		if (why == 0)
			why = append(s, p);
		pthread_mutex_lock(&s->mutex);
		note(s, p, why);
		pthread_cond_signal(&s->changed_done);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

/* Once; where the threads are not to be had the caller goes on alone. */
static void start_threads(struct storer *s)
{
	s->tried = true;
	s->appender_runs = pthread_create(&s->appender, NULL, run_appender, s) == 0;
	while (s->appender_runs && s->builders_run < s->n_builders &&
	    pthread_create(&s->builders[s->builders_run], NULL, run_builder, s) == 0)
		s->builders_run++;
}

/* --- The caller --- */

void storer_init(struct storer *s, const struct node_config *c)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	*s = (struct storer){ .config = c };
	s->n_builders = BUILDERS_MAX;
	if (processors >= 1 && processors < BUILDERS_MAX)
		s->n_builders = (unsigned)processors;
	s->n_ring = s->n_builders + RING_MAX - BUILDERS_MAX;
	for (unsigned i = 0; i < s->n_ring; i++) {
		s->ring[i].raw = (struct buf)BUF_INIT(RECORD_STORED_MAX + FRAME_PACK);
		s->ring[i].frame = (struct buf)BUF_INIT(FRAME_MAX);
	}
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->changed_given, NULL);
	pthread_cond_init(&s->changed_built, NULL);
	pthread_cond_init(&s->changed_done, NULL);
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

/* Until no more than `left` pieces are under way. 0, or -1 with the errno of what failed. */
static int wait_done(struct storer *s, uint64_t left)
{
	int why;

	pthread_mutex_lock(&s->mutex);
	while (s->builders_run > 0 && s->given - s->done > left)
		pthread_cond_wait(&s->changed_done, &s->mutex);
	while (s->given - s->done > left) {
		struct piece *p = piece(s, s->taken++);
		build(s, p);
		note(s, p, s->why != 0 ? s->why : append(s, p));
	}
	why = s->why;
	pthread_mutex_unlock(&s->mutex);
	errno = why;
	return why == 0 ? 0 : -1;
}

static void swap(struct buf *a, struct buf *b)
{
	struct buf c = *a;

	*a = *b;
	*b = c;
}

int storer_give(struct storer *s, struct buf *raw, uint32_t count)
{
	struct piece *p = piece(s, s->given);

	if (open_spool(s) == -1)
		return -1;
	/* The first is left lying until there is a second. */
	if (!s->tried && s->given > s->done)
		start_threads(s);
	if (wait_done(s, s->builders_run > 0 ? s->n_ring - 1 : 0) == -1)
		return -1;
	swap(raw, &p->raw);
	buf_reset(raw);
	p->seq = s->next;
	p->count = count;
	s->next += count;
	pthread_mutex_lock(&s->mutex);
	s->given++;
	pthread_cond_broadcast(&s->changed_given);
	pthread_mutex_unlock(&s->mutex);
	return 0;
}

int storer_finish(struct storer *s)
{
	int rc = wait_done(s, 0);

	log_close(s->log); /* keeps errno */
	s->log = NULL;
	return rc;
}

void storer_end(struct storer *s)
{
	storer_finish(s);
	pthread_mutex_lock(&s->mutex);
	s->stop = true;
	pthread_cond_broadcast(&s->changed_given);
	pthread_cond_broadcast(&s->changed_built);
	pthread_mutex_unlock(&s->mutex);
	for (unsigned i = 0; i < s->builders_run; i++)
		pthread_join(s->builders[i], NULL);
	if (s->appender_runs)
		pthread_join(s->appender, NULL);
	for (unsigned i = 0; i < s->n_ring; i++) {
		buf_free(&s->ring[i].raw);
		buf_free(&s->ring[i].frame);
	}
	pthread_cond_destroy(&s->changed_given);
	pthread_cond_destroy(&s->changed_built);
	pthread_cond_destroy(&s->changed_done);
	pthread_mutex_destroy(&s->mutex);
}
