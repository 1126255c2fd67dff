/* SPDX-License-Identifier: ISC */
/*
 * states: every state that a crash could leave of a log, and the real recovery
 * on each.
 *
 * A scenario runs once on a file system in memory and is recorded. Behind each
 * of its operations the power is cut on paper (crash.h), each state is built
 * and verified (verify.h), and of some the recovery is recorded in turn and cut
 * again. Then the scenario runs again and again: killed before each operation,
 * with a session and a writer behind that, and with a session whose syncs fail,
 * another one and the writer; with each sync failing, once and for good; the
 * same, and killed where it is told so; with each write stopping in its middle.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "tests/replay/acts.h"
#include "tests/replay/crash.h"
#include "tests/replay/record.h"

#define KILLED (NEVER - 1)
#define UNITS_ALL 12 /* with so many pending operations all states can be built */
#define FAULTS_SHOWN 3

/* How far one trace is explored. */
struct effort {
	uint64_t whole;	 /* plans of so many states are gone through whole; of others */
	uint64_t sample; /* so many are tried */
	unsigned points; /* one crash in so many is looked at, and the last */
	unsigned again;	 /* of one state in so many the recovery is recorded and cut too; 0: none */
	/* Of the runs that are killed or made to fail, which are many,
	 * likewise. */
	unsigned faulty_points;
	uint64_t faulty_sample;
};

static struct totals {
	uint64_t states, deep, crashes, whole, sampled, runs, passed, failed;
} totals;

static char base[64];
static uint64_t seed = 1;
static unsigned shown; /* faults of this scenario */
static int fd_floor;   /* descriptors from here on are the log's */

static void explore(const struct subject *s, const struct trace *t, const struct promise *before,
    size_t from, const struct effort *e, const char *what);

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* --- One state --- */

static void show(const struct subject *s, const struct trace *t, size_t n, const struct tree *i,
    const struct promise *p, const char *what, const char *why)
{
	if (shown++ >= FAULTS_SHOWN)
		return;
	printf("FAULT %s: %s\n", what, why);
	trace_print(t, n);
	for (size_t k = 0; k < i->n; k++)
		printf("    has %s, %zu bytes\n", i->v[k].path, i->v[k].data.len);
	tree_write(i, s->root);
	verify_state(s, p, true, true);
	printf("    the log says: %s\n", recorder.said);
}

/* The recovery of this state, recorded, and cut in turn. */
static void go_deeper(
    const struct subject *s, const struct tree *i, const struct promise *p, const char *what)
{
	static const struct effort once = { .sample = 2, .points = 1 };
	struct run r = { .s = *s, .before = *p, .seed = p->seed, .n = p->last, .tidy = true };
	char deeper[128];

	tree_write(i, s->root);
	trace_begin(&r.trace, s->root);
	record_start(&r.trace);
	scenario_next_writer(&r);
	record_stop();
	snprintf(deeper, sizeof(deeper), "%s, recovery", what);
	totals.deep++;
	explore(s, &r.trace, &r.before, 0, &once, deeper);
	trace_free(&r.trace);
}

static void try_state(const struct subject *s, const struct trace *t, size_t n, struct tree *i,
    const struct promise *p, const struct effort *e, const char *what)
{
	const char *why;

	tree_write(i, s->root);
	totals.states++;
	why = verify_state(s, p, totals.states % 4 == 0, false);
	if (why != NULL)
		show(s, t, n, i, p, what, why);
	else if (e->again > 0 && totals.states % e->again == 0)
		go_deeper(s, i, p, what);
	tree_free(i);
}

/* --- One crash --- */

static void try_plan(const struct subject *s, const struct crash *c, size_t n, enum crash_plan plan,
    const struct promise *p, const struct effort *e, const char *what)
{
	uint64_t rng =
	    seed ^ n * 0x9e3779b97f4a7c15 ^ (uint64_t)plan << 48 ^ (uint64_t)c->trace->n << 32;
	struct digits d;
	uint64_t all = crash_digits(c, plan, &d);
	uint64_t count = all <= e->whole || all <= e->sample ? all : e->sample;
	struct tree i;

	for (uint64_t k = 0; k < count; k++) {
		if (count == all)
			digits_set(&d, k);
		else
			digits_random(&d, &rng);
		crash_image(c, plan, &d, rng_next(&rng), &i);
		try_state(s, c->trace, n, &i, p, e, what);
	}
	if (count == all)
		totals.whole++;
	else
		totals.sampled++;
}

