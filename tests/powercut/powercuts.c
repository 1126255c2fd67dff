/* SPDX-License-Identifier: ISC */
/*
 * Power cuts on real file systems: powercuts [-n CUTS | -t SECONDS] [-s SEED] [-f TYPE] [-r] [-l LIFE]
 * BUILD. A lane is a process, with what it starts in namespaces of its own, and two disks of one type. The lanes of a
 * type share the work: first the positions named before they are durable, then lives with cuts at
 * random, until there were CUTS (on all types together), or for SECONDS. -r leaves the first part
 * out, -l does one of these lives again.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "tests/powercut/life.h"

#define LANES 2 /* of a type: while one waits for its disks another works */

static const char *const types[] = { "ext4", "xfs" };

#define TYPES (sizeof(types) / sizeof(types[0]))

/* Shared by all lanes. */
struct work {
	atomic_uint next_group[TYPES];
	atomic_uint_fast64_t next_life[TYPES];
	atomic_uint_fast64_t cuts[TYPES];
	struct totals totals[TYPES][LANES];
	bool broken[TYPES][LANES]; /* the lane did not come to its end */
};

static struct plan {
	char build[256], dir[64];
	uint64_t cuts, seconds, seed; /* cuts: of each type in the end */
	uint64_t life;		      /* the only one; 0: all that the plan says */
	const char *type;	      /* the only one; NULL: all */
	bool only_random;
	int64_t end; /* clock_us() */
	struct work *work;
} plan = { .cuts = 300, .seed = 1 };

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	stopped = signal;
}

/* --- A lane --- */

static bool more_lives(size_t type)
{
	if (plan.seconds > 0)
		return clock_us() < plan.end;
	return atomic_load(&plan.work->cuts[type]) < plan.cuts;
}

static void work(struct scene *s, size_t type, struct totals *t)
{
	unsigned group;

	if (plan.life != 0) {
		/* What the first time learns the second time needs. */
		if (atomic_fetch_add(&plan.work->next_life[type], 1) == 0) {
			for (int i = 0; i < 3; i++)
				life_random_cuts(s, plan.life, t);
		}
		return;
	}
	while (!plan.only_random &&
	    (group = atomic_fetch_add(&plan.work->next_group[type], 1)) < named_count()) {
		uint64_t before = t->cuts;

		named_run(s, group, t);
		atomic_fetch_add(&plan.work->cuts[type], t->cuts - before);
	}
	while (more_lives(type)) {
		uint64_t life = atomic_fetch_add(&plan.work->next_life[type], 1);

		atomic_fetch_add(&plan.work->cuts[type],
		    life_random_cuts(s, plan.seed + life * 1000003 + type, t));
	}
}

_Noreturn static void lane(size_t type, size_t number)
{
	struct scene *s = calloc(1, sizeof(*s));
	sigset_t child;
	char dir[128];

	/* What ends the runner by its group is to end the lanes through the runner. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	if (s == NULL || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("proc", "/proc", "proc", 0, NULL) == -1)
		_exit(EX_OSERR);
	snprintf(dir, sizeof(dir), "%s/%s%zu", plan.dir, types[type], number);
	if (scene_open(s, types[type], dir, plan.build) == -1)
		life_over(s, &plan.work->totals[type][number], 0, "making the scene");
	else
		work(s, type, &plan.work->totals[type][number]);
	scene_close(s);
	plan.work->broken[type][number] = false;
	_exit(0);
}

static pid_t start_lane(size_t type, size_t number)
{
	pid_t pid;

	plan.work->broken[type][number] = true;
	fflush(stdout);
	pid = (pid_t)syscall(
	    SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		lane(type, number);
	return pid;
}

/* --- All of it --- */

static void add_tally(struct totals *sum, const struct totals *t)
{
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)t;

	for (size_t i = 0; i < sizeof(*t) / sizeof(*to); i++)
		to[i] += from[i];
}

static void report(const char *type, const struct totals *t)
{
	printf("%s: %" PRIu64 " cuts in %" PRIu64 " lives: node %" PRIu64 ", master %" PRIu64
	       ", both %" PRIu64 "; at a moment %" PRIu64 ", at a call %" PRIu64
	       ", behind a step %" PRIu64 "; journal flushed %" PRIu64 ", not %" PRIu64
	       ", all frozen %" PRIu64 "\n",
	    type, t->cuts, t->lives, t->by_sides[NODE], t->by_sides[MASTER], t->by_sides[BOTH],
	    t->at_moment, t->at_call, t->at_rest, t->by_kind[CUT_FLUSH], t->by_kind[CUT_NOW],
	    t->by_kind[CUT_FREEZE]);
	printf("%s: of these %" PRIu64 " with positions named before they were durable; %" PRIu64
	       " records judged\n",
	    type, t->named, t->records);
}

