/* SPDX-License-Identifier: ISC */
/*
 * How much time has passed, as far as the clock of this machine can be trusted
 * (dir.h), and the file `clock` that keeps it: small state, which several
 * programs replace.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/fields.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

static struct stretch *last_stretch(struct timeline *t)
{
	return &t->v[t->n - 1];
}

static int64_t at_end(const struct stretch *s)
{
	return s->at + (s->to - s->from);
}

bool timeline_look(struct timeline *t, int64_t now)
{
	struct stretch *s = t->n > 0 ? last_stretch(t) : NULL;
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

/* --- The file --- */

#define DAY 86400
#define LOOKED_AT 1000 /* nodes */

/* A day without a look is harmless, unless records are kept for few days. */
static int64_t step_of(const struct master_config *c)
{
	uint64_t quarter = c->max_age / 4;

	return quarter < DAY ? (int64_t)quarter : DAY;
}

static const char *key_of(const char *what, size_t i, char key[16])
{
	snprintf(key, 16, "%s%zu", what, i);
	return key;
}

static void read_timeline(const struct store *s, struct timeline *t)
{
	struct fields f = { .n = 0 };
	char key[16];

	*t = (struct timeline){ .step = step_of(s->config) };
	fields_read(&f, s->root, "clock");
	t->forgot = fields_num(&f, "forgot", 0) != 0;
	while (t->n < TIMELINE_MAX && fields_get(&f, key_of("at", t->n, key)) != NULL) {
		struct stretch *v = &t->v[t->n];
		v->from = fields_num(&f, key_of("from", t->n, key), 0);
		v->to = fields_num(&f, key_of("to", t->n, key), 0);
		v->at = fields_num(&f, key_of("at", t->n, key), 0);
		t->n++;
	}
	fields_free(&f);
}

static void write_timeline(const struct store *s, const struct timeline *t)
{
	struct fields f = { .n = 0 };
	int rc = t->forgot ? fields_set_num(&f, "forgot", 1) : 0;
	char key[16];

	for (size_t i = 0; i < t->n; i++) {
		rc |= fields_set_num(&f, key_of("from", i, key), t->v[i].from);
		rc |= fields_set_num(&f, key_of("to", i, key), t->v[i].to);
		rc |= fields_set_num(&f, key_of("at", i, key), t->v[i].at);
	}
	if (rc == 0)
		fields_write(&f, s->root, "clock");
	fields_free(&f);
}

struct newest {
	const struct store *s;
	int64_t time;
	size_t n;
};

static int look_at_node(const char *name, void *arg)
{
	struct newest *n = arg;
	char path[NODE_NAME_MAX + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s/state.yml", name);
	if (fstatat(n->s->nodes, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime > n->time)
		n->time = st.st_mtime;
	return ++n->n == LOOKED_AT;
}

void store_look_at_clock(struct store *s)
{
	struct timeline *t = &s->timeline;
	int64_t now = now_s(), jump = 0;
	struct newest newest = { .s = s };
	char span[32];

	read_timeline(s, t);
	/* Before the first look, the last sessions tell whether this can be. */
	if (t->n == 0 && store_each_node(s, look_at_node, &newest) != -1 && newest.time > 0)
		timeline_look(t, newest.time);
	if (t->n > 0)
		jump = now - last_stretch(t)->to;
	if (!timeline_look(t, now))
		return;
	if (jump > t->step || jump < -t->step) {
		msg_warn("the clock of this machine is %s %s from where it was last: it was set, "
			 "or nothing ran here; archives count this as no time",
		    num_show_span(span, sizeof(span), jump < 0 ? -jump : jump),
		    jump < 0 ? "back" : "on");
	}
	write_timeline(s, t);
}

void store_timeline(struct store *s)
{
	if (s->timeline.n == 0)
		read_timeline(s, &s->timeline);
}

int64_t store_clock_jump(struct store *s, int64_t *when)
{
	store_timeline(s);
	return timeline_jump(&s->timeline, when);
}
