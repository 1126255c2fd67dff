/* SPDX-License-Identifier: ISC */
/* How far the clock of this machine can be trusted (dir.h), and the file
 * `clock` that keeps it: small state, which several programs replace. */
#include "common/base/deadline.h"
#include "common/base/fields.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

#define DAY 86400
#define LOOK 60 /* seconds: a look so soon after the last one is not kept */

bool clock_note(struct clock *c, int64_t now)
{
	int64_t went = c->seen != 0 ? now - c->seen : LOOK;

	if (went >= -c->step && went < LOOK)
		return false;
	if (went < 0 || went > c->step)
		c->since = now;
	c->seen = now;
	return true;
}

int64_t clock_age(const struct clock *c, int64_t then, int64_t now)
{
	if (then > now + c->step)
		then = c->since != 0 ? c->since : now;
	return now - (then > c->since ? then : c->since);
}

void store_look_at_clock(struct store *s)
{
	struct clock *c = &s->clock;
	int64_t now = now_s(), went;
	struct fields f = { .n = 0 };
	char span[32];

	fields_read(&f, s->root, "clock");
	c->seen = fields_num(&f, "seen", 0);
	c->since = fields_num(&f, "since", 0);
	/* A day without a look is harmless, unless records are kept for few days. */
	c->step = s->config->max_age < 4 * DAY ? (int64_t)s->config->max_age / 4 : DAY;
	went = now - c->seen;
	if (clock_note(c, now)) {
		if (c->since == now)
			msg_warn("the clock of this machine is %s %s from where it was last: it "
				 "was set, or nothing ran here; no archived record is older by it",
			    num_show_span(span, sizeof(span), went < 0 ? -went : went),
			    went < 0 ? "back" : "on");
		fields_set_num(&f, "seen", c->seen);
		fields_set_num(&f, "since", c->since);
		fields_write(&f, s->root, "clock");
	}
	fields_free(&f);
}

int64_t store_clock_since(struct store *s)
{
	struct fields f = { .n = 0 };
	int64_t since;

	fields_read(&f, s->root, "clock");
	since = fields_num(&f, "since", 0);
	fields_free(&f);
	return since;
}
