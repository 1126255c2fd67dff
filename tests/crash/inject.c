/* SPDX-License-Identifier: ISC */
/*
 * Each call of one program returns each error that it can return, once, and
 * from then on whenever it is made. In the short form it returns EINTR and one
 * other, which take turns, and one of the two for good. The program must end,
 * with success or with an exit code, not by a signal and not by turning in
 * circles; a restart without faults must then find everything that was
 * promised.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/crash/calls.h"
#include "tests/crash/layers.h"

#define END_MS 45000
#define START_CALLS 2 /* of start_process(), up to its umask() */
#define CPU_MAX 2.0   /* seconds, where an undisturbed run takes some hundredths */

struct calls {
	struct trace_call *v;
	size_t n;
};

static void note_call(uint64_t n, const struct trace_call *c, void *arg)
{
	struct calls *all = arg;
	struct trace_call *v = reallocarray(all->v, (size_t)n, sizeof(*v));

	if (v == NULL)
		return;
	all->v = v;
	all->v[n - 1] = *c;
	all->n = (size_t)n;
}

static int list_calls(struct trial *t, struct calls *all)
{
	const struct trace_plan p = {
		.act = TRACE_COUNT, .at = UINT64_MAX, .victim = t->scenario->victim
	};
	struct trace_result r;

	if (world_restore(&t->world, &t->start) == -1)
		return trial_broken(t, "going back");
	return trial_work(t, t->scenario->work, &p, note_call, all, &r);
}

/* What comes before start_process() is the dynamic loader's, and libc's: they
 * end the process as they like. */
static size_t first_of_ours(const struct calls *all)
{
	for (size_t i = START_CALLS; i < all->n; i++) {
		if (all->v[i].nr == SYS_umask)
			return i - START_CALLS;
	}
	return 0;
}

static int look_at(struct trial *t, const struct trace_result *r, const char *fault)
{
	if (r->timed_out)
		return trial_wrong(t, fault, "it does not end");
	if (r->signal != 0)
		return trial_wrong(t, fault, "%s is ended by signal %d", r->program, r->signal);
	if (r->code < 0 || r->code >= 128)
		return trial_wrong(t, fault, "it ends with %d", r->code);
	if (r->cpu > CPU_MAX)
		return trial_wrong(t, fault, "it takes %.1f s of processor time", r->cpu);
	return 0;
}

static int try_error(struct trial *t, uint64_t at, int error, bool on)
{
	const struct trace_plan p = { .act = on ? TRACE_FAIL_ON : TRACE_FAIL,
		.at = at,
		.victim = t->scenario->victim,
		.error = error,
		.ms = END_MS };
	struct trace_result r;
	char fault[200], call[64];

	if (world_restore(&t->world, &t->start) == -1)
		return trial_broken(t, "going back");
	if (trial_work(t, t->scenario->work, &p, NULL, NULL, &r) == -1)
		return -1;
	if (!r.hit)
		return 0;
	call_name(r.call.nr, call, sizeof(call));
	snprintf(fault, sizeof(fault), "call %llu, %s, returns %s%s", (unsigned long long)at, call,
	    error_name(error), on ? " for good" : "");
	if (t->talk)
		printf("%s: %s: ended with %d\n", t->scenario->name, fault, r.code);
	t->totals->faults++;
	return look_at(t, &r, fault) == 0 ? trial_settle(t, &r, &t->good, fault) : 1;
}

/* Is this error of the call, once or for good, among what is tried? */
static bool chosen_error(
    const struct trace_call *c, size_t call, size_t e, bool on, const struct choice *s)
{
	size_t turn = call + s->seed, others = 0, nth = 0;
	bool eintr = calls_errors[e] == EINTR;

	if (!call_can_fail(c, calls_errors[e]))
		return false;
	if (s->all || s->only != 0)
		return true;
	for (size_t i = 0; i < CALLS_ERRORS; i++) {
		if (calls_errors[i] == EINTR || !call_can_fail(c, calls_errors[i]))
			continue;
		nth += i < e;
		others++;
	}
	if (others == 0)
		return true;
	if (on && eintr != (turn / others % 2 == 1))
		return false;
	return eintr || nth == turn % others;
}

int inject(struct trial *t, const struct choice *s)
{
	struct calls all = { .n = 0 };
	int rc = list_calls(t, &all);

	for (size_t i = first_of_ours(&all); rc != -1 && i < all.n; i++) {
		if (s->only != 0 && s->only != i + 1)
			continue;
		for (size_t e = 0; rc != -1 && e < 2 * CALLS_ERRORS; e++) {
			if (chosen_error(&all.v[i], i, e / 2, e % 2, s))
				rc = try_error(t, i + 1, calls_errors[e / 2], e % 2);
		}
	}
	if (t->totals->calls < all.n - first_of_ours(&all))
		t->totals->calls = all.n - first_of_ours(&all);
	free(all.v);
	return rc == -1 ? -1 : 0;
}
