/* SPDX-License-Identifier: ISC */
/*
 * Positions named before they are durable: somebody wrote and did not sync, a session names what it finds,
 * and then the power goes. Each group kills its victim at one call after the other that changes its log, or
 * has a writer and a reader stand beside each other at the moment in question.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/powercut/life.h"

#define LIVES_MAX 80 /* of a group: more calls than any victim has */
#define MOMENT_US 20000

struct group {
	const char *title;
	enum template template;
	const char *victim;
	enum step before[3]; /* done in peace */
	enum step killed;    /* the step that the victim has a part in */
	enum step next;	     /* the next session */
	unsigned sides;	     /* cut then */
};

static const struct group groups[] = {
	{ "a new spool's writer killed at each call, a pull, the node cut", PLAIN, "bijk-put",
	    { STEP_NONE }, STEP_ONE, STEP_PULL, NODE },
	{ "a writer killed at each call, a push, the node cut", PLAIN, "bijk-put",
	    { STEP_ONE, STEP_PUSH }, STEP_ONE, STEP_PUSH, NODE },
	{ "a writer that begins a segment killed at each call, a pull, the node cut", FULL,
	    "bijk-put", { STEP_NONE }, STEP_ONE, STEP_PULL, NODE },
	{ "a new archive's receiver killed at each call of a pull, a pull, the master cut", PLAIN,
	    "bijk-pull", { STEP_ONE }, STEP_PULL, STEP_PULL, MASTER },
	{ "a receiver killed at each call of a push, a push, the master cut", PLAIN, "bijk-recv",
	    { STEP_ONE, STEP_PUSH, STEP_ONE }, STEP_PUSH, STEP_PUSH, MASTER },
	{ "a receiver that begins a segment killed at each call, a pull, the master cut", FULL,
	    "bijk-pull", { STEP_PULL, STEP_ONE }, STEP_PULL, STEP_PULL, MASTER },
	{ "a sender that trims killed at each call of a pull, a push, both cut", FULL, "bijk-login",
	    { STEP_ONE }, STEP_PULL, STEP_PUSH, BOTH },
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

struct killing {
	const char *victim;
	unsigned at, count;
};

/* The node's spool, the master's archive. */
static bool in_log(const char *path)
{
	return strstr(path, "/state/spool") != NULL || strstr(path, "/archives/n1") != NULL;
}

static enum verdict kill_at(void *arg, const struct call *c)
{
	struct killing *k = arg;

	if (!c->entry || !call_changes(c) || strcmp(c->program, k->victim) != 0 || !in_log(c->path))
		return CALL_GO;
	return ++k->count == k->at ? CALL_KILL : CALL_GO;
}

static void cut_after_kill(
    struct scene *s, const struct group *g, unsigned at, struct totals *t, bool *more)
{
	const enum step next[] = { g->next, STEP_NONE };
	struct killing k = { .victim = g->victim, .at = at };
	const struct cut c = {
		.sides = g->sides, .kind = at % 2 == 0 ? CUT_FLUSH : CUT_NOW, .after = INT64_MAX / 2
	};
	char what[256];

	scene_fresh(s, g->template, 1);
	if (g->before[0] != STEP_NONE) {
		const enum step before[] = { g->before[0], g->before[1], g->before[2], STEP_NONE };
		scene_run(s, before, NULL);
	}
	if (scene_good(s))
		scene_watch(s, g->killed, kill_at, &k);
	*more = k.count >= at;
	if (scene_good(s)) {
		scene_run(s, next, &c);
		life_cut(t, &c, true);
		t->named++;
	}
	if (scene_good(s))
		scene_reboot(s, c.sides);
	scene_finish(s, g->next);
	snprintf(what, sizeof(what), "%s: at call %u", g->title, at);
	life_over(s, t, 1, what);
}

/* --- A reader beside a writer --- */

struct beside {
	const char *reader; /* NULL: nobody reads */
	unsigned positions; /* that the reader has taken */
	bool written;
};

static bool is_segment(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL && strcmp(dot, ".seg") == 0;
}

/* The reader stands still when it has freed the spool's lock the second time (the first look names nothing
 * that is asked for), the writer between its write and its sync. */
static enum verdict hold(void *arg, const struct call *c)
{
	struct beside *b = arg;

	if (b->reader != NULL && strcmp(c->program, b->reader) == 0) {
		if (c->number == SYS_close && !c->entry && strstr(c->path, "/spool/lock") != NULL &&
		    ++b->positions == 2)
			return CALL_HOLD;
	} else if (strcmp(c->program, "bijk-put") == 0 && is_segment(c->path) && c->entry) {
		if (c->number == SYS_pwrite64)
			b->written = true;
		else if (call_syncs(c) && b->written)
			return CALL_HOLD;
	}
	return CALL_GO;
}

enum order { READER_FIRST, WRITER_FIRST, WRITER_GOES_ON, ORDERS };

static const char *const order_titles[] = {
	"a session has taken its position, then a writer stands before its sync, the session ends",
	"a writer stands before its sync, a session waits for it",
	"a writer stands before its sync, a session waits for it, the writer goes on",
};

static void pump_for(struct scene *s, int64_t us)
{
	int64_t until = clock_us() + us;

	while (clock_us() < until)
		jobs_pump(&s->jobs, until);
}

/* Waits for the first job, which must end well. */
static void end_first(struct scene *s)
{
	int64_t limit = clock_us() + 10000000;

	while (!s->jobs.v[s->jobs.n > 1 && s->jobs.v[0].service ? 1 : 0].done && clock_us() < limit)
		jobs_pump(&s->jobs, limit);
	for (size_t i = 0; i < s->jobs.n; i++) {
		if (!s->jobs.v[i].service) {
			if (!s->jobs.v[i].done || s->jobs.v[i].code != 0)
				scene_wrong(s, "the session beside a writer ended with %d",
				    s->jobs.v[i].done ? s->jobs.v[i].code : -1);
			return;
		}
	}
}

static void stand_beside(struct scene *s, enum order order, enum step session)
{
	struct beside b = { .reader = NULL };
	pid_t reader, writer;

	switch (order) {
	case READER_FIRST:
		b.reader = session == STEP_PULL ? "bijk-login" : "bijk-push";
		reader = scene_hold(s, session, hold, &b);
		if (scene_good(s) && (scene_hold(s, STEP_ONE, hold, &b) != 0)) {
			trace_release(&s->jobs.trace, reader);
			end_first(s);
		}
		break;
	case WRITER_FIRST:
		scene_hold(s, STEP_ONE, hold, &b);
		scene_begin(s, session);
		pump_for(s, MOMENT_US);
		break;
	case WRITER_GOES_ON:
		writer = scene_hold(s, STEP_ONE, hold, &b);
		scene_begin(s, session);
		pump_for(s, MOMENT_US);
		s->jobs.trace.watch = NULL;
		trace_release(&s->jobs.trace, writer);
		scene_settle(s);
		break;
	case ORDERS: break;
	}
}

static void cut_beside(
    struct scene *s, enum order order, enum step session, enum cut_kind kind, struct totals *t)
{
	static const enum step before[] = { STEP_ONE, STEP_NONE };
	const struct cut c = { .sides = NODE, .kind = kind, .after = -1 };
	char what[256];

	scene_fresh(s, PLAIN, 1);
	scene_run(s, before, NULL);
	if (scene_good(s))
		stand_beside(s, order, session);
	scene_cut_now(s, c.sides, c.kind);
	life_cut(t, &c, false);
	t->named++;
	if (scene_good(s))
		scene_reboot(s, c.sides);
	scene_finish(s, session);
	snprintf(what, sizeof(what), "%s (%s)", order_titles[order],
	    session == STEP_PULL ? "pull" : "push");
	life_over(s, t, 1, what);
}

static void run_beside(struct scene *s, struct totals *t)
{
	for (int order = 0; order < ORDERS; order++) {
		for (int kind = CUT_FLUSH; kind <= CUT_NOW; kind++) {
			cut_beside(s, (enum order)order, STEP_PULL, (enum cut_kind)kind, t);
			cut_beside(s, (enum order)order, STEP_PUSH, (enum cut_kind)kind, t);
		}
	}
}

unsigned named_count(void)
{
	return GROUPS + 1;
}

const char *named_title(unsigned number)
{
	return number < GROUPS ? groups[number].title : "a reader beside a writer";
}

void named_run(struct scene *s, unsigned number, struct totals *t)
{
	bool more = true;

	if (number == GROUPS) {
		run_beside(s, t);
		return;
	}
	for (unsigned at = 1; more && at <= LIVES_MAX; at++)
		cut_after_kill(s, &groups[number], at, t, &more);
}
