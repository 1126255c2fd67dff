/* SPDX-License-Identifier: ISC */
/* Trials of the exchange: send_session() and receive_session() in a thread each. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/exchange/lines.h"
#include "common/exchange/sender.h"
#include "master/receive.h"
#include "tests/cut/durable.h"
#include "tests/cut/exchange_check.h"
#include "tests/cut/plan.h"

#include "common/base/banned.h"

#define QUIET_SECONDS 1 /* the shortest that the configuration takes */
#define PUSH_PROOF_SECONDS 5
#define DRAIN_SECONDS 10

/* --- One session --- */

static void keep_fail(struct outcome *o, int rc, const struct fail *f)
{
	o->rc = rc;
	o->code = f->code;
	o->exit_code = f->exit_code;
	snprintf(o->text, sizeof(o->text), "%s", f->text);
}

static void run_node(void *arg)
{
	struct trial *t = arg;
	struct send s = { .config = &t->node_config,
		.direction = t->kind == PULL ? DIRECTION_PULL : DIRECTION_PUSH,
		.master = t->kind == PUSH ? t->master_config.name : NULL,
		.timeout = t->timeout };
	int rc;

	memcpy(s.hash, t->world->hash, sizeof(s.hash));
	rc = send_session(&s, t->node.ends.in, t->node.ends.out);
	t->node.outcome->records = s.records;
	keep_fail(t->node.outcome, rc, &s.fail);
}

static void run_master(void *arg)
{
	struct trial *t = arg;
	struct receive r = { .config = &t->master_config,
		.direction = t->kind == PULL ? DIRECTION_PULL : DIRECTION_PUSH,
		.node = t->kind == PULL ? EXCHANGE_NODE : NULL,
		.address = "",
		.proof_seconds = t->kind == PULL ? PROOF_SECONDS : PUSH_PROOF_SECONDS,
		.overlap = t->kind == PULL,
		.timeout = t->timeout };
	int rc;

	r.store = store_open(&t->master_config);
	if (r.store == NULL)
		die(EX_IOERR, "opening %s: %s", t->master_config.state, strerror(errno));
	rc = receive_session(&r, t->master.ends.in, t->master.ends.out);
	store_close(r.store);
	t->master.outcome->records = r.records;
	keep_fail(t->master.outcome, rc, &r.fail);
}

/* Joins the two, and passes on until the cut or the end. */
static void session(struct trial *t, enum joint j, const struct cut *cut, uint64_t timeout)
{
	t->timeout = timeout;
	t->link = (struct link){
		.cut = *cut, .pace = t->world->pace[t->kind], .from = { -1, -1 }, .to = { -1, -1 }
	};
	if (link_join(&t->link, UP, j, t->listener, &t->address, &t->node.ends) == -1 ||
	    link_join(&t->link, DOWN, j, t->listener, &t->address, &t->master.ends) == -1)
		die(EX_OSERR, "joining: %s", strerror(errno));
	party_run(&t->node, run_node, t);
	party_run(&t->master, run_master, t);
	if (!link_run(&t->link, deadline_in_s(LIMIT_SECONDS)))
		trial_fault(t, "the session came to no end");
}

/* Both have returned, each in its time. */
static void join(struct trial *t, uint64_t node_seconds, uint64_t master_seconds)
{
	trial_join(t, "the node", &t->node, node_seconds);
	trial_join(t, "the master", &t->master, master_seconds);
	link_close(&t->link);
}

void exchange_session(struct trial *t)
{
	const struct cut none = { .how = CUT_NOT };

	session(t, JOINT_LOCAL, &none, LIMIT_SECONDS);
	join(t, LIMIT_SECONDS, LIMIT_SECONDS);
}

/* --- A silent line --- */

/* How long each may wait, of a silent line. */
static uint64_t node_waits(const struct trial *t)
{
	const struct shape *s = &t->world->shape[t->kind];

	return t->link.said[DOWN].passed < s->proved ? PROOF_SECONDS : t->timeout;
}

static uint64_t master_waits(const struct trial *t)
{
	const struct shape *s = &t->world->shape[t->kind];

	if (t->link.said[UP].passed < s->node)
		return t->kind == PULL ? PROOF_SECONDS : PUSH_PROOF_SECONDS;
	return t->timeout + (exchange_end_passed(&t->link) ? DRAIN_SECONDS : 0);
}

