/* SPDX-License-Identifier: ISC */
#include "bijk-put/storer.h"

#include <errno.h>

#include "common/base/deadline.h"
#include "common/spool.h"

#include "common/base/banned.h"

static void *work(void *arg)
{
	struct storer *s = arg;

	pthread_mutex_lock(&s->mutex);
	while (!s->stop) {
		int rc, why;

		if (!s->work) {
			pthread_cond_wait(&s->changed, &s->mutex);
			continue;
		}
		pthread_mutex_unlock(&s->mutex);
		rc = log_append(s->log, (const uint8_t *)s->frame.data, s->frame.len);
		why = errno;
		pthread_mutex_lock(&s->mutex);
		if (rc == 0)
			s->stored += s->count;
		else
			s->error = why;
		s->work = false;
		pthread_cond_broadcast(&s->changed);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

void storer_init(struct storer *s, const struct node_config *c)
{
	*s = (struct storer){ .config = c, .frame = BUF_INIT(FRAME_MAX) };
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->changed, NULL);
}

int storer_wait(struct storer *s)
{
	if (s->running) {
		pthread_mutex_lock(&s->mutex);
		while (s->work)
			pthread_cond_wait(&s->changed, &s->mutex);
		pthread_mutex_unlock(&s->mutex);
	}
	if (s->error == 0)
		return 0;
	errno = s->error;
	return -1;
}

void storer_let_go(struct storer *s)
{
	log_close(s->log);
	s->log = NULL;
}

void storer_end(struct storer *s)
{
	storer_wait(s);
	if (s->running) {
		pthread_mutex_lock(&s->mutex);
		s->stop = true;
		pthread_cond_broadcast(&s->changed);
		pthread_mutex_unlock(&s->mutex);
		pthread_join(s->thread, NULL);
	}
	storer_let_go(s);
	buf_free(&s->frame);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->mutex);
}

int storer_open(struct storer *s)
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

int storer_give(struct storer *s, struct buf *frame, uint32_t count)
{
	struct buf empty;

	if (storer_wait(s) == -1)
		return -1;
	empty = s->frame;
	s->frame = *frame;
	s->count = count;
	*frame = empty;
	buf_reset(frame);
	s->next += count;
	if (!s->running) {
		int why = pthread_create(&s->thread, NULL, work, s);
		if (why != 0) {
			errno = why;
			return -1;
		}
		s->running = true;
	}
	pthread_mutex_lock(&s->mutex);
	s->work = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->mutex);
	return 0;
}
