/* SPDX-License-Identifier: ISC */
/*
 * A kill leaves what the calls before it did. So each call is a kill point (in
 * the short form each that others may notice), but what the same calls on the
 * same files left is restarted and judged once.
 *
 * Depth 2 kills the restart in the same way. The short form does that for some
 * of the states, at some of the calls.
 */
#include <stdio.h>
#include <string.h>

#include "tests/crash/calls.h"
#include "tests/crash/layers.h"

#define DEEP_STATES 4 /* of a scenario, in the short form */
#define DEEP_EVERY 4
#define DEEP_KILLS 12 /* of the calls of its restart */

static void describe(char *out, size_t size, uint64_t at, const struct trace_result *r)
{
	char call[64];

	call_name(r->call.nr, call, sizeof(call));
	snprintf(out, size, "killed at call %llu (%s of %s)", (unsigned long long)at, call,
	    r->call.program);
}

/* One kill from the state `from` on. 1: hit; 0: it came to its end before;
 * -1. */
static int kill_at(struct trial *t, const struct snapshot *from, const struct command *c,
    const struct choice *s, uint64_t at, struct trace_result *r)
{
	const struct trace_plan p = { .act = t->scenario->victim != NULL ? TRACE_KILL_ONE
									 : TRACE_KILL_ALL,
		.at = at,
		.noticed = !s->all,
		.victim = t->scenario->victim };

	if (world_restore(&t->world, from) == -1)
		return trial_broken(t, "going back");
	if (trial_work(t, c, &p, NULL, NULL, r) == -1)
		return -1;
	if (r->timed_out)
		trial_wrong(
		    t, "killed", "at call %llu: what is left does not end", (unsigned long long)at);
	return r->hit;
}

/* Which states we have met, and how many of them were gone into. */
struct share_of_states {
	struct memo seen;
	unsigned taken;
};

/* Is the state that the world is in one that the short form goes deeper
 * into? */
static bool chosen(struct share_of_states *d, const struct choice *s, uint64_t mark)
{
	if (s->deep != 0)
		return true;
	if (memo_has(&d->seen, mark) || memo_add(&d->seen, mark) == -1)
		return false;
	if (s->all)
		return true;
	if (d->taken >= DEEP_STATES || (mark ^ s->seed) % DEEP_EVERY != 0)
		return false;
	d->taken++;
	return true;
}

/* All calls of the restart, or some of them, evenly spread. -1: said. */
static int64_t stride(struct trial *t, const struct snapshot *left, const struct choice *s)
{
	struct trace_result r;

	if (s->all || s->deep != 0)
		return 1;
	if (kill_at(t, left, t->scenario->after, s, UINT64_MAX, &r) == -1)
		return -1;
	return 1 + (int64_t)(r.calls / DEEP_KILLS);
}

/* From the state that the kill just left. */
static int go_deeper(struct trial *t, const struct choice *s, const char *fault)
{
	uint64_t at = 0;
	int64_t step = 0;
	struct snapshot left = { .files = { .n = 0 } };
	struct memo good = { .n = 0 };
	struct trace_result r;
	int rc = world_save(&t->world, &left) == -1 ? trial_broken(t, "saving") : 1;

	if (rc == 1 && (step = stride(t, &left, s)) == -1)
		rc = -1;
	at = s->deep != 0 ? s->deep : 1 + s->seed % (uint64_t)(step > 0 ? step : 1);
	for (; rc == 1; at += (uint64_t)step) {
		char call[200], all[420];

		rc = kill_at(t, &left, t->scenario->after, s, at, &r);
		if (rc != 1)
			break;
		t->totals->deep++;
		describe(call, sizeof(call), at, &r);
		snprintf(all, sizeof(all), "%s, then %s", fault, call);
		rc = trial_settle(t, &r, &good, all) == -1 ? -1 : 1;
		if (s->deep != 0)
			break;
	}
	memo_free(&good);
	snapshot_free(&left);
	return rc == -1 ? -1 : 0;
}

int sweep(struct trial *t, const struct choice *s)
{
	uint64_t at = s->only != 0 ? s->only : 1;
	struct share_of_states states = { .taken = 0 };
	struct trace_result r = { .calls = 0 };
	int rc;

	while ((rc = kill_at(t, &t->start, t->scenario->work, s, at, &r)) == 1) {
		struct snapshot left = { .files = { .n = 0 } };
		bool deep;
		char fault[200];

		t->totals->faults++;
		describe(fault, sizeof(fault), at, &r);
		if (t->talk)
			printf("%s: %s\n", t->scenario->name, fault);
		deep = chosen(&states, s, trial_mark(t, &r));
		if (deep && world_save(&t->world, &left) == -1)
			rc = trial_broken(t, "saving");
		if (rc == 1)
			rc = trial_settle(t, &r, &t->good, fault);
		if (rc == 0 && deep)
			rc = world_restore(&t->world, &left) == -1 ? trial_broken(t, "going back")
								   : go_deeper(t, s, fault);
		snapshot_free(&left);
		if (rc == -1 || s->only != 0)
			break;
		at++;
	}
	if (t->totals->calls < r.calls)
		t->totals->calls = r.calls;
	memo_free(&states.seen);
	return rc == -1 ? -1 : 0;
}