static void try_crash(const struct subject *s, const struct trace *t, size_t n,
    const struct promise *p, const struct effort *e, const char *what)
{
	struct crash c;
	struct digits d;

	crash_begin(&c, t, n);
	totals.crashes++;
	/* Where nothing pends there is one state, and the last one shows it. */
	if (c.units == 0 && e->whole == 0 && n < t->n) {
		crash_free(&c);
		return;
	}
	/* The subsets of what pends are all tried where they are few; every
	 * content of each sector is one step more. */
	if (crash_digits(&c, CRASH_CONTENTS, &d) > e->whole && c.units <= UNITS_ALL && e->whole > 0)
		try_plan(s, &c, n, CRASH_SUBSETS, p, e, what);
	try_plan(s, &c, n, CRASH_CONTENTS, p, e, what);
	for (size_t i = 0; i < c.files; i++)
		try_plan(s, &c, n, CRASH_PREFIX + (enum crash_plan)i, p, e, what);
	crash_free(&c);
}

/* Cuts the power before each operation of the disk from number `from` on, and
 * at the end. */
static void explore(const struct subject *s, const struct trace *t, const struct promise *before,
    size_t from, const struct effort *e, const char *what)
{
	for (size_t n = from; n <= t->n; n++) {
		struct promise p = *before;
		if (n < t->n && !op_is_disk(t->v[n].kind))
			continue;
		if (n < t->n && (n + seed + t->n) % e->points != 0)
			continue;
		promise_take(&p, t, n);
		try_crash(s, t, n, &p, e, what);
	}
}

/* --- One run of a scenario --- */

static void begin(struct run *r, const struct scenario *sc, const char *root)
{
	*r = (struct run){ .seed = seed, .rng = seed, .tidy = true };
	r->before.seed = seed;
	r->s.spool = sc->spool;
	snprintf(r->s.root, sizeof(r->s.root), "%s", root);
	snprintf(r->s.dir, sizeof(r->s.dir), "%s/state/log", root);
	tree_write(&(struct tree){ .n = 0 }, root);
	trace_begin(&r->trace, root);
	if (sc->prepare == NULL)
		return;
	record_start(&r->trace);
	sc->prepare(r);
	record_stop();
	trace_free(&r->trace);
	trace_begin(&r->trace, root);
}

/* Is what the model holds of this run what lies there? Else a change was made
 * that the recorder does not know. */
static bool same_as_disk(const struct run *r)
{
	struct tree disk, model;
	struct crash c;
	bool same;

	crash_begin(&c, &r->trace, r->trace.n);
	crash_newest(&c, &model);
	trace_look(&disk, r->s.root);
	same = tree_equal(&disk, &model);
	if (!same) {
		printf("FAULT the recorder has missed a change\n");
		trace_print(&r->trace, r->trace.n);
	}
	tree_free(&disk);
	tree_free(&model);
	crash_free(&c);
	return same;
}

static void finish(struct run *r)
{
	record_stop();
	log_close(r->l);
	r->l = NULL;
	close_range((unsigned)fd_floor, ~0U, 0); /* what a killed process had open */
	totals.runs++;
	shown += !same_as_disk(r);
}

/* True: it was killed. */
static bool act(const struct scenario *sc, struct run *r)
{
	if (setjmp(recorder.killed) != 0)
		return true;
	sc->act(r);
	return false;
}

/* The first of its syncs fails, and it is killed where it is told so. */
static void session_killed_in_sync(struct run *r)
{
	recorder.fail_next = 1;
	recorder.kill_told = true;
	if (setjmp(recorder.killed) == 0)
		scenario_next_session(r);
	recorder.kill_told = false;
	recorder.kill_at = NEVER;
	recorder.fail_next = 0;
	log_close(r->l);
	r->l = NULL;
	close_range((unsigned)fd_floor, ~0U, 0);
}

