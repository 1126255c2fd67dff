/* SPDX-License-Identifier: ISC */
/*
 * Two queues, one for slow nodes, before one table of workers. A worker reports
 * its result itself, and ends with its exit code.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/deadline.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/sandbox.h"
#include "common/base/start.h"
#include "common/base/term.h"
#include "master/pull/pull.h"
#include "master/receive.h"

#include "common/base/banned.h"

#define PAUSE_MS 200	/* while other runs hold all slots */
#define PASSED_OVER 127 /* exit code of a worker: another session is running */

struct worker {
	pid_t pid; /* 0: free */
	int64_t began;
	const struct pull_turn *turn;
};

struct workers {
	struct pull_run *run;
	struct worker *v;
	size_t n, busy;
	size_t next[2]; /* positions in the queues: the others, the slow */
	deadline_t start_until;
};

static void count_failed(struct pull_run *r, int code)
{
	r->failed++;
	r->unreachable += code == EX_UNAVAILABLE;
	r->last_code = code;
}

static void tell_busy(const struct pull_run *r, const char *name)
{
	msg(r->why == PULL_NAMED ? MSG_ERROR : MSG_INFO, "%s: busy: another session is running",
	    name);
}

static void pass_over(struct pull_run *r)
{
	if (r->why == PULL_NAMED)
		count_failed(r, EX_TEMPFAIL);
}

/*
 * Is it still this node's turn, with no session at work? Another run may have
 * come first: the state is read again. Returns a lock that keeps other runs off
 * while its descriptor is open, or -1.
 */
static int claim_node(struct pull_run *r, const char *name)
{
	struct node_state st;
	struct node n;
	int session = store_session_lock(r->store, name), lock;

	if (session == -1 && errno == EWOULDBLOCK) {
		tell_busy(r, name);
		pass_over(r);
		return -1;
	}
	close_fd(session);
	lock = store_pull_lock(r->store, name);
	if (lock == -1 && errno == EWOULDBLOCK && r->why != PULL_DUE) {
		tell_busy(r, name);
		pass_over(r);
	}
	/* -1: removed meanwhile. */
	if (lock != -1 && store_node_and_state(r->store, name, &n, &st) == 0 &&
	    (r->why != PULL_DUE ||
		pull_due(name, r->config->name, pull_period(&n, r->config), &st, now_s())))
		return lock;
	close_fd(lock);
	return -1;
}

/* --- Workers --- */

static struct worker *find_worker(struct workers *w, pid_t pid)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->v[i].pid == pid)
			return &w->v[i];
	}
	return NULL;
}

/* Pulls the node and reports it; the exit code. */
static int run_worker(const struct pull_run *r, const char *name)
{
	char count[RANGE_MAX];
	struct pull_result result;

	start_end_after(PULL_WORKER_SECONDS);
	pull_node(r->config, r->store, name, NULL, &result);
	if (result.good) {
		/* With -v only, and not to syslog: a fleet would fill it. */
		msg(msg_shows(MSG_INFO) ? MSG_INFO : MSG_DEBUG, "%s: %s", name,
		    num_show_count(count, result.records, "record"));
		return 0;
	}
	if (result.busy) {
		tell_busy(r, name);
		return PASSED_OVER;
	}
	msg_error("%s: %s%s%s", name, result.reason, result.check[0] != '\0' ? "; check " : "",
	    result.check);
	return result.exit_code;
}

/* From now on the worker alone has the descriptors that hold the slot and the
 * claim. */
static int start_worker(struct workers *w, const struct pull_turn *t)
{
	struct worker *k = find_worker(w, 0);
	pid_t pid = fork();

	if (pid == -1)
		return -1;
	if (pid == 0)
		_exit(run_worker(w->run, t->name));
	*k = (struct worker){ .pid = pid, .began = now_s(), .turn = t };
	w->busy++;
	return 0;
}

/* A killed worker has left nothing, not even in the state of the node. */
static void note_death(struct pull_run *r, const struct worker *k, int status)
{
	char reason[80];

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(
		    reason, sizeof(reason), "it did not finish within %d s", PULL_WORKER_SECONDS);
	else
		snprintf(
		    reason, sizeof(reason), "its worker was killed by signal %d", WTERMSIG(status));
	receive_failed(r->store, k->turn->name, DIRECTION_PULL, k->began, reason);
	msg_error("%s: %s", k->turn->name, reason);
	count_failed(r, EX_SOFTWARE);
}

/* Waits for one to end: its own limits end each. */
static void reap_worker(struct workers *w)
{
	struct worker *k;
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, 0);
	while (pid == -1 && errno == EINTR);
	k = pid > 0 ? find_worker(w, pid) : NULL;
	if (k == NULL)
		return;
	if (!WIFEXITED(status))
		note_death(w->run, k, status);
	else if (WEXITSTATUS(status) == PASSED_OVER)
		pass_over(w->run);
	else if (WEXITSTATUS(status) != 0)
		count_failed(w->run, WEXITSTATUS(status));
	else
		w->run->good++;
	k->pid = 0;
	w->busy--;
}

/* --- Queues --- */

static const struct pull_turn *queue_head(struct workers *w, bool slow)
{
	size_t *i = &w->next[slow];

	while (*i < w->run->n && w->run->turns[*i].slow != slow)
		(*i)++;
	return *i < w->run->n ? &w->run->turns[*i] : NULL;
}

/* Starts as many as there are slots for. 0, or -1: errno. */
static int start_queue(struct workers *w, bool slow)
{
	const struct pull_turn *t;

	while (w->busy < w->n && (t = queue_head(w, slow)) != NULL) {
		int rc = 0, slot = store_pull_place(w->run->store, w->run->config->parallel, slow);
		int claimed;
		if (slot == -1)
			return errno == EWOULDBLOCK ? 0 : -1;
		w->next[slow]++;
		claimed = claim_node(w->run, t->name);
		if (claimed != -1)
			rc = start_worker(w, t);
		close_fd(claimed);
		close_fd(slot);
		if (rc == -1)
			return -1;
	}
	return 0;
}

static int run_queues(struct workers *w)
{
	int error = 0; /* why no more can be started */

	for (;;) {
		bool may_start = w->run->why != PULL_DUE || !deadline_passed(w->start_until);
		if (error == 0 && may_start &&
		    (start_queue(w, false) == -1 || start_queue(w, true) == -1))
			error = errno;
		if (w->busy > 0) {
			reap_worker(w);
			progress("%zu of %zu nodes, %zu failed", w->run->good + w->run->failed,
			    w->run->n, w->run->failed);
		} else if (error != 0) {
			errno = error;
			return -1;
		} else if (w->run->why == PULL_DUE ||
		    (queue_head(w, false) == NULL && queue_head(w, true) == NULL)) {
			return 0;
		} else {
			sleep_ms(PAUSE_MS);
		}
	}
}

int pull_workers_run(struct pull_run *r)
{
	struct workers w = { .run = r,
		.n = r->n < r->config->parallel ? r->n : (size_t)r->config->parallel,
		.start_until = deadline_in_s(PULL_START_SECONDS) };
	int rc = -1;

	if (w.n == 0)
		return 0;
	sandbox_tell();
	w.v = calloc(w.n, sizeof(*w.v));
	if (r->why == PULL_ALL && msg_shows(MSG_INFO))
		progress_begin();
	if (w.v != NULL)
		rc = run_queues(&w);
	progress_end();
	free(w.v);
	return rc;
}