static void run_lanes(const bool able[TYPES])
{
	pid_t pids[TYPES][LANES] = { 0 };

	for (size_t n = 0; n < LANES; n++) {
		for (size_t i = 0; i < TYPES; i++)
			pids[i][n] = able[i] ? start_lane(i, n) : 0;
	}
	for (;;) {
		int status;

		if (stopped != 0) {
			for (size_t i = 0; i < TYPES * LANES; i++) {
				if (pids[i / LANES][i % LANES] > 0)
					kill(pids[i / LANES][i % LANES], SIGKILL);
			}
		}
		if (waitpid(-1, &status, 0) == -1 && errno == ECHILD)
			return;
	}
}

static int sum_up(const bool able[TYPES], int64_t began)
{
	uint64_t passed = 0, failed = 0;

	for (size_t i = 0; i < TYPES; i++) {
		struct totals t = { 0 };

		for (size_t n = 0; able[i] && n < LANES; n++) {
			add_tally(&t, &plan.work->totals[i][n]);
			if (plan.work->broken[i][n] && stopped == 0) {
				printf("FAILED: %s: a lane did not come to its end\n", types[i]);
				failed++;
			}
		}
		if (able[i])
			report(types[i], &t);
		passed += t.cuts - t.failed_cuts;
		failed += t.failed;
	}
	printf("%" PRId64 " s, seed %" PRIu64 "\n", (clock_us() - began) / 1000000, plan.seed);
	printf("powercut: %" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
	return failed > 0;
}

static uint64_t number(const char *text)
{
	uint64_t n;

	if (num_parse(text, 0, UINT64_MAX, &n) == -1)
		die(EX_USAGE, "%s: not a number", text);
	return n;
}

static void make_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(plan.dir, sizeof(plan.dir), "%.40s/bijk-power.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(plan.dir) == NULL)
		die(EX_CANTCREAT, "making %s: %m", plan.dir);
	/* Nobody else sees what is mounted here, and it goes with the last of us. */
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("powercut", plan.dir, "tmpfs", 0, "mode=700") == -1) {
		printf("powercut: skipped: no mounting here: %s\n", strerror(errno));
		rmdir(plan.dir);
		printf("powercut: 0 passed, 0 failed\n");
		exit(0);
	}
}

static void read_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:t:s:f:l:r")) != -1) {
		switch (c) {
		case 'n': plan.cuts = number(optarg); break;
		case 't': plan.seconds = number(optarg); break;
		case 's': plan.seed = number(optarg); break;
		case 'l': plan.life = number(optarg); break;
		case 'f': plan.type = optarg; break;
		case 'r': plan.only_random = true; break;
		default: exit(EX_USAGE);
		}
	}
	if (optind + 1 != argc)
		die(EX_USAGE, "which build?");
	snprintf(plan.build, sizeof(plan.build), "%s", argv[optind]);
}

static size_t find_types(bool able[TYPES])
{
	size_t n = 0;

	for (size_t i = 0; i < TYPES; i++) {
		const char *why = "it was not asked for";

		able[i] = (plan.type == NULL || strcmp(plan.type, types[i]) == 0) &&
		    disk_possible(types[i], plan.dir, &why);
		if (able[i])
			n++;
		else
			printf("%s: skipped: %s\n", types[i], why);
	}
	return n;
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = stop };
	int64_t began = clock_us();
	bool able[TYPES];
	size_t n;
	int rc;

	msg_init("powercuts");
	read_options(argc, argv);
	plan.work = mmap(
	    NULL, sizeof(*plan.work), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (plan.work == MAP_FAILED || life_prepare() == -1)
		die(EX_OSERR, "out of memory");
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	make_dir();
	n = find_types(able);
	plan.cuts = n > 0 ? (plan.cuts + n - 1) / n : 0;
	plan.end = clock_us() + (int64_t)plan.seconds * 1000000;
	run_lanes(able);
	rc = sum_up(able, began);
	umount2(plan.dir, MNT_DETACH);
	rmdir(plan.dir);
	return stopped != 0 ? 128 + stopped : rc;
}
