/* SPDX-License-Identifier: ISC */
/* The sweep of cuts as a program: see usage_text. */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "tests/cut/sweep.h"
#include "tests/cut/versions.h"

#include "common/base/banned.h"

static const char usage_text[] =
    "usage: cut [-s SEED] [-T SECONDS] [-e EVERY] [-t TRIAL]\n"
    "  -T SECONDS  rounds until so many seconds are over, each of the next seed, in turn with a\n"
    "              large record and the other pace; without it one round\n"
    "  -e EVERY    only each so many bytes\n"
    "  -t TRIAL    only this one, as a fault names it: pull:up:123:rst\n";

static struct world world = { .seed = 1 };
static uint64_t every = 1, seconds;
static const char *only;
static size_t versions_passed, versions_failed;
static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

_Noreturn static void usage(void)
{
	fputs(usage_text, stderr);
	exit(EX_USAGE);
}

static void read_options(int argc, char **argv)
{
	int o, bad = 0;

	while ((o = getopt(argc, argv, "s:T:e:t:")) != -1) {
		switch (o) {
		case 's': bad |= num_parse(optarg, 0, UINT64_MAX, &world.seed); break;
		case 'T': bad |= num_parse(optarg, 1, 1000000, &seconds); break;
		case 'e': bad |= num_parse(optarg, 1, 100000, &every); break;
		case 't': only = optarg; break;
		default: usage();
		}
	}
	if (bad != 0 || optind != argc)
		usage();
}

/* --- One round --- */

static void add_one(const char *name)
{
	struct trial t = { .world = &world };

	if (!trial_parse(&t, name))
		usage();
	sweep_add(t.kind, &t.cut);
}

static void add_all(void)
{
	/* Less than the master has, all that it has, what the node holds, more. */
	static const uint64_t ends[] = { 1, 3, 8, 17, 18, 19 };

	for (int k = PULL; k < KINDS; k++) {
		if (k == REGISTRATION && world.no_registration != NULL)
			printf("skipped: registration: %s\n", world.no_registration);
		else
			sweep_add_all((enum kind)k, every);
		if (k != REGISTRATION)
			sweep_add_ends((enum kind)k, ends, sizeof(ends) / sizeof(ends[0]));
	}
}

static int round_of(unsigned n)
{
	const struct shape *s = world.shape;
	bool other = n % 2 == 1;

	world.large = other;
	world.pace[PULL] = other ? PACE_BURST : PACE_STEPS;
	world.pace[PUSH] = other ? PACE_STEPS : PACE_BURST;
	world_make(&world);
	printf("seed %" PRIu64 ": pull %zu + %zu bytes, push %zu + %zu, registration %zu + %zu\n",
	    world.seed, s[PULL].len[UP], s[PULL].len[DOWN], s[PUSH].len[UP], s[PUSH].len[DOWN],
	    s[REGISTRATION].len[UP], s[REGISTRATION].len[DOWN]);
	sweep_begin(&world);
	if (only != NULL) {
		add_one(only);
	} else {
		add_all();
		versions_run(&world, &versions_passed, &versions_failed);
	}
	sweep_say();
	sweep_run(&stopped);
	world.seed++;
	return world_remove(&world);
}

int main(int argc, char **argv)
{
	int64_t began = monotonic_ms();
	size_t passed, failed;
	unsigned round = 0;
	int rc;

	msg_init("cut");
	read_options(argc, argv);
	msg_more(-2); /* errors only: each session warns of the gaps */
	setvbuf(stdout, NULL, _IONBF, 0);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = stop }, NULL);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop }, NULL);
	proof_init();
	do {
		rc = round_of(round++);
	} while (rc == 0 && !stopped && monotonic_ms() - began < (int64_t)seconds * 1000);
	if (rc == -1)
		msg_error("removing %s: %m", world.top);
	sweep_figures(&passed, &failed);
	printf("%u rounds in %.1f s\n", round, (double)(monotonic_ms() - began) / 1000);
	printf("other versions of protocol and format: %zu\n", versions_passed + versions_failed);
	passed += versions_passed;
	failed += versions_failed;
	printf("cut: %zu passed, %zu failed\n", passed, failed);
	return rc == 0 && failed == 0 && !stopped ? 0 : 1;
}
