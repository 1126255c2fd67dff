/* SPDX-License-Identifier: ISC */
/*
 * crash sweep|errors: the names of its scenarios.
 * crash [-l] [-s SEED] [-n CALL [-d CALL]] sweep|errors SCENARIO BUILD DIR
 *
 * DIR is an empty directory, best on a tmpfs. -l: the long form. -n: one kill
 * point, or one call; -d: one of the restart after that; with the numbers of
 * this form.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/exchange/proof.h"
#include "tests/crash/layers.h"

_Noreturn static void usage(void)
{
	fputs("usage: crash [-l] [-s SEED] [-n CALL [-d CALL]] sweep|errors SCENARIO BUILD DIR\n",
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

/* Thousands of failures are not for this machine's log. Root can see to it,
 * others just write there. */
static void hide_syslog(void)
{
	if (geteuid() == 0 && access("/dev/log", F_OK) == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		mount("/dev/null", "/dev/log", NULL, MS_BIND, NULL);
}

static void report(const struct totals *t, const struct scenario *s, bool errors)
{
	if (errors)
		printf("%-14s %5" PRIu64 " calls, %6" PRIu64 " errors, %5" PRIu64
		       " states judged, %" PRIu64 " failed: %s\n",
		    s->name, t->calls, t->faults, t->states, t->failed, s->what);
	else
		printf("%-14s %5" PRIu64 " kill points, %5" PRIu64 " in the restart, %5" PRIu64
		       " states judged, %" PRIu64 " failed: %s\n",
		    s->name, t->faults, t->deep, t->states, t->failed, s->what);
}

static int run(const struct scenario *s, bool errors, const struct choice *c, char *const *argv)
{
	struct totals all = { .calls = 0 };
	struct trial t = { .totals = &all, .talk = c->only != 0 };
	int64_t start = monotonic_ms();
	char top[128];

	snprintf(top, sizeof(top), "%s/%s-%s", argv[1], errors ? "errors" : "sweep", s->name);
	if (trial_begin(&t, s, top, argv[0], c->seed) == 0)
		errors ? inject(&t, c) : sweep(&t, c);
	trial_end(&t);
	report(&all, s, errors);
	all.faults += all.deep;
	all.failed += all.failed == 0 && (all.broken || all.faults == 0);
	printf("seed %" PRIu64 ", in %.0f s\n%s: %" PRIu64 " passed, %" PRIu64 " failed\n", c->seed,
	    (double)(monotonic_ms() - start) / 1000, errors ? "errors" : "sweep",
	    all.faults > all.failed ? all.faults - all.failed : 0, all.failed);
	return all.failed != 0;
}

int main(int argc, char **argv)
{
	struct choice choice = { .seed = 1 };
	const struct scenario *v;
	bool errors;
	size_t n;
	int c;

	msg_init("crash");
	/* What it traces ends with it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((c = getopt(argc, argv, "d:ln:s:")) != -1) {
		switch (c) {
		case 'd': choice.deep = number(optarg); break;
		case 'l': choice.all = true; break;
		case 'n': choice.only = number(optarg); break;
		case 's': choice.seed = number(optarg); break;
		default: usage();
		}
	}
	argv += optind;
	argc -= optind;
	if (argc != 1 && argc != 4)
		usage();
	errors = strcmp(argv[0], "errors") == 0;
	if (!errors && strcmp(argv[0], "sweep") != 0)
		usage();
	v = errors ? error_scenarios : scenarios;
	n = errors ? error_scenarios_n : scenarios_n;
	if (argc == 4) {
		proof_init();
		umask(077);
		hide_syslog();
	}
	for (size_t i = 0; i < n; i++) {
		if (argc == 1)
			puts(v[i].name);
		else if (strcmp(argv[1], v[i].name) == 0)
			return run(&v[i], errors, &choice, argv + 2);
	}
	if (argc == 4)
		usage();
	return 0;
}
