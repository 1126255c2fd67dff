/* SPDX-License-Identifier: ISC */
#include "master/pull/pull.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/sandbox.h"
#include "common/exchange/lines.h"
#include "common/ssh/diagnosis.h"
#include "master/pull/ssh.h"
#include "master/receive.h"
#include "master/receive_state.h"

#include "common/base/banned.h"

__attribute__((format(printf, 3, 4))) static void failed(
    struct pull_result *r, int exit_code, const char *fmt, ...)
{
	va_list ap;

	r->exit_code = exit_code;
	va_start(ap, fmt);
	vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
}

/* --- What somebody who looks on is told: ssh's steps, and then the session's --- */

struct onlooker {
	void (*step)(const char *text); /* NULL: nobody looks on */
	const struct pull_ssh *ssh;
	bool told; /* of ssh's steps */
};

static void tell_of_ssh(struct onlooker *o, const char *said, bool answered)
{
	char text[SSH_STEPS][SSH_STEP_TEXT];
	size_t n;

	if (o->step == NULL || o->told)
		return;
	o->told = true;
	n = ssh_steps(said, text);
	for (size_t i = 0; i < n; i++)
		o->step(text[i]);
	if (answered && n < SSH_STEPS)
		o->step("ssh is logged in, over a connection that was kept");
}

static void session_step(void *arg, const char *text)
{
	struct onlooker *o = arg;

	/* The first that a session tells of is the node's answer, which came through ssh. */
	if (!o->told) {
		char *said = pull_ssh_said(o->ssh);
		tell_of_ssh(o, said != NULL ? said : "", true);
		free(said);
	}
	o->step(text);
}

/* --- One pull --- */

/* The session failed: was it the node's bijk-login that failed, or did ssh not get so far? */
static void explain(struct pull_result *r, const struct receive *session, const char *said)
{
	const struct fail *f = &session->fail;
	struct ssh_verdict v = ssh_explain(said);

	if (session->name[0] != '\0' || f->code != ERR_NONE) {
		failed(r, f->exit_code, "%s", f->text);
		return;
	}
	if (v.trouble == SSH_TROUBLE_NONE) {
		failed(r, v.words[0] != '\0' ? v.exit_code : f->exit_code, "%s%s%s", f->text,
		    v.words[0] != '\0' ? "; ssh: " : "", v.words);
		return;
	}
	failed(r, v.exit_code, "%s", v.sentence);
	snprintf(r->check, sizeof(r->check), "%s", v.check);
}

/* From here on: what is kept of this node, ssh's ends, and to end it. */
static int restrict_to(
    struct store *s, const char *name, const struct pull_ssh *ssh, struct pull_result *r)
{
	struct sandbox box = { .needs = SANDBOX_FILES | SANDBOX_LOG | SANDBOX_THREADS,
		.group = ssh->child.group };
	const char *part = "the directory of the archive";

	if (store_session_reach(s, name, box.dirs) == 0 && sandbox_enter(&box, &part) == 0)
		return 0;
	failed(r, EX_OSERR, "restricting this process: %s: %s", part, strerror(errno));
	return -1;
}

static void keep_key(struct node_state *st, const void *arg)
{
	snprintf(st->pull_key, sizeof(st->pull_key), "%s", (const char *)arg);
}

/* Which of our keys it took, for a rotation to know. */
static void note_key(
    struct store *s, const char *name, const struct node_state *st, const char *said)
{
	char key[64];

	if (ssh_key_taken(said, key) && strcmp(key, st->pull_key) != 0)
		store_state_change(s, name, keep_key, key);
}

static void run(const struct master_config *c, struct store *s, const struct node *n,
    const struct node_state *st, const char *address, const char *known_hosts,
    void (*step)(const char *text), struct pull_result *r)
{
	struct pull_ssh ssh;
	struct onlooker onlooker = { .step = step, .ssh = &ssh };
	struct receive session = { .store = s,
		.config = c,
		.direction = DIRECTION_PULL,
		.node = n->name,
		.address = address,
		.proof_seconds = PROOF_SECONDS,
		.timeout = c->pull_timeout,
		.overlap = true,
		.step = step != NULL ? session_step : NULL,
		.onlooker = &onlooker };
	char *said;

	if (pull_ssh_start(&ssh, c, s, n, address, known_hosts) == -1)
		failed(r, EX_OSERR, "starting %s: %s", c->ssh, strerror(errno));
	else if (restrict_to(s, n->name, &ssh, r) == 0 &&
	    receive_session(&session, ssh.in, ssh.out) == 0)
		r->good = true;
	r->records = session.records;
	r->busy = session.fail.code == ERR_BUSY;
	said = pull_ssh_end(&ssh);
	tell_of_ssh(&onlooker, said != NULL ? said : "", false);
	if (r->good && said != NULL)
		note_key(s, n->name, st, said);
	if (!r->good && r->reason[0] == '\0')
		explain(r, &session, said != NULL ? said : "");
	free(said);
}

/* Where a node has two addresses, what is wrong at one need not be so at the other. */
static void name_address(struct pull_result *r, const struct node *n, const char *address)
{
	char reason[FAIL_TEXT_MAX];

	if (n->address[0] != '\0' || n->reg_address[0] == '\0' || n->reg_source[0] == '\0' ||
	    strcmp(n->reg_address, n->reg_source) == 0)
		return;
	snprintf(reason, sizeof(reason), "%s", r->reason);
	snprintf(r->reason, sizeof(r->reason), "at %s: %.400s", address, reason);
}

void pull_node(const struct master_config *c, struct store *s, const char *name,
    void (*step)(const char *text), struct pull_result *r)
{
	char *known_hosts = NULL;
	struct node_state st;
	struct node n;

	*r = (struct pull_result){ .began = now_s() };
	if (store_node_and_state(s, name, &n, &st) == -1) {
		failed(r, errno == ENOENT ? EX_DATAERR : EX_IOERR, "reading its settings: %s",
		    strerror(errno));
	} else if ((known_hosts = store_known_hosts(s, name)) == NULL) {
		r->unknown = errno == ENOENT;
		failed(r, EX_TEMPFAIL, "no host key of it is pinned: it has not registered yet");
		snprintf(r->check, sizeof(r->check),
		    "bijk-keyreg on the node, or bring its card with bijk-master import");
	} else {
		run(c, s, &n, &st, node_address(&n, &st), known_hosts, step, r);
		if (!r->good)
			name_address(r, &n, node_address(&n, &st));
	}
	if (!r->good && !r->busy && !r->unknown)
		receive_failed(s, name, DIRECTION_PULL, r->began, r->reason);
	free(known_hosts);
}
