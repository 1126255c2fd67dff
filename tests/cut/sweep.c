/* SPDX-License-Identifier: ISC */
/*
 * Every cut of every kind of session. Trials of a silent line sleep until the programs' deadlines, so
 * workers of their own begin many and end them one after another; the others take one at a time.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "tests/cut/sweep.h"

#include "common/base/banned.h"

#define WORKERS_MAX 256
#define HOLD 48 /* silent trials that a worker has under way */

/* How long a trial takes, and whether it forks: by its class it finds its worker. */
enum class { SECONDS_30, SECONDS_10, SECONDS_1, AT_ONCE, FORKED_30, FORKED_AT_ONCE, CLASSES };

struct item {
	enum kind kind;
	struct cut cut;
};

struct list {
	struct item *v;
	size_t n, room;
};

/* Shared with the workers. */
struct progress {
	_Atomic size_t next[CLASSES];
	_Atomic size_t done, failed;
};

static const struct world *world;
static struct list lists[CLASSES];
static struct progress *progress;

/* --- What is to be tried --- */

static void add(enum class class, enum kind k, const struct cut *c)
{
	struct list *l = &lists[class];

	if (l->n == l->room) {
		l->room = l->room == 0 ? 1024 : l->room * 2;
		l->v = reallocarray(l->v, l->room, sizeof(*l->v));
		if (l->v == NULL)
			die(EX_OSERR, "out of memory");
	}
	l->v[l->n++] = (struct item){ .kind = k, .cut = *c };
}

void sweep_add(enum kind k, const struct cut *c)
{
	unsigned seconds = c->how == CUT_SILENCE ? trial_silence(world, k, c) : 0;

	if (k == REGISTRATION)
		add(seconds == 0 ? FORKED_AT_ONCE : FORKED_30, k, c);
	else if (seconds == 0)
		add(AT_ONCE, k, c);
	else
		add(seconds == 1 ? SECONDS_1 : seconds > 10 ? SECONDS_30 : SECONDS_10, k, c);
}

void sweep_add_all(enum kind k, size_t every)
{
	static const enum how hows[] = { CUT_FIN, CUT_RST, CUT_SILENCE };
	const struct shape *s = &world->shape[k];

	for (int f = UP; f <= DOWN; f++) {
		for (size_t at = 0; at <= s->len[f]; at += every) {
			for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
				struct cut c = { .flow = (enum flow)f, .at = at, .how = hows[i] };
				sweep_add(k, &c);
			}
		}
	}
}

void sweep_add_ends(enum kind k, const uint64_t *ends, size_t n)
{
	const struct shape *s = &world->shape[k];

	for (size_t f = 0; f < s->frames; f++) {
		for (size_t i = 0; i < n; i++) {
			struct cut c = {
				.flow = UP, .at = s->behind[f], .how = CUT_END, .lie = ends[i]
			};
			sweep_add(k, &c);
		}
	}
}

/* --- Workers --- */

static void begin(struct trial *t)
{
	if (t->kind == REGISTRATION)
		registration_begin(t);
	else
		exchange_begin(t);
}

/* Where the next one would be: it grows when somebody leaves one open. */
static int lowest_descriptor(void)
{
	int fd = dup(STDIN_FILENO);

	close_fd(fd);
	return fd;
}

static void finish(struct trial *t)
{
	if (t->kind == REGISTRATION)
		registration_end(t);
	else
		exchange_end(t);
	if (t->alone && lowest_descriptor() != t->spare)
		trial_fault(t, "a descriptor is left open");
	trial_remove(t);
	progress->done++;
	if (t->failed)
		progress->failed++;
}

static _Noreturn void work(enum class class, size_t hold)
{
	struct trial *t = calloc(hold, sizeof(*t));
	struct outcome *o = outcomes(2 * hold);
	const struct list *l = &lists[class];
	struct sockaddr_in a;
	int listener = link_listen(&a);
	size_t n;

	if (t == NULL)
		die(EX_OSERR, "out of memory");
	do {
		for (n = 0; n < hold; n++) {
			size_t i = progress->next[class]++;
			if (i >= l->n)
				break;
			t[n] = (struct trial){ .world = world,
				.kind = l->v[i].kind,
				.cut = l->v[i].cut,
				.listener = listener,
				.address = a,
				.alone = hold == 1,
				.node = { .outcome = &o[2 * n], .thread = t[n].node.thread },
				.master = {
				    .outcome = &o[2 * n + 1], .thread = t[n].master.thread } };
			t[n].spare = lowest_descriptor();
			begin(&t[n]);
		}
		for (size_t i = 0; i < n; i++)
			finish(&t[i]);
	} while (n == hold);
	_exit(0);
}

static pid_t start_worker(enum class class, size_t hold)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == -1)
		die(EX_OSERR, "fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EX_OSERR);
	work(class, hold);
}

static size_t holders(enum class class)
{
	return (lists[class].n + HOLD - 1) / HOLD;
}

void sweep_begin(const struct world *w)
{
	world = w;
	if (progress == NULL)
		progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		die(EX_OSERR, "shared memory: %s", strerror(errno));
	for (int c = 0; c < CLASSES; c++)
		progress->next[c] = lists[c].n = 0;
}

void sweep_run(const volatile sig_atomic_t *stopped)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t some = (size_t)(cores > 0 ? cores : 1) * 2;
	/* Those of 30 s are all under way at once, the others in turn. */
	size_t workers[CLASSES] = { holders(SECONDS_30), 2, 3, some, holders(FORKED_30), some };
	pid_t pids[WORKERS_MAX];
	size_t n = 0;
	int status;

	for (int c = 0; c < CLASSES; c++) {
		bool alone = c == AT_ONCE || c == FORKED_AT_ONCE;
		for (size_t i = 0; i < workers[c] && lists[c].n > 0 && n < WORKERS_MAX; i++)
			pids[n++] = start_worker((enum class)c, alone ? 1 : HOLD);
	}
	while (n > 0 && !*stopped) {
		pid_t pid = wait(&status);
		if (pid == -1)
			continue;
		for (size_t i = 0; i < n; i++) {
			if (pids[i] == pid)
				pids[i] = pids[--n];
		}
		if (status != 0) {
			printf("a worker died: wait status %#x\n", (unsigned)status);
			progress->failed++;
			progress->done++;
		}
	}
	/* What they forked dies with them. */
	for (size_t i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
}

void sweep_figures(size_t *passed, size_t *failed)
{
	*failed = progress->failed;
	*passed = progress->done - progress->failed;
}

void sweep_say(void)
{
	size_t silent = lists[SECONDS_30].n + lists[SECONDS_10].n + lists[SECONDS_1].n;

	printf("exchange: %zu cuts by FIN, RST or a forged END, %zu by silence\n", lists[AT_ONCE].n,
	    silent);
	printf("registration: %zu cuts by FIN or RST, %zu by silence\n", lists[FORKED_AT_ONCE].n,
	    lists[FORKED_30].n);
}
