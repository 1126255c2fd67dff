/* SPDX-License-Identifier: ISC */
#include "tests/crash/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"

#define SAY_MAX 10 /* faults of a scenario */

bool memo_has(const struct memo *m, uint64_t mark)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->v[i] == mark)
			return true;
	}
	return false;
}

int memo_add(struct memo *m, uint64_t mark)
{
	if (m->n == m->room) {
		size_t room = m->room * 2 + 64;
		void *v = reallocarray(m->v, room, sizeof(*m->v));
		if (v == NULL)
			return -1;
		m->v = v;
		m->room = room;
	}
	m->v[m->n++] = mark;
	return 0;
}

void memo_free(struct memo *m)
{
	free(m->v);
	*m = (struct memo){ .n = 0 };
}

/* --- What is said --- */

int trial_broken(struct trial *t, const char *doing)
{
	char words[1500];

	world_words(&t->world, words, sizeof(words));
	printf("crash: %s: %s: %s\n%s", t->scenario->name, doing, strerror(errno), words);
	fflush(stdout);
	t->totals->broken = true;
	return -1;
}

int trial_wrong(struct trial *t, const char *fault, const char *fmt, ...)
{
	char what[WORLD_WHY], words[1500];
	va_list ap;

	t->totals->failed++;
	if (t->totals->failed > SAY_MAX)
		return 1;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	world_words(&t->world, words, sizeof(words));
	printf("not ok: %s: %s: %s\n%s", t->scenario->name, fault, what, words);
	fflush(stdout);
	return 1;
}

static const char *name_of(const struct command *c)
{
	static const char *const names[] = { [END] = "",
		[PUT] = "bijk-put",
		[PUT_LINES] = "bijk-put -l",
		[PULL] = "bijk-pull",
		[PUSH] = "bijk-push",
		[REGISTER] = "bijk-keyreg",
		[ROTATE] = "bijk-keyreg --rotate",
		[MASTER] = "bijk-master" };

	return names[c->what];
}

/* --- Making it ready --- */

int trial_begin(
    struct trial *t, const struct scenario *s, const char *top, const char *build, uint64_t seed)
{
	const struct trace_plan none = { .act = TRACE_COUNT };
	struct trace_result r;

	t->scenario = s;
	if (world_make(&t->world, top, build, seed) == -1)
		return trial_broken(t, "making its directory");
	for (const struct command *c = s->before; c->what != END; c++) {
		if (world_run(&t->world, c, &none, NULL, NULL, &r) == -1)
			return trial_broken(t, "running what comes before");
		if (r.code != 0) {
			errno = 0;
			return trial_broken(t, name_of(c));
		}
	}
	if (s->arrange != NULL && s->arrange(&t->world) == -1)
		return trial_broken(t, "arranging what comes before");
	return world_save(&t->world, &t->start) == -1 ? trial_broken(t, "saving") : 0;
}

void trial_end(struct trial *t)
{
	dir_remove_tree(AT_FDCWD, t->world.top);
	world_free(&t->world);
	snapshot_free(&t->start);
	memo_free(&t->good);
}

int trial_work(struct trial *t, const struct command *c, const struct trace_plan *p,
    trace_each *each, void *arg, struct trace_result *r)
{
	struct trace_plan left = *p;
	uint64_t calls = 0, durable = 0;

	world_hush(&t->world);
	for (; c->what != END; c++) {
		if (world_run(&t->world, c, &left, each, arg, r) == -1)
			return trial_broken(t, "tracing");
		calls += r->calls;
		durable = durable * 31 + r->durable;
		if (r->hit || r->timed_out)
			break;
		if (left.at != 0 && left.at != UINT64_MAX)
			left.at -= r->calls;
	}
	r->calls = calls;
	r->durable = durable;
	return 0;
}

/* --- Afterwards --- */

/* The restart: 0, or 1 with what did not go well. */
static int restart(struct trial *t, char *why)
{
	const struct trace_plan none = { .act = TRACE_COUNT };
	unsigned tries = t->scenario->tries != 0 ? t->scenario->tries : 1;
	struct trace_result r;

	for (const struct command *c = t->scenario->after; c->what != END; c++) {
		unsigned i = 0;
		do {
			if (world_run(&t->world, c, &none, NULL, NULL, &r) == -1)
				return -1;
		} while (r.code != 0 && !r.timed_out && ++i < tries);
		if (r.code != 0 || r.signal != 0 || r.timed_out) {
			snprintf(why, WORLD_WHY, "then %s ends with %d%s", name_of(c), r.code,
			    r.timed_out ? ", after a minute" : "");
			return 1;
		}
	}
	return 0;
}

uint64_t trial_mark(const struct trial *t, const struct trace_result *r)
{
	uint64_t mark = r->durable;

	for (uint64_t n = 0; n <= t->world.journal.last; n++)
		mark = mark * 31 + (t->world.journal.marks != NULL ? t->world.journal.marks[n] : 0);
	return mark;
}

int trial_settle(
    struct trial *t, const struct trace_result *r, struct memo *good, const char *fault)
{
	uint64_t mark = trial_mark(t, r);
	char why[WORLD_WHY];
	int rc;

	if (memo_has(good, mark))
		return 0;
	t->totals->states++;
	rc = restart(t, why);
	if (rc == 0)
		rc = world_judge(&t->world, t->scenario->judge, why);
	if (rc == 0 && t->scenario->check != NULL)
		rc = t->scenario->check(&t->world, why);
	if (rc == 1)
		return trial_wrong(t, fault, "%s", why);
	if (rc == -1 || memo_add(good, mark) == -1)
		return trial_broken(t, "judging");
	return 0;
}