unsigned trial_silence(const struct world *w, enum kind k, const struct cut *c)
{
	const struct shape *s = &w->shape[k];

	if (k == REGISTRATION || (c->flow == DOWN && c->at < s->proved) ||
	    (c->flow == UP && c->at <= s->node))
		return PROOF_SECONDS;
	if (c->at >= (c->flow == DOWN ? s->at_end : s->len[UP]))
		return DRAIN_SECONDS;
	return QUIET_SECONDS;
}

/* --- All of it --- */

void exchange_begin(struct trial *t)
{
	enum joint j = t->kind == PULL && t->cut.how != CUT_RST ? JOINT_LOCAL : JOINT_TCP;
	uint64_t timeout = t->cut.how == CUT_SILENCE ? QUIET_SECONDS : LIMIT_SECONDS;

	trial_dirs(t);
	if (t->alone)
		durable_watch();
	session(t, j, &t->cut, timeout);
	/* A loaded machine may not come to the cut in a second. */
	while (t->link.cut_ms == 0 && t->cut.how == CUT_SILENCE && timeout < LIMIT_SECONDS) {
		join(t, LIMIT_SECONDS, LIMIT_SECONDS);
		trial_remove(t);
		trial_dirs(t);
		timeout *= 4;
		session(t, j, &t->cut, timeout);
	}
}

void exchange_end(struct trial *t)
{
	uint64_t next, early;

	if (t->link.cut_ms == 0)
		trial_fault(t, "the line was not cut: the session said less");
	join(t, node_waits(t), master_waits(t));
	early = durable_end();
	if (early != 0)
		trial_fault(t, "the master said ACK %" PRIu64 " before it was durable", early);
	next = exchange_next(t);
	exchange_check_cut(t, next);
	exchange_session(t);
	exchange_check_next(t, next);
}

/* --- Before --- */

static void make_master(const struct world *w, const char *state)
{
	struct master_config c = w->master;
	struct node n = {
		.name = EXCHANGE_NODE, .mode = NODE_AUTO, .min_period = 0, .pull_period = NODE_UNSET
	};
	struct store *s;

	c.state = (char *)(uintptr_t)state;
	secret_derive(w->hash, w->master.name, n.secret);
	s = store_open(&c);
	if (s == NULL || store_node_put(s, &n) == -1)
		die(EX_IOERR, "making the store %s: %s", state, strerror(errno));
	store_close(s);
}

static void measure(struct world *w, enum kind k)
{
	struct trial t = { .world = w, .kind = k };
	struct shape *s = &w->shape[k];
	struct outcome o[2];
	struct piece p = { .to = 0 };

	t.node.outcome = &o[0];
	t.master.outcome = &o[1];
	trial_dirs(&t);
	exchange_session(&t);
	if (t.failed || o[0].rc != 0 || o[1].rc != 0)
		die(EX_SOFTWARE, "the session that nothing cuts: node: %s; master: %s", o[0].text,
		    o[1].text);
	while (stream_next(&t.link.said[UP], t.link.said[UP].len, &p)) {
		if (p.word == WORD_NODE)
			s->node = p.to;
		if (p.word == WORD_DATA && s->frames < DATA_MAX)
			s->behind[s->frames++] = p.to;
	}
	stream_count(&t.link.said[DOWN], t.link.said[DOWN].len, WORD_FROM, &p);
	s->proved = p.to;
	s->at_end = t.link.down_at_end;
	s->len[UP] = t.link.said[UP].len;
	s->len[DOWN] = t.link.said[DOWN].len;
	if (s->frames != PLAN_FRAMES)
		die(EX_SOFTWARE, "the session has %zu DATA", s->frames);
	trial_remove(&t);
}

void exchange_prepare(struct world *w)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/exchange", w->top);
	close_fd(dir_make(AT_FDCWD, path, 0700));
	snprintf(path, sizeof(path), "%s/exchange/master", w->top);
	make_master(w, path);
	snprintf(path, sizeof(path), "%s/exchange/node", w->top);
	close_fd(dir_make(AT_FDCWD, path, 0700));
	snprintf(path, sizeof(path), "%s/exchange/node/spool", w->top);
	plan_spool(w, path);
	measure(w, PULL);
	measure(w, PUSH);
}