/*
 * Runs it; `kill_at` (NEVER: not): killed before that operation, then the
 * session and the writer; and where the first `syncs_fail` syncs of that
 * session fail, another session between them (KILLED: it is told so, and
 * killed). How long the trace was at the kill.
 */
static size_t run_once(const struct scenario *sc, struct run *r, size_t kill_at, size_t syncs_fail)
{
	size_t killed;

	record_start(&r->trace);
	recorder.kill_at = kill_at;
	if (!act(sc, r)) {
		finish(r);
		return 0;
	}
	recorder.kill_at = NEVER;
	recorder.kill_told = false;
	killed = r->trace.n;
	log_close(r->l);
	r->l = NULL;
	close_range((unsigned)fd_floor, ~0U, 0);
	r->max_size = 0;
	if (syncs_fail == KILLED) {
		session_killed_in_sync(r);
	} else {
		recorder.fail_next = syncs_fail;
		scenario_next_session(r);
		recorder.fail_next = 0;
	}
	if (syncs_fail > 0)
		scenario_next_session(r);
	scenario_next_writer(r);
	finish(r);
	return killed;
}

/* How many operations of the disk a run has, and which of them are syncs and
 * writes. */
static size_t plain_run(
    const struct scenario *sc, const struct effort *e, enum op_kind **kinds, const char *root)
{
	struct run r;
	size_t n = 0;

	begin(&r, sc, root);
	run_once(sc, &r, NEVER, 0);
	*kinds = calloc(r.trace.disk_ops + 1, sizeof(**kinds));
	if (*kinds == NULL)
		die(EX_OSERR, "no memory");
	for (size_t i = 0; i < r.trace.n; i++) {
		if (op_is_disk(r.trace.v[i].kind))
			(*kinds)[n++] = r.trace.v[i].kind;
	}
	explore(&r.s, &r.trace, &r.before, 0, e, sc->name);
	trace_free(&r.trace);
	return n;
}

static void run_failing(const struct scenario *sc, const struct effort *e, const char *root,
    const char *how, size_t at, size_t fail_to, size_t full_at)
{
	struct effort some = { .sample = e->faulty_sample, .points = e->faulty_points };
	struct run r;
	char what[64];

	size_t from = 0;

	begin(&r, sc, root);
	r.tidy = false;
	recorder.fail_from = fail_to > 0 ? at : NEVER;
	recorder.fail_to = fail_to;
	recorder.full_at = full_at;
	run_once(sc, &r, NEVER, 0);
	/* What lies before the failure was seen in the plain run. */
	for (size_t n = 0; n < at; from++)
		n += op_is_disk(r.trace.v[from].kind);
	snprintf(what, sizeof(what), "%s, %s at %zu", sc->name, how, at);
	explore(&r.s, &r.trace, &r.before, from, &some, what);
	trace_free(&r.trace);
}

/* Killed before that operation; or `told`: it is a sync, which fails, and
 * behind that. */
static void run_killed(const struct scenario *sc, const struct effort *e, const char *root,
    size_t at, bool told, size_t syncs_fail)
{
	struct effort some = { .sample = e->faulty_sample, .points = e->faulty_points };
	struct run r;
	char what[64];
	size_t killed;

	begin(&r, sc, root);
	if (told) {
		recorder.fail_from = at;
		recorder.fail_to = at + 1;
		recorder.kill_told = true;
	}
	killed = run_once(sc, &r, told ? NEVER : at, syncs_fail);
	snprintf(what, sizeof(what), "%s, killed at %zu%s%s", sc->name, at,
	    told ? ", a sync that fails" : "", syncs_fail == 0 ? "" : ", then a sync fails");
	explore(&r.s, &r.trace, &r.before, killed, &some, what);
	trace_free(&r.trace);
}

