/* SPDX-License-Identifier: ISC */
#include "common/base/stage.h"

#include <errno.h>

#include "common/base/banned.h"

static void *run_stage(void *arg)
{
	struct stage *s = arg;

	pthread_mutex_lock(&s->mutex);
	while (!s->stop) {
		int rc, why;

		if (!s->busy) {
			pthread_cond_wait(&s->changed, &s->mutex);
			continue;
		}
		pthread_mutex_unlock(&s->mutex);
		rc = s->work(s->arg);
		why = errno;
		pthread_mutex_lock(&s->mutex);
		if (rc == -1)
			s->error = why;
		s->busy = false;
		pthread_cond_broadcast(&s->changed);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

void stage_init(struct stage *s, int (*work)(void *arg), void *arg)
{
	*s = (struct stage){ .work = work, .arg = arg };
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->changed, NULL);
}

int stage_wait(struct stage *s)
{
	int why;

	pthread_mutex_lock(&s->mutex);
	while (s->busy)
		pthread_cond_wait(&s->changed, &s->mutex);
	why = s->error;
	pthread_mutex_unlock(&s->mutex);
	if (why == 0)
		return 0;
	errno = why;
	return -1;
}

int stage_go(struct stage *s)
{
	if (!s->running &&
	    (s->alone || s->pieces++ == 0 || pthread_create(&s->thread, NULL, run_stage, s) != 0)) {
		if (s->work(s->arg) == -1)
			s->error = errno;
		return s->error == 0 ? 0 : -1;
	}
	s->running = true;
	pthread_mutex_lock(&s->mutex);
	s->busy = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->mutex);
	return 0;
}

void stage_end(struct stage *s)
{
	stage_wait(s);
	if (s->running) {
		pthread_mutex_lock(&s->mutex);
		s->stop = true;
		pthread_cond_broadcast(&s->changed);
		pthread_mutex_unlock(&s->mutex);
		pthread_join(s->thread, NULL);
	}
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->mutex);
}
