/* SPDX-License-Identifier: ISC */
/*
 * A walk through a chain gives the set of ways in which it can end. A rule that
 * certainly matches ends the walk, or goes on; one that may match adds its ends
 * to those of the rules behind it.
 */
#include "bijk-doctor/firewall.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"

#include "common/base/banned.h"

#define DEPTH 32     /* of jumps; the kernel allows 16 */
#define STEPS 200000 /* of one walk */

/* The ways of ending, as a set. */
#define CAN_ACCEPT 1
#define CAN_DROP 2
#define CAN_RETURN 4

/* Connections are looked up at this priority of the first hook. */
#define TRACKED_FROM (-200)

struct walk {
	const struct firewall *f;
	unsigned changed; /* what rules may have changed: FW_STATE, FW_MARK */
	bool untracked;
	unsigned steps;
	/* The first that can drop, and the first that cannot be judged. */
	const struct fw_chain *drop_chain, *odd_chain;
	const struct fw_rule *drop_rule, *odd_rule;
};

static void *must(void *p)
{
	if (p == NULL)
		die(EX_OSERR, "out of memory");
	return p;
}

static char *copy(const char *s)
{
	return s == NULL ? NULL : must(strdup(s));
}

void firewall_free(struct firewall *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct fw_chain *c = &f->v[i];

		for (size_t k = 0; k < c->n; k++) {
			free(c->rules[k].target);
			free(c->rules[k].text);
		}
		free(c->rules);
		free(c->family);
		free(c->table);
		free(c->name);
	}
	free(f->v);
	*f = (struct firewall)FIREWALL_INIT;
}

struct fw_chain *firewall_add_chain(
    struct firewall *f, enum fw_kind kind, const char *family, const char *table, const char *name)
{
	struct fw_chain *c;

	f->v = must(reallocarray(f->v, f->n + 1, sizeof(*f->v)));
	c = &f->v[f->n++];
	*c = (struct fw_chain){ .kind = kind,
		.family = copy(family),
		.table = copy(table),
		.name = copy(name),
		.policy = FW_ACCEPT };
	return c;
}

static struct fw_chain *find(const struct firewall *f, enum fw_kind kind, const char *family,
    const char *table, const char *name)
{
	for (size_t i = 0; i < f->n; i++) {
		struct fw_chain *c = &f->v[i];

		if (c->kind == kind && strcmp(c->name, name) == 0 && strcmp(c->table, table) == 0 &&
		    strcmp(c->family, family) == 0)
			return c;
	}
	return NULL;
}

struct fw_chain *firewall_chain(
    struct firewall *f, enum fw_kind kind, const char *family, const char *table, const char *name)
{
	return find(f, kind, family, table, name);
}

struct fw_rule *firewall_add_rule(struct fw_chain *c, enum fw_match match, enum fw_action action,
    const char *target, const char *text, unsigned number)
{
	c->rules = must(reallocarray(c->rules, c->n + 1, sizeof(*c->rules)));
	c->rules[c->n++] = (struct fw_rule){ .match = match,
		.action = action,
		.target = copy(target),
		.text = copy(text),
		.number = number };
	return &c->rules[c->n - 1];
}

static void can_drop(struct walk *w, const struct fw_chain *c, const struct fw_rule *r)
{
	if (w->drop_chain != NULL)
		return;
	w->drop_chain = c;
	w->drop_rule = r;
}

static void is_odd(struct walk *w, const struct fw_chain *c, const struct fw_rule *r)
{
	if (w->odd_chain != NULL)
		return;
	w->odd_chain = c;
	w->odd_rule = r;
}

static unsigned walk_chain(struct walk *w, const struct fw_chain *c, unsigned depth);

/* How a rule that matches can end; CAN_RETURN: the next one is asked. *leaves:
 * it ends this chain at once. */
static unsigned act(
    struct walk *w, const struct fw_chain *c, const struct fw_rule *r, unsigned depth, bool *leaves)
{
	const struct fw_chain *to;

