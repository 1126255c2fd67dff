/* SPDX-License-Identifier: ISC */
#include "bijk-put/storer.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/log/spool.h"

#include "common/base/banned.h"

#define HOLD_MS 1000 /* then another bijk-put gets its turn */

static struct piece *piece(struct storer *s, uint64_t number)
{
	return &s->ring[number % s->n_ring];
}

static void build_piece(struct storer *s, struct piece *p)
{
	buf_reset(&p->frame);
	p->why = 0;
	if (frame_build(&p->frame, log_id(s->log), p->seq, p->count, (const uint8_t *)p->raw.data,
		p->raw.len, FRAME_FAST) == -1)
		p->why = errno;
}

/* 0 or errno. */
static int append_piece(struct storer *s, struct piece *p)
{
	if (p->why != 0)
		return p->why;
	if (log_append(s->log, (const uint8_t *)p->frame.data, p->frame.len) == -1)
		return errno;
	return 0;
}

/* A piece is done, by the appender or the caller. */
static void count_piece(struct storer *s, struct piece *p, int why)
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
		build_piece(s, p);
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
			why = append_piece(s, p);
		pthread_mutex_lock(&s->mutex);
		count_piece(s, p, why);
		pthread_cond_signal(&s->changed_done);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

/* Once; where no thread can be started the caller goes on alone. */
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
	storer_now(s);
}

/* Temporary: a later try can succeed without anybody's help. */
static int storing_exit_code(int why)
{
	switch (why) {
	case ENOSPC:
	case EDQUOT:
	case EWOULDBLOCK:
	case ENOMEM:
	case EMFILE:
	case ENFILE: return EX_TEMPFAIL;
	case EACCES:
	case EPERM: return EX_NOPERM;
	default: return EX_IOERR;
	}
}

/* Reported once: the frames behind a failed one fail for the same reason. */
static int storing_failed(struct storer *s, int why)
{
	if (s->reported)
		return storing_exit_code(why);
	s->reported = true;
	if (why == ENOSPC && !why_no_inodes())
		msg_error(
		    "storing in %s/spool: no space: the file system is full, or below min_free",
		    s->config->state);
	else if (why == EWOULDBLOCK)
		msg_error("storing in %s/spool: another program is using it", s->config->state);
	else
		msg_error("storing in %s/spool: %s", s->config->state, strerror(why));
	return storing_exit_code(why);
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

/* Waits until only `left` pieces are under way. -1: errno of what failed. */
static int wait_done(struct storer *s, uint64_t left)
{
	int why;

	pthread_mutex_lock(&s->mutex);
	while (s->builders_run > 0 && s->given - s->done > left)
		pthread_cond_wait(&s->changed_done, &s->mutex);
	while (s->given - s->done > left) {
		struct piece *p = piece(s, s->taken++);

		build_piece(s, p);
		count_piece(s, p, s->why != 0 ? s->why : append_piece(s, p));
	}
	why = s->why;
	pthread_mutex_unlock(&s->mutex);
	errno = why;
	return why == 0 ? 0 : -1;
}

/* Hands over what was gathered, and frees the next piece. -1: errno. */
static int give_piece(struct storer *s)
{
	struct piece *p = piece(s, s->given);
	uint64_t left = 1;
	int rc;

	if (p->count == 0)
		return 0;
	if (open_spool(s) == -1)
		return -1;
	p->seq = s->next;
	s->next += p->count;
	/* Start the threads with the second piece. */
	if (!s->tried && s->given > s->done)
		start_threads(s);
	if (s->builders_run > 0)
		left = s->n_ring - 1;
	pthread_mutex_lock(&s->mutex);
	s->given++;
	pthread_cond_broadcast(&s->changed_given);
	pthread_mutex_unlock(&s->mutex);
	rc = wait_done(s, left);
	p = piece(s, s->given);
	buf_reset(&p->raw);
	p->count = 0;
	return rc;
}

bool storer_holds(const struct storer *s)
{
	return s->log != NULL || s->ring[s->given % s->n_ring].count > 0;
}

int storer_flush(struct storer *s)
{
	int why = give_piece(s) == -1 ? errno : 0;

	if (wait_done(s, 0) == -1 && why == 0)
		why = errno;
	log_close(s->log);
	s->log = NULL;
	return why == 0 ? 0 : storing_failed(s, why);
}

/* A frame is full. The spool stays open, but not for ever. */
static int next_piece(struct storer *s)
{
	if (s->log != NULL && monotonic_ms() - s->opened > HOLD_MS)
		return storer_flush(s);
	return give_piece(s) == -1 ? storing_failed(s, errno) : 0;
}

void storer_now(struct storer *s)
{
	s->time_ns = now_ns();
}

int storer_add(struct storer *s, const void *payload, size_t len)
{
	struct record r = { .time_ns = s->time_ns,
		.source = s->source,
		.source_len = strlen(s->source),
		.payload = payload,
		.len = len };
	struct piece *p = piece(s, s->given);

	if (p->count > 0 &&
	    (p->raw.len + record_size(&r) > FRAME_PACK || p->count == FRAME_RECORDS)) {
		int rc = next_piece(s);

		if (rc != 0)
			return rc;
		p = piece(s, s->given);
	}
	if (record_add(&p->raw, &r) == -1) {
		msg_error("keeping a record of %zu bytes: %s", len, strerror(errno));
		return EX_OSERR;
	}
	p->count++;
	return 0;
}

void storer_end(struct storer *s)
{
	wait_done(s, 0);
	log_close(s->log);
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