static void run_scenario(const struct scenario *sc, const struct effort *e)
{
	uint64_t states = totals.states, start = now_ms();
	enum op_kind *kinds;
	char root[80];
	size_t n;

	shown = 0;
	snprintf(root, sizeof(root), "%s/%s", base, sc->name);
	if (mkdir(root, 0700) == -1)
		die(EX_OSERR, "%s: %s", root, strerror(errno));
	n = plain_run(sc, e, &kinds, root);
	for (size_t at = 0; at < n; at++) {
		run_killed(sc, e, root, at, false, 0);
		run_killed(sc, e, root, at, false, 1);
		run_killed(sc, e, root, at, false, NEVER);
		run_killed(sc, e, root, at, false, KILLED);
		if (kinds[at] == OP_SYNC) {
			run_killed(sc, e, root, at, true, 0);
			run_failing(sc, e, root, "a sync fails", at, at + 1, NEVER);
			run_failing(sc, e, root, "syncs fail for good", at, NEVER, NEVER);
		} else if (kinds[at] == OP_WRITE) {
			run_failing(sc, e, root, "no space", at, 0, at);
		}
	}
	free(kinds);
	dir_remove_tree(AT_FDCWD, root);
	printf("%-18s %3zu operations, %6" PRIu64 " states, %5" PRIu64 " ms: %s\n", sc->name, n,
	    totals.states - states, now_ms() - start, shown == 0 ? "good" : "FAULTS");
	fflush(stdout);
	totals.passed += shown == 0;
	totals.failed += shown > 0;
}

/* --- The program --- */

/* Ids of logs follow from the seed. */
static const char *rng_name(void)
{
	return "replay";
}

static uint32_t rng_u32(void)
{
	static uint64_t state = 1;

	return (uint32_t)rng_next(&state);
}

static void rng_buf(void *const buf, const size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)buf)[i] = (uint8_t)rng_u32();
}

static struct randombytes_implementation seeded = {
	.implementation_name = rng_name, .random = rng_u32, .buf = rng_buf
};

static void usage(void)
{
	fprintf(
	    stderr, "usage: states [-s SEED] [-n STATES] [-t SECONDS] [-l] [-S SCENARIO] DIR\n");
	exit(EX_USAGE);
}

int main(int argc, char **argv)
{
	struct effort e = { .whole = 64,
		.sample = 10,
		.points = 1,
		.again = 16,
		.faulty_points = 4,
		.faulty_sample = 1 };
	uint64_t want = 20000, seconds = 0, start = now_ms(), first;
	const char *only = NULL;
	int c;

	msg_init(argv[0]);
	while ((c = getopt(argc, argv, "s:n:t:lS:")) != -1) {
		switch (c) {
		case 's': seed = strtoull(optarg, NULL, 10); break;
		case 'n': want = strtoull(optarg, NULL, 10); break;
		case 't': seconds = strtoull(optarg, NULL, 10); break;
		case 'l':
			e = (struct effort){ .whole = 32768,
				.sample = 200,
				.points = 1,
				.again = 16,
				.faulty_points = 1,
				.faulty_sample = 8 };
			break;
		case 'S': only = optarg; break;
		default: usage();
		}
	}
	if (optind + 1 != argc)
		usage();
	randombytes_set_implementation(&seeded);
	if (sodium_init() == -1)
		die(EX_SOFTWARE, "libsodium");
	snprintf(base, sizeof(base), "%s", argv[optind]);
	fd_floor = dup(STDERR_FILENO);
	first = seed;
	/* Whole rounds, each with its own seed, until there are enough. */
	do {
		for (size_t i = 0; i < n_scenarios; i++) {
			if (only == NULL || strcmp(only, scenarios[i].name) == 0)
				run_scenario(&scenarios[i], &e);
		}
		seed++;
	} while (seconds > 0 ? now_ms() - start < seconds * 1000 : totals.states < want);
	printf("%" PRIu64 " states of %" PRIu64 " crashes in %" PRIu64 " runs; %" PRIu64
	       " sets of states whole, %" PRIu64 " sampled; %" PRIu64
	       " recoveries cut again; seeds %" PRIu64 " to %" PRIu64 "; %" PRIu64 " ms\n",
	    totals.states, totals.crashes, totals.runs, totals.whole, totals.sampled, totals.deep,
	    first, seed - 1, now_ms() - start);
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", totals.passed, totals.failed);
	return totals.failed == 0 ? 0 : 1;
}
