/* SPDX-License-Identifier: ISC */
/*
 * crash [-l] [-s SEED] [-S SCENARIO [-n CALL [-d CALL]]] [-w WORKERS]
 * sweep|errors BUILD DIR
 *
 * Layers 1 and 4. DIR is an empty directory, best on a tmpfs. -l: the long
 * form. -S: one scenario; -n: one kill point, or one call, of it; -d: one of
 * the restart after that.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/exchange/proof.h"
#include "tests/crash/layers.h"

#define WORKERS_MAX 64

static struct {
	bool errors;
	const char *scenario, *build, *dir;
	struct share share;
	const struct scenario *v;
	size_t n;
} job = { .share = { .workers = 2, .seed = 1 } };

static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
	stop = sig;
}

_Noreturn static void usage(void)
{
	fputs("usage: crash [-l] [-s SEED] [-S SCENARIO [-n CALL [-d CALL]]] [-w WORKERS] "
	      "sweep|errors BUILD DIR\n",
	    stderr);
	exit(EX_USAGE);
}

static uint64_t number(const char *s)
{
	uint64_t n;

	if (num_parse(s, 0, UINT64_MAX, &n) == -1)
		usage();
	return n;
}

static void parse(int argc, char **argv)
{
	uint64_t workers = 2;
	int c;

	while ((c = getopt(argc, argv, "d:ln:s:S:w:")) != -1) {
		switch (c) {
		case 'd': job.share.deep = number(optarg); break;
		case 'l': job.share.all = true; break;
		case 'n': job.share.only = number(optarg); break;
		case 's': job.share.seed = number(optarg); break;
		case 'S': job.scenario = optarg; break;
		case 'w': workers = number(optarg); break;
		default: usage();
		}
	}
	argv += optind;
	if (argc - optind != 3 || workers < 1 || workers > WORKERS_MAX)
		usage();
	job.errors = strcmp(argv[0], "errors") == 0;
	if (!job.errors && strcmp(argv[0], "sweep") != 0)
		usage();
	job.build = argv[1];
	job.dir = argv[2];
	job.share.workers = job.share.only != 0 ? 1 : (unsigned)workers;
	job.v = job.errors ? error_scenarios : scenarios;
	job.n = job.errors ? error_scenarios_n : scenarios_n;
}

/* Thousands of failures are not for this machine's log. Root can see to it,
 * others just write there. */
static void hide_syslog(void)
{
	if (geteuid() == 0 && access("/dev/log", F_OK) == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		mount("/dev/null", "/dev/log", NULL, MS_BIND, NULL);
}

/* --- Workers --- */

static bool wanted(const struct scenario *s)
{
	return job.scenario == NULL || strcmp(job.scenario, s->name) == 0;
}

static void work(unsigned worker, struct totals *tallies)
{
	job.share.worker = worker;
	for (size_t i = 0; i < job.n; i++) {
		struct trial t = { .totals = &tallies[i], .talk = job.share.only != 0 };
		char top[128];

		if (!wanted(&job.v[i]))
			continue;
		snprintf(top, sizeof(top), "%s/%u-%zu", job.dir, worker, i);
		if (trial_begin(&t, &job.v[i], top, job.build, job.share.seed) == 0)
			job.errors ? inject(&t, &job.share) : sweep(&t, &job.share);
		trial_end(&t);
	}
}

static int run(struct totals *tallies)
{
	pid_t pids[WORKERS_MAX], parent = getpid();
	int rc = 0;

	for (unsigned w = 0; w < job.share.workers; w++) {
		fflush(stdout);
		pids[w] = fork();
		if (pids[w] == -1)
			die(EX_OSERR, "starting a worker: %m");
		if (pids[w] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == parent)
				work(w, tallies + (size_t)w * job.n);
			fflush(stdout);
			_exit(0);
		}
	}
	for (unsigned w = 0; w < job.share.workers; w++) {
		int status;
		while (waitpid(pids[w], &status, 0) == -1 && stop == 0)
			;
		if (stop != 0) {
			for (unsigned k = w; k < job.share.workers; k++)
				kill(pids[k], SIGKILL);
			return -1;
		}
		if (status != 0) {
			printf("crash: worker %u ended with status %d\n", w, status);
			rc = -1;
		}
	}
	return rc;
}

static struct totals sum(const struct totals *tallies, size_t i)
{
	struct totals all = { .calls = 0 };

	for (unsigned w = 0; w < job.share.workers; w++) {
		const struct totals *t = &tallies[(size_t)w * job.n + i];
		all.calls = t->calls > all.calls ? t->calls : all.calls;
		all.faults += t->faults;
		all.states += t->states;
		all.deep += t->deep;
		all.failed += t->failed;
		all.broken |= t->broken;
	}
	return all;
}

static void report(const struct totals *t, const struct scenario *s)
{
	if (job.errors)
		printf("%-14s %5" PRIu64 " calls, %6" PRIu64 " errors, %5" PRIu64
		       " states judged, %" PRIu64 " failed: %s\n",
		    s->name, t->calls, t->faults, t->states, t->failed, s->what);
	else
		printf("%-14s %5" PRIu64 " kill points, %5" PRIu64 " in the restart, %5" PRIu64
		       " states judged, %" PRIu64 " failed: %s\n",
		    s->name, t->faults, t->deep, t->states, t->failed, s->what);
}

int main(int argc, char **argv)
{
	struct sigaction a = { .sa_handler = on_stop };
	uint64_t faults = 0, failed = 0;
	struct totals *tallies;
	size_t size;
	int64_t start = monotonic_ms();
	bool broken;

	msg_init("crash");
	parse(argc, argv);
	proof_init();
	umask(077);
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGHUP, &a, NULL);
	hide_syslog();
	size = job.share.workers * job.n * sizeof(*tallies);
	tallies = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tallies == MAP_FAILED)
		die(EX_OSERR, "out of memory");
	printf("seed %" PRIu64 ", %u workers\n", job.share.seed, job.share.workers);
	broken = run(tallies) == -1;
	for (size_t i = 0; i < job.n; i++) {
		struct totals t = sum(tallies, i);
		if (!wanted(&job.v[i]))
			continue;
		report(&t, &job.v[i]);
		faults += t.faults + t.deep;
		failed += t.failed;
		broken |= t.broken || t.faults == 0;
	}
	failed += broken && failed == 0;
	printf("in %.0f s\n", (double)(monotonic_ms() - start) / 1000);
	printf("%s: %" PRIu64 " passed, %" PRIu64 " failed\n", argv[optind],
	    faults > failed ? faults - failed : 0, failed);
	return failed != 0;
}
