/* SPDX-License-Identifier: ISC */
#include "tests/powercut/life.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/powercut/scene.h"

#define CUTS_MAX 3
#define TAIL 3000 /* bytes of what the programs said last */

/* What is done until the power goes; the more often it stands here the more often it is done. */
static const struct scenario {
	const char *name;
	unsigned sides; /* a bit 1 << side for each that may be cut */
	enum step steps[7];
} scenarios[] = {
#define OF_NODE (1 << NODE)
#define OF_MASTER (1 << MASTER)
#define OF_EITHER (1 << NODE | 1 << MASTER | 1 << BOTH)
	{ "storing one by one", OF_NODE, { STEP_PUT, STEP_PUT, STEP_PUT } },
	{ "storing lines", OF_NODE, { STEP_LINES, STEP_LINES } },
	{ "storing beyond a segment", OF_NODE, { STEP_LARGE, STEP_PUT } },
	{ "pulls", OF_EITHER, { STEP_PUT, STEP_PULL, STEP_PUT, STEP_PULL } },
	{ "pushes", OF_EITHER, { STEP_PUT, STEP_PUSH, STEP_PUT, STEP_PUSH } },
	{ "a pull of many", OF_EITHER, { STEP_LINES, STEP_PULL } },
	{ "a push and a pull", OF_EITHER, { STEP_LINES, STEP_PUSH, STEP_PUT, STEP_PULL } },
	{ "storing beside sessions", OF_EITHER, { STEP_BESIDE, STEP_PULL, STEP_PUSH, STEP_PULL } },
	{ "registering", OF_EITHER, { STEP_REGISTER, STEP_PUT, STEP_PUSH } },
	{ "rotating the key", OF_EITHER, { STEP_ROTATE, STEP_REGISTER } },
	{ "administration", OF_MASTER, { STEP_ADD, STEP_REMOVE, STEP_ADD } },
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

/*
 * How long each takes here, and how many calls of each side change files, learned from a life that got
 * to its end. All lanes share it.
 */
static struct learned {
	int64_t took[SCENARIOS][TEMPLATES];
	uint64_t calls[SCENARIOS][BOTH];
} * learned;

int life_prepare(void)
{
	learned =
	    mmap(NULL, sizeof(*learned), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return learned == MAP_FAILED ? -1 : 0;
}

uint64_t life_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint64_t below(uint64_t *state, uint64_t n)
{
	return life_random(state) % n;
}

static int64_t usual_time(size_t scenario, enum template t)
{
	int64_t own = learned->took[scenario][t];

	return own > 0 ? own : learned->took[scenario][t == PLAIN ? FULL : PLAIN];
}

/*
 * Two thirds of the cuts come at a moment, the others at a call. One that nothing is known for comes at the
 * end, and teaches. Freezing proves least.
 */
static void choose_cut(uint64_t *r, size_t scenario, enum template t, struct cut *c)
{
	bool at_call = below(r, 3) == 0;
	uint64_t place = below(r, 1000), calls = 0;
	int64_t time = usual_time(scenario, t);

	do
		c->sides = NODE + (unsigned)below(r, 3);
	while ((scenarios[scenario].sides & 1u << c->sides) == 0);
	c->kind = below(r, 12) == 0 ? CUT_FREEZE : below(r, 2) == 0 ? CUT_FLUSH : CUT_NOW;
	c->before = below(r, 2) == 0;
	for (unsigned side = NODE; side <= MASTER; side++)
		calls += (c->sides & side) != 0 ? learned->calls[scenario][side] : 0;
	c->at_call = 0;
	c->after = -1;
	if (time == 0)
		c->at_call = UINT64_MAX;
	else if (at_call && calls > 0)
		c->at_call = 1 + place * calls / 1000;
	else
		c->after = (int64_t)place * time / 1000;
}

static void learn(const struct scene *s, size_t scenario, enum template t, const struct cut *c)
{
	learned->took[scenario][t] = s->took;
	for (unsigned side = NODE; c->at_call > 0 && side <= MASTER; side++)
		learned->calls[scenario][side] = s->calls_of[side];
}

void life_cut(struct totals *t, const struct cut *c, bool at_rest)
{
	t->cuts++;
	t->by_sides[c->sides]++;
	t->by_kind[c->kind]++;
	if (at_rest)
		t->at_rest++;
	else if (c->at_call > 0)
		t->at_call++;
	else
		t->at_moment++;
}

static void say_tail(const struct scene *s)
{
	char text[TAIL + 1];
	off_t size = lseek(s->jobs.log, 0, SEEK_END);
	ssize_t n = pread(s->jobs.log, text, TAIL, size > TAIL ? size - TAIL : 0);

	text[n > 0 ? n : 0] = '\0';
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		printf("   | %s\n", line);
}

void life_over(struct scene *s, struct totals *t, unsigned cuts, const char *what)
{
	t->lives++;
	t->records += s->records;
	s->records = 0;
	if (!scene_good(s)) {
		t->failed++;
		t->failed_cuts += cuts > 0 ? 1 : 0;
		printf("FAILED: %s, %s: %s\n", s->type, what, s->wrong);
		say_tail(s);
		fflush(stdout);
	}
}

unsigned life_random_cuts(struct scene *s, uint64_t seed, struct totals *t)
{
	uint64_t r = seed;
	enum template template = below(&r, 6) == 0 ? FULL : PLAIN;
	unsigned count = 1 + (unsigned)below(&r, CUTS_MAX), done = 0;
	char what[512];
	size_t len;

	scene_fresh(s, template, template == PLAIN ? seed : 1);
	len = (size_t)snprintf(what, sizeof(what), "life %" PRIu64, seed);
	for (; done < count && scene_good(s); done++) {
		size_t scenario = (size_t)below(&r, SCENARIOS);
		struct cut c;
		bool at_rest;

		choose_cut(&r, scenario, template, &c);
		at_rest = scene_run(s, scenarios[scenario].steps, &c);
		if (at_rest)
			learn(s, scenario, template, &c);
		if (len < sizeof(what))
			len += (size_t)snprintf(what + len, sizeof(what) - len,
			    "; %s, cut %s %d at %s %" PRIu64, scenarios[scenario].name,
			    c.sides == BOTH	  ? "both"
				: c.sides == NODE ? "node"
						  : "master",
			    (int)c.kind,
			    at_rest		? "rest"
				: c.at_call > 0 ? "call"
						: "us",
			    c.at_call > 0 ? s->calls : (uint64_t)c.after);
		life_cut(t, &c, at_rest);
		if (scene_good(s))
			scene_reboot(s, c.sides);
	}
	scene_finish(s, below(&r, 2) == 0 ? STEP_PULL : STEP_PUSH);
	life_over(s, t, done, what);
	return done;
}
