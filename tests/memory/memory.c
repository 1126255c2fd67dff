/* SPDX-License-Identifier: ISC */
/*
 * memory [-l] [-s SEED] [-S SUBJECT [-n CALL]] BUILD DIR
 *
 * Lets allocation k of one program fail, for every k (-l; else for some of a program that has many), once and (-l: every time) from then on for good. It must end with
 * success or with an exit code, by no signal and in time; what it prints with exit code 0 must be what it
 * prints otherwise; and a restart with memory must find all that was promised. Worlds, restart and judge
 * are those of tests/crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/exchange/proof.h"
#include "tests/crash/trial.h"
#include "tests/memory/plan.h"
#include "tests/memory/subject.h"

#define WORKERS 2
#define END_MS 30000
#define CALLS 80   /* short: of a program with many allocations so many fail, evenly spread */
#define ON_EVERY 6 /* short: of so many calls one also fails for good */

static struct {
	bool all;
	const char *subject, *build, *dir;
	uint64_t only, seed;
} job = { .seed = 1 };

static struct memory_plan *plan; /* of the trial at hand */
static struct buf expected = BUF_INIT(1u << 20);

/* --- A world with an armed program --- */

static int link_to(const char *build, const char *what, const char *top, const char *name)
{
	char target[PATH_MAX], path[PATH_MAX];

	snprintf(target, sizeof(target), "%s/%s", build, what);
	snprintf(path, sizeof(path), "%s/%s", top, name);
	unlink(path);
	return symlink(target, path);
}

/* Instead of the victim armed.c lies in bin/, and in real/ all of them; bijk-login and bijk-recv in their dynamic form. */
static int arm(const struct trial *t)
{
	static const char *const programs[] = { "bijk-put", "bijk-login", "bijk-push",
		"bijk-keyreg", "bijk-cat", "bijk-pull", "bijk-recv", "bijk-keyrecv",
		"bijk-authkeys", "bijk-master" };
	char path[PATH_MAX], what[64], name[64];
	int fd;

	snprintf(path, sizeof(path), "%s/bin", t->world.top);
	if (unlink(path) == -1 || mkdir(path, 0700) == -1 ||
	    link_to(job.build, "tests/memory/real", t->world.top, PLAN_REAL) == -1 ||
	    link_to(job.build, "tests/memory/shim.so", t->world.top, PLAN_SHIM) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		bool victim = strcmp(programs[i], t->scenario->victim) == 0;
		snprintf(what, sizeof(what), "bin/%s", programs[i]);
		snprintf(name, sizeof(name), "bin/%s", programs[i]);
		if (link_to(job.build, victim ? "tests/memory/armed" : what, t->world.top, name) ==
		    -1)
			return -1;
	}
	snprintf(path, sizeof(path), "%s/%s", t->world.top, PLAN_FILE);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || ftruncate(fd, sizeof(*plan)) == -1)
		return -1;
	plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return plan == MAP_FAILED ? -1 : 0;
}

/* --- One failure --- */

/* A program that only reads, with what it prints. */
static int run_reader(
    struct trial *t, const struct subject *s, struct trace_result *r, struct buf *out)
{
	const struct trace_plan none = { .act = TRACE_COUNT, .ms = END_MS };
	char program[200], config[200];
	char *argv[9] = { program, (char *)"-f", config };
	struct trace_io io = { .in = -1, .err = t->world.said, .listen = -1, .env = t->world.env };
	int rc;

	snprintf(program, sizeof(program), "%s/bin/%s", t->world.top, s->s.victim);
	snprintf(config, sizeof(config), "%s/master.yml", t->world.top);
	for (size_t i = 0; s->reads[i] != NULL; i++)
		argv[3 + i] = (char *)s->reads[i];
	world_hush(&t->world);
	io.out = memfd_create("out", MFD_CLOEXEC);
	rc = io.out == -1 ? -1 : trace_run(argv, &io, &none, NULL, NULL, r);
	buf_reset(out);
	if (rc == 0 &&
	    (lseek(io.out, 0, SEEK_SET) == -1 || read_all(io.out, out, DEADLINE_NEVER) == -1))
		rc = -1;
	close_fd(io.out);
	return rc == -1 ? trial_broken(t, "running it") : 0;
}

static int run_victim(struct trial *t, const struct subject *s, uint64_t at, bool on,
    struct trace_result *r, struct buf *out)
{
	const struct trace_plan none = { .act = TRACE_COUNT, .ms = END_MS };
	int rc;

