/* SPDX-License-Identifier: ISC */
#include "master/store/timeline.h"

#include <string.h>

#include "common/base/banned.h"

static struct stretch *last(struct timeline *t)
{
	return &t->v[t->n - 1];
}

static int64_t at_end(const struct stretch *s)
{
	return s->at + (s->to - s->from);
}

bool timeline_look(struct timeline *t, int64_t now)
{
	struct stretch *s = t->n > 0 ? last(t) : NULL;
	int64_t at = s != NULL ? at_end(s) : now;

	if (s != NULL && now >= s->to - t->step && now <= s->to + t->step) {
		if (now - s->to < TIMELINE_LOOK)
			return false;
		s->to = now;
		return true;
	}
	if (t->n == TIMELINE_MAX) {
		memmove(t->v, t->v + 1, (TIMELINE_MAX - 1) * sizeof(*t->v));
		t->n--;
		t->forgot = true;
	}
	t->v[t->n++] = (struct stretch){ now, now, at };
	return true;
}

/* Within the step around it a look may have been missing. */
static bool covers(const struct timeline *t, const struct stretch *s, int64_t then)
{
	return then >= s->from - t->step && then <= s->to + t->step;
}

int64_t timeline_now(const struct timeline *t, int64_t now)
{
	const struct stretch *s = t->n > 0 ? &t->v[t->n - 1] : NULL;

	if (s == NULL)
		return now;
	return covers(t, s, now) && now > s->to ? s->at + (now - s->from) : at_end(s);
}

int64_t timeline_of(const struct timeline *t, int64_t then)
{
	const struct stretch *first = &t->v[0];
	int64_t found = 0, newest = INT64_MIN;
	bool any = false;

	if (t->n == 0)
		return then;
	for (size_t i = 0; i < t->n; i++) {
		const struct stretch *s = &t->v[i];
		int64_t at = s->at + (then - s->from);
		if (covers(t, s, then) && (!any || at > found)) {
			found = at;
			any = true;
		}
		if (s->to > newest)
			newest = s->to;
	}
	if (any)
		return found;
	/* From before there was a first look, or before what is remembered. */
	if (then < first->from && !t->forgot)
		return first->at - (first->from - then);
	if (then < newest && t->forgot)
		return first->at;
	return t->v[t->n - 1].at;
}

int64_t timeline_jump(const struct timeline *t, int64_t *when)
{
	const struct stretch *s = t->n > 1 ? &t->v[t->n - 1] : NULL;

	if (s == NULL)
		return 0;
	*when = s->from;
	return s->from - s[-1].to;
}
