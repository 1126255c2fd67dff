/* SPDX-License-Identifier: ISC */
#include "tests/cut/party.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define FORK_SECONDS 60 /* for a limit on processes to pass: those that only sleep will end */
#define STACK (512u << 10)

struct outcome *outcomes(size_t n)
{
	void *p = mmap(NULL, n * sizeof(struct outcome), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die(EX_OSERR, "shared memory: %s", strerror(errno));
	return p;
}

/* --- A thread --- */

/*
 * It does one piece of work after another. A thread for each would lose what the libraries keep for
 * a thread, as zstd's memory, with every session.
 */
struct thread {
	pthread_t id;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct party *party; /* its work; NULL: done */
	void (*run)(void *arg);
	void *arg;
};

static void *work(void *arg)
{
	struct thread *t = arg;

	pthread_mutex_lock(&t->mutex);
	for (;;) {
		struct party *p = t->party;
		if (p == NULL) {
			pthread_cond_wait(&t->changed, &t->mutex);
			continue;
		}
		pthread_mutex_unlock(&t->mutex);
		t->run(t->arg);
		p->outcome->ended_ms = monotonic_ms();
		p->outcome->returned = true;
		ends_close(&p->ends);
		pthread_mutex_lock(&t->mutex);
		t->party = NULL;
		pthread_cond_broadcast(&t->changed);
	}
	return NULL;
}

static struct thread *start_thread(void)
{
	struct thread *t = calloc(1, sizeof(*t));
	pthread_condattr_t clock;
	pthread_attr_t attr;
	int why;

	if (t == NULL)
		die(EX_OSERR, "out of memory");
	pthread_mutex_init(&t->mutex, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &clock);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	why = pthread_create(&t->id, &attr, work, t);
	if (why != 0)
		die(EX_OSERR, "a thread: %s", strerror(why));
	pthread_attr_destroy(&attr);
	return t;
}

void party_run(struct party *p, void (*run)(void *arg), void *arg)
{
	*p->outcome = (struct outcome){ .returned = false };
	if (p->thread == NULL)
		p->thread = start_thread();
	pthread_mutex_lock(&p->thread->mutex);
	p->thread->party = p;
	p->thread->run = run;
	p->thread->arg = arg;
	pthread_cond_broadcast(&p->thread->changed);
	pthread_mutex_unlock(&p->thread->mutex);
}

bool party_join(struct party *p, deadline_t d)
{
	struct timespec t = { .tv_sec = d / 1000, .tv_nsec = d % 1000 * 1000000 };
	struct thread *thread = p->thread;
	int rc = 0;

	pthread_mutex_lock(&thread->mutex);
	while (thread->party != NULL && rc == 0)
		rc = pthread_cond_timedwait(&thread->changed, &thread->mutex, &t);
	pthread_mutex_unlock(&thread->mutex);
	return rc == 0;
}

/* --- A process --- */

bool party_fork(struct party *p)
{
	deadline_t d = deadline_in_s(FORK_SECONDS);
	pid_t parent = getpid();

	*p->outcome = (struct outcome){ .returned = false };
	while ((p->pid = fork()) == -1 && errno == EAGAIN && !deadline_passed(d))
		sleep_ms(50);
	if (p->pid == -1)
		die(EX_OSERR, "fork: %s", strerror(errno));
	if (p->pid > 0) {
		ends_close(&p->ends);
		return false;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EX_OSERR);
	if (p->ends.in != -1 &&
	    (dup2(p->ends.in, STDIN_FILENO) == -1 || dup2(p->ends.out, STDOUT_FILENO) == -1))
		_exit(EX_OSERR);
	close_range(STDERR_FILENO + 1, ~0u, 0);
	return true;
}

void party_exit(struct party *p, int status)
{
	p->outcome->ended_ms = monotonic_ms();
	p->outcome->returned = true;
	_exit(status);
}

int party_wait(struct party *p, deadline_t d)
{
	int status = -1, pause = 1;

	while (waitpid(p->pid, &status, WNOHANG) == 0) {
		if (deadline_passed(d)) {
			kill(p->pid, SIGKILL);
			waitpid(p->pid, &status, 0);
			return -1;
		}
		sleep_ms(pause);
		pause += pause < 20;
	}
	return status;
}