	plan->at = at;
	plan->on = on;
	plan->talk = job.only != 0;
	plan->made = plan->failed = 0;
	rc = s->reads[0] != NULL ? run_reader(t, s, r, out)
				 : trial_work(t, s->s.work, &none, NULL, NULL, r);
	plan->at = 0;
	return rc;
}

static crypto_generichash_state digest;

static int add_to_digest(const char *path, const struct stat *st, int type, struct FTW *place)
{
	struct buf data = BUF_INIT(1u << 26);
	int rc = 0;

	(void)place;
	crypto_generichash_update(&digest, (const uint8_t *)path, strlen(path) + 1);
	if (type == FTW_F && S_ISREG(st->st_mode)) {
		rc = file_read(AT_FDCWD, path, &data);
		if (rc == 0 && data.len > 0)
			crypto_generichash_update(&digest, (const uint8_t *)data.data, data.len);
	}
	buf_free(&data);
	return rc;
}

/* States that are alike are judged once: not by the calls that made them, which nobody counted here, but by themselves. */
static int mark_state(const struct trial *t, struct trace_result *r)
{
	uint8_t mark[16];
	char now[160];

	snprintf(now, sizeof(now), "%s/now", t->world.top);
	crypto_generichash_init(&digest, NULL, 0, sizeof(mark));
	if (nftw(now, add_to_digest, 16, FTW_PHYS) != 0)
		return -1;
	crypto_generichash_final(&digest, mark, sizeof(mark));
	memcpy(&r->durable, mark, sizeof(r->durable));
	return 0;
}

/* A card without the port is good, too: where sshd cannot be asked for it, that is warned of. */
static bool good_bytes(const struct buf *out)
{
	const char *port = memmem(expected.data, expected.len, "PORT 22\n", 8);
	size_t before = port != NULL ? (size_t)(port - expected.data) : 0;

	if (out->len == expected.len)
		return out->len == 0 || memcmp(out->data, expected.data, out->len) == 0;
	return port != NULL && out->len + 8 == expected.len &&
	    memcmp(out->data, expected.data, before) == 0 &&
	    memcmp(out->data + before, port + 8, out->len - before) == 0;
}

/* What bijk-cat printed, by the oracle, which takes a payload in each form that JSON has for it; of others the bytes. */
static bool good_output(const struct trial *t, const struct subject *s, struct buf *out)
{
	struct judge j;
	FILE *in;
	int rc;

	if (strcmp(s->reads[0], "--json") != 0)
		return good_bytes(out);
	in = out->len > 0 ? fmemopen(out->data, out->len, "r") : NULL;
	if (in == NULL)
		return false;
	rc = judge_begin(&j, &t->world.journal, 0, NULL);
	if (rc == 0)
		rc = judge_json(&j, in, NULL);
	fclose(in);
	return judge_end(&j) == 0 && rc == 0;
}

static int try_failure(struct trial *t, const struct subject *s, uint64_t at, bool on)
{
	struct buf out = BUF_INIT(1u << 20);
	struct trace_result r;
	char fault[80];
	int rc = 0;

	snprintf(fault, sizeof(fault), "allocation %" PRIu64 " fails%s", at, on ? " for good" : "");
	if (world_restore(&t->world, &t->start) == -1)
		return trial_broken(t, "going back");
	if (run_victim(t, s, at, on, &r, &out) == -1)
		return -1;
	if (job.only != 0)
		printf("%s: %s: ended with %d\n", s->s.name, fault, r.code);
	t->totals->faults += plan->failed > 0;
	if (r.timed_out)
		rc = trial_wrong(t, fault, "it does not end");
	else if (r.signal != 0)
		rc = trial_wrong(t, fault, "%s is ended by signal %d", r.program, r.signal);
	else if (r.code < 0 || r.code >= 127)
		rc = trial_wrong(t, fault, "it ends with %d", r.code);
	else if (r.code == 0 && s->reads[0] != NULL && !good_output(t, s, &out))
		rc = trial_wrong(t, fault, "it prints this, and ends with 0:\n%s",
		    out.data != NULL ? out.data : "");
	buf_free(&out);
	if (rc == 0 && mark_state(t, &r) == -1)
		return trial_broken(t, "looking at what is left");
	return rc != 0 ? rc : trial_settle(t, &r, &t->good, fault);
}

/* --- One subject --- */

