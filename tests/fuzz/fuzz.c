/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/msg.h"
#include "common/exchange/proof.h"

#include "common/base/banned.h"

#define GOALS_MAX 16
/* Before are those of the beginning: what a run makes is never what it
 * found. */
#define RANDOM_OF_RUNS 1000000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* clang-format off */
const uint8_t test_hash[HASH_SIZE] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };
/* clang-format on */
const uint8_t other_hash[HASH_SIZE] = { 0xff };
uint8_t test_secret[SECRET_SIZE];

static const struct target *target;
static unsigned long goal_count[GOALS_MAX];
static char temp[512];
static uint64_t random_at;

void require_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

void show(const char *what, const char *text)
{
	if (getenv("FUZZ_SHOW") != NULL && text[0] != '\0')
		fprintf(stderr, "%s: %s\n", what, text);
}

void reached(unsigned i)
{
	goal_count[i]++;
}

/* --- Input --- */

unsigned input_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

unsigned input_u16(struct input *in)
{
	unsigned low = input_byte(in);

	return low | input_byte(in) << 8;
}

const uint8_t *input_take(struct input *in, size_t *len)
{
	const uint8_t *from = in->at;

	if (*len > in->left)
		*len = in->left;
	in->at += *len;
	in->left -= *len;
	return from;
}

char *input_string(struct input *in)
{
	const uint8_t *nul = in->left > 0 ? memchr(in->at, '\0', in->left) : NULL;
	size_t len = nul != NULL ? (size_t)(nul - in->at) : in->left;
	char *s = malloc(len + 1);

	require(s != NULL);
	if (len > 0)
		memcpy(s, in->at, len);
	s[len] = '\0';
	in->at += len + (nul != NULL);
	in->left -= len + (nul != NULL);
	return s;
}

bool is_printable(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] < 0x20 || s[i] > 0x7e)
			return false;
	}
	return true;
}

/* --- Surroundings --- */

/* A stand-in for the system's random numbers: the same in every run. */
static const char *random_name(void)
{
	return "counter";
}

static void random_fill(void *to, const size_t len)
{
	unsigned char seed[randombytes_SEEDBYTES] = { 0 };

	memcpy(seed, &random_at, sizeof(random_at));
	random_at++;
	randombytes_buf_deterministic(to, len, seed);
}

static uint32_t random_number(void)
{
	uint32_t v;

	random_fill(&v, sizeof(v));
	return v;
}

static randombytes_implementation counter_random = {
	.implementation_name = random_name,
	.random = random_number,
	.buf = random_fill,
};

static void restart_random(void)
{
	random_at = RANDOM_OF_RUNS;
}

static void remove_temp(void)
{
	if (temp[0] != '\0')
		dir_remove_tree(AT_FDCWD, temp);
}

const char *temp_dir(void)
{
	const char *top = getenv("TMPDIR");

	if (temp[0] == '\0') {
		snprintf(temp, sizeof(temp), "%s/bijk-fuzz.XXXXXX", top != NULL ? top : "/tmp");
		require(mkdtemp(temp) != NULL);
		atexit(remove_temp);
	}
	return temp;
}

char *temp_path(const char *name)
{
	char *path = path_join(temp_dir(), name);

	require(path != NULL);
	return path;
}

/* Freed memory is not kept aside by the hundred megabytes: inputs are small,
 * and many. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=8:thread_local_quarantine_size_kb=64:malloc_context_size=10:"
	       "max_malloc_fill_size=0";
}

/* --- The program --- */

static const struct target *find_target(const char *name)
{
#define NAMED(x) &target_##x,
	static const struct target *const all[] = { TARGETS(NAMED) };
#undef NAMED

	for (size_t i = 0; name != NULL && i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(name, all[i]->name) == 0)
			return all[i];
	}
	return NULL;
}

static void report_goals(void)
{
	bool missed = false;

	if (getenv("FUZZ_GOALS") == NULL)
		return;
	fprintf(stderr, "reached:");
	for (size_t i = 0; target->goals[i] != NULL; i++) {
		fprintf(stderr, "%s %s %lu", i > 0 ? "," : "", target->goals[i], goal_count[i]);
		missed |= goal_count[i] == 0;
	}
	fprintf(stderr, "\n");
	if (missed) {
		fprintf(
		    stderr, "%s: its corpus no longer reaches all that it should\n", target->name);
		remove_temp();
		_exit(1);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("FUZZ_TARGET");

	if (find_target(name) == NULL && *argc > 1) {
		name = (*argv)[1];
		(*argv)[1] = (*argv)[0];
		++*argv;
		--*argc;
	}
	target = find_target(name);
	if (target == NULL) {
#define NAME(x) " " #x
		fprintf(
		    stderr, "usage: fuzz TARGET [OPTIONS] [FILES]; targets:" TARGETS(NAME) "\n");
		exit(64);
	}
	/* libFuzzer starts itself again to minimize. */
	setenv("FUZZ_TARGET", target->name, 1);
	signal(SIGPIPE, SIG_IGN);
	randombytes_set_implementation(&counter_random);
	proof_init();
	secret_derive(test_hash, "m1", test_secret);
	msg_quiet_stderr();
	atexit(report_goals);
	if (target->begin != NULL)
		target->begin();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	restart_random();
	messages_forget();
	target->run(data, len);
	return 0;
}