	*leaves = false;
	switch (r->action) {
	case FW_ACCEPT: return CAN_ACCEPT;
	case FW_DROP: can_drop(w, c, r); return CAN_DROP;
	case FW_RETURN: *leaves = true; return CAN_RETURN;
	case FW_CONTINUE: return CAN_RETURN;
	case FW_JUMP:
	case FW_GOTO:
		to = find(w->f, c->kind, c->family, c->table, r->target);
		if (to != NULL && depth < DEPTH) {
			*leaves = r->action == FW_GOTO;
			return walk_chain(w, to, depth + 1);
		}
		/* A chain that is not here. */
		/* fall through */
	default:
		is_odd(w, c, r);
		can_drop(w, c, r);
		return CAN_ACCEPT | CAN_DROP | CAN_RETURN;
	}
}

static unsigned walk_chain(struct walk *w, const struct fw_chain *c, unsigned depth)
{
	unsigned ends = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct fw_rule *r = &c->rules[i];
		enum fw_match match = (r->looks_at & w->changed) != 0 ? r->rest : r->match;
		unsigned here;
		bool leaves;

		if (match == FW_NO)
			continue;
		if (++w->steps > STEPS) {
			is_odd(w, c, r);
			return CAN_ACCEPT | CAN_DROP | CAN_RETURN;
		}
		w->changed |= r->changes;
		w->untracked |= (r->changes & FW_STATE) != 0;
		here = act(w, c, r, depth, &leaves);
		if (match == FW_UNSURE && (here != CAN_RETURN || leaves))
			is_odd(w, c, r);
		ends |= here & (CAN_ACCEPT | CAN_DROP);
		if (leaves)
			ends |= here & CAN_RETURN;
		if (match == FW_YES && (leaves || (here & CAN_RETURN) == 0))
			return ends;
	}
	return ends | CAN_RETURN;
}

/* A base chain, which ends with its policy. */
static struct fw_end walk_base(
    const struct firewall *f, const struct fw_chain *c, unsigned *changed)
{
	bool early = c->place < TRACKED_FROM;
	struct walk w = { .f = f, .changed = *changed | (early ? FW_STATE : 0) };
	struct fw_end end = { .fate = FW_PASSES, .base = c };
	unsigned ends = walk_chain(&w, c, 0);

	/* What came before the look-up is known behind it, unless a rule has
	 * put an end to it. */
	*changed |= early ? w.changed & ~FW_STATE : w.changed;
	if (w.untracked)
		*changed |= FW_STATE;
	if ((ends & CAN_RETURN) != 0) {
		ends |= c->policy == FW_DROP ? CAN_DROP : CAN_ACCEPT;
		if (c->policy == FW_DROP)
			can_drop(&w, c, NULL);
	}
	if ((ends & CAN_DROP) == 0)
		return end;
	end.fate = (ends & CAN_ACCEPT) != 0 ? FW_UNDECIDED : FW_STOPPED;
	end.chain = end.fate == FW_STOPPED || w.odd_chain == NULL ? w.drop_chain : w.odd_chain;
	end.rule = end.chain == w.drop_chain && end.fate == FW_STOPPED ? w.drop_rule
	    : w.odd_chain != NULL				       ? w.odd_rule
								       : w.drop_rule;
	return end;
}

struct step {
	const struct fw_chain *base;
};

static int by_place(const void *a, const void *b)
{
	const struct fw_chain *x = ((const struct step *)a)->base,
			      *y = ((const struct step *)b)->base;

	return x->place < y->place ? -1 : x->place > y->place;
}

/* An answer to a packet that was not tracked belongs to no connection. */
static bool untracks(const struct firewall *f)
{
	for (size_t i = 0; i < f->n; i++) {
		for (size_t k = 0; k < f->v[i].n; k++) {
			if ((f->v[i].rules[k].changes & FW_STATE) != 0)
				return true;
		}
	}
	return false;
}

struct fw_end firewall_walk(const struct firewall *f)
{
	unsigned changed = f->reply && untracks(f) ? FW_STATE : 0;
	struct step *step = must(calloc(f->n + 1, sizeof(*step)));
	struct fw_end end = { .fate = FW_PASSES };
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (f->v[i].base)
			step[n++].base = &f->v[i];
	}
	qsort(step, n, sizeof(*step), by_place);
	for (size_t i = 0; i < n && end.fate != FW_STOPPED; i++) {
		struct fw_end here = walk_base(f, step[i].base, &changed);

		if (here.fate == FW_STOPPED || end.fate == FW_PASSES)
			end = here;
	}
	free(step);
	return end;
}