static int try_all(struct trial *t, const struct subject *s, unsigned worker)
{
	struct trace_result r;
	uint64_t n, step;
	int rc = arm(t) == -1 ? trial_broken(t, "arming it") : 0;

	if (rc == 0)
		rc = run_victim(t, s, UINT64_MAX, false, &r, &expected);
	if (rc == -1)
		return -1;
	n = plan->made;
	if (r.code != 0 || n == 0) {
		errno = 0;
		return trial_broken(t, n == 0 ? "the shim was not loaded" : "it fails by itself");
	}
	t->totals->calls = n;
	step = job.all || job.only != 0 || n < 2 * CALLS ? 1 : n / CALLS;
	for (uint64_t at = 1 + worker; rc != -1 && at <= n; at += WORKERS) {
		if (job.only != 0 ? at != job.only : (at / WORKERS + job.seed) % step != 0)
			continue;
		rc = try_failure(t, s, at, false);
		if (rc != -1 && (job.all || at / WORKERS / step % ON_EVERY == 0))
			rc = try_failure(t, s, at, true);
	}
	munmap(plan, sizeof(*plan));
	return rc;
}

static void work(unsigned worker, struct totals *tallies)
{
	for (size_t i = 0; i < n_subjects; i++) {
		struct trial t = {
			.scenario = &subjects[i].s, .totals = &tallies[i], .start.journal.fd = -1
		};
		char top[128];

		if (job.subject != NULL && strcmp(job.subject, subjects[i].s.name) != 0)
			continue;
		snprintf(top, sizeof(top), "%s/%u-%zu", job.dir, worker, i);
		if (trial_begin(&t, &subjects[i].s, top, job.build, job.seed) == 0)
			try_all(&t, &subjects[i], worker);
		trial_end(&t);
	}
	fflush(stdout);
}

static int report(const struct totals *tallies)
{
	uint64_t passed = 0, failed = 0, faults = 0;

	for (size_t i = 0; i < n_subjects; i++) {
		struct totals all = { .calls = 0 };
		if (job.subject != NULL && strcmp(job.subject, subjects[i].s.name) != 0)
			continue;
		for (unsigned w = 0; w < WORKERS; w++) {
			const struct totals *t = &tallies[w * n_subjects + i];
			all.calls = t->calls > all.calls ? t->calls : all.calls;
			all.faults += t->faults;
			all.states += t->states;
			all.failed += t->failed;
			all.broken |= t->broken || (t->calls == 0 && job.only == 0);
		}
		printf("%-14s %4" PRIu64 " allocations, %5" PRIu64 " failures, %3" PRIu64
		       " states judged, %" PRIu64 " wrong: %s\n",
		    subjects[i].s.name, all.calls, all.faults, all.states, all.failed,
		    subjects[i].s.what);
		faults += all.faults;
		if (all.failed > 0 || all.broken)
			failed++;
		else
			passed++;
	}
	printf("%" PRIu64 " failures tried\n", faults);
	printf("memory: %" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}

static uint64_t number(const char *s)
{
	uint64_t n;

	if (num_parse(s, 0, UINT64_MAX, &n) == -1)
		die(EX_USAGE, "%s is no number", s);
	return n;
}

int main(int argc, char **argv)
{
	struct totals *tallies;
	pid_t parent = getpid();
	int c;

	msg_init("memory");
	while ((c = getopt(argc, argv, "ln:s:S:")) != -1) {
		switch (c) {
		case 'l': job.all = true; break;
		case 'n': job.only = number(optarg); break;
		case 's': job.seed = number(optarg); break;
		case 'S': job.subject = optarg; break;
		default: exit(EX_USAGE);
		}
	}
	if (argc - optind != 2) {
		fputs("usage: memory [-l] [-s SEED] [-S SUBJECT [-n CALL]] BUILD DIR\n", stderr);
		exit(EX_USAGE);
	}
	job.build = argv[optind];
	job.dir = argv[optind + 1];
	proof_init();
	umask(077);
	tallies = mmap(NULL, WORKERS * n_subjects * sizeof(*tallies), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tallies == MAP_FAILED)
		die(EX_OSERR, "mmap: %s", strerror(errno));
	for (unsigned w = 0; w < WORKERS; w++) {
		fflush(stdout);
		switch (fork()) {
		case -1: die(EX_OSERR, "fork: %s", strerror(errno));
		case 0:
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == parent)
				work(w, tallies + w * n_subjects);
			_exit(0);
		}
	}
	while (wait(NULL) != -1 || errno == EINTR)
		;
	return report(tallies);
}
