/* SPDX-License-Identifier: ISC */
#include "master/pull/pull.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/io.h"
#include "common/base/sandbox.h"
#include "common/exchange/lines.h"
#include "common/ssh/diagnosis.h"
#include "common/ssh/ssh.h"
#include "master/pullkey.h"
#include "master/receive.h"

#include "common/base/banned.h"

#define CONNECT_SECONDS 15
#define LAST_WORDS_MS 2000
#define GRACE_MS 1000
#define SAID_MAX 262144 /* bytes that ssh may say */
/*
 * ssh spends much more time on a socket or a small pipe that fills up than on
 * the bytes themselves. Its standard input is a socket all the same: half of
 * that can be closed.
 */
#define PIPE_SIZE (1 << 20)
#define KEEP_PERIODS 2 /* a kept connection outlives the time to the next pull */

/*
 * One pull. What ssh says goes to a file in memory. A pipe could fill up while
 * the session runs, and stop ssh; the file is bounded instead: an ssh that
 * passes SAID_MAX is killed.
 */
struct pull {
	const struct master_config *config;
	struct store *store;
	const struct node *node;
	const struct node_state *state;
	const char *address, *known_hosts;
	struct pull_result *result;
	struct child ssh;
	int in, out, said; /* the session's ends, the file */
	void (*step)(const char *text);
	bool told; /* of ssh's steps */
};

__attribute__((format(printf, 3, 4))) static void set_failed(
    struct pull_result *r, int exit_code, const char *fmt, ...)
{
	va_list ap;

	r->exit_code = exit_code;
	va_start(ap, fmt);
	vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
}

/* --- ssh --- */

/* Runs it with the file as its standard error, and the limit for that; then
 * both are ours again. */
static int exec_ssh(struct pull *p, char *const *argv, int in, int out)
{
	struct rlimit own, low;
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	int rc = -1;

	if (saved == -1 || getrlimit(RLIMIT_FSIZE, &own) == -1)
		goto out;
	low = own;
	if (low.rlim_max == RLIM_INFINITY || low.rlim_max > SAID_MAX)
		low.rlim_cur = SAID_MAX;
	if (dup2(p->said, STDERR_FILENO) != -1 && setrlimit(RLIMIT_FSIZE, &low) == 0)
		rc = child_start_on(&p->ssh, argv[0], argv, in, out, 0);
	setrlimit(RLIMIT_FSIZE, &own);
	dup2(saved, STDERR_FILENO);
out:
	close_fd(saved);
	return rc;
}

/* -1: errno. End it in any case. */
static int start_pull_ssh(struct pull *p)
{
	const struct master_config *c = p->config;
	char *control = c->keep ? store_control_dir(p->store) : NULL;
	char *next = pullkey_next_path(c);
	struct ssh_target t = {
		.ssh = c->ssh,
		.ssh_config = c->ssh_config,
		.user = c->user,
		.host = p->address,
		.port = node_port(p->node),
		/* In a rotation the next key goes first: this shows who has
		 * taken it. */
		.identity = { next != NULL ? next : c->key, next != NULL ? c->key : NULL },
		.known_hosts = p->known_hosts,
		.alias = p->node->name,
		.control_dir = control,
		.control_seconds = KEEP_PERIODS * pull_period(p->node, c),
		.connect_seconds = CONNECT_SECONDS,
	};
	struct argv a = { .n = 0 };
	int to[2] = { -1, -1 }, from[2] = { -1, -1 }, rc = -1;

	if (c->keep && control == NULL)
		goto out;
	ssh_begin(&a, &t);
	ssh_end(&a, &t, "pull");
	p->said = memfd_create("ssh", MFD_CLOEXEC);
	if (argv_done(&a) == NULL || p->said == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to) == -1 ||
	    pipe2(from, O_CLOEXEC) == -1)
		goto out;
	fcntl(from[0], F_SETPIPE_SZ, PIPE_SIZE); /* if the system allows so much */
	p->out = to[0];
	p->in = from[0];
	rc = exec_ssh(p, a.v, to[1], from[1]);
out:
	close_fd(to[1]);
	close_fd(from[1]);
	argv_free(&a);
	free(control);
	free(next);
	return rc;
}

/* A text in plain memory, that is to be freed; NULL: no memory. */
static char *ssh_said(const struct pull *p)
{
	struct buf b = BUF_INIT(SAID_MAX);
	ssize_t n;

	/* ssh has left the offset at the end. */
	if (p->said != -1 && buf_reserve(&b, SAID_MAX) == 0) {
		n = pread_full(p->said, b.data, SAID_MAX, 0);
		b.len = n > 0 ? (size_t)n : 0;
		b.data[b.len] = '\0';
	}
	/* A NUL would hide what is behind it. */
	for (size_t i = 0; i < b.len; i++)
		b.data[i] = b.data[i] != '\0' ? b.data[i] : '?';
	return b.data != NULL ? b.data : strdup("");
}

/* Ends it; all that it said, as ssh_said(). */
static char *end_ssh(struct pull *p)
{
	char *said;

	close_fd(p->in);
	close_fd(p->out);
	/* After the session it ends by itself, and says its last words. */
	child_wait(&p->ssh, deadline_in_ms(LAST_WORDS_MS));
	child_end(&p->ssh, GRACE_MS);
	said = ssh_said(p);
	close_fd(p->said);
	return said;
}

/* --- Steps: first ssh's, then those of the session --- */

static void tell_ssh_steps(struct pull *p, const char *said, bool answered)
{
	char text[SSH_STEPS][SSH_STEP_TEXT];
	size_t n;

	if (p->step == NULL || p->told)
		return;
	p->told = true;
	n = ssh_steps(said, text);
	for (size_t i = 0; i < n; i++)
		p->step(text[i]);
	if (answered && n < SSH_STEPS)
		p->step("ssh is logged in, over a connection that was kept");
}

/* The first step of a session is the node's answer, which came through ssh. */
static void tell_step(void *arg, const char *text)
{
	struct pull *p = arg;

	if (!p->told) {
		char *said = ssh_said(p);
		tell_ssh_steps(p, said != NULL ? said : "", true);
		free(said);
	}
	p->step(text);
}

/* --- One pull --- */

/* The session failed: was it the node's bijk-login that failed, or did ssh not
 * get so far? */
static void explain_failure(struct pull_result *r, const struct receive *session, const char *said)
{
	const struct fail *f = &session->fail;
	struct ssh_verdict v = ssh_explain(said);

	if (session->name[0] != '\0' || f->code != ERR_NONE) {
		set_failed(r, f->exit_code, "%s", f->text);
		return;
	}
	if (v.trouble == SSH_TROUBLE_NONE) {
		set_failed(r, v.words[0] != '\0' ? v.exit_code : f->exit_code, "%s%s%s", f->text,
		    v.words[0] != '\0' ? "; ssh: " : "", v.words);
		return;
	}
	set_failed(r, v.exit_code, "%s", v.sentence);
	snprintf(r->check, sizeof(r->check), "%s", v.check);
}

/* From here on: this node's archive, the ends of ssh, and signals to it. */
static int restrict_pull(struct pull *p)
{
	struct sandbox box = { .needs = SANDBOX_FILES | SANDBOX_LOG | SANDBOX_THREADS,
		.group = p->ssh.group };
	const char *part = "the directory of the archive";

	if (store_session_reach(p->store, p->node->name, box.dirs) == 0 &&
	    sandbox_enter(&box, &part) == 0)
		return 0;
	set_failed(p->result, EX_OSERR, "restricting this process: %s: %s", part, strerror(errno));
	return -1;
}

/* Which of our keys the node took, for a rotation. */
static void note_key(const struct pull *p, const char *said)
{
	struct node_state st;
	char key[64];
	int lock;

	if (!ssh_key_taken(said, key) || strcmp(key, p->state->pull_key) == 0)
		return;
	lock = store_state_lock(p->store, p->node->name, &st);
	snprintf(st.pull_key, sizeof(st.pull_key), "%s", key);
	store_state_save(p->store, p->node->name, &st, lock);
}

static void run_pull(struct pull *p)
{
	struct pull_result *r = p->result;
	struct receive session = { .store = p->store,
		.config = p->config,
		.direction = DIRECTION_PULL,
		.node = p->node->name,
		.address = p->address,
		.proof_seconds = PROOF_SECONDS,
		.timeout = p->config->pull_timeout,
		.overlap = true,
		.step = p->step != NULL ? tell_step : NULL,
		.onlooker = p };
	char *said;

	if (start_pull_ssh(p) == -1)
		set_failed(r, EX_OSERR, "starting %s: %s", p->config->ssh, strerror(errno));
	else if (restrict_pull(p) == 0 && receive_session(&session, p->in, p->out) == 0)
		r->good = true;
	r->records = session.records;
	r->busy = session.fail.code == ERR_BUSY;
	said = end_ssh(p);
	tell_ssh_steps(p, said != NULL ? said : "", false);
	if (r->good && said != NULL)
		note_key(p, said);
	if (!r->good && r->reason[0] == '\0')
		explain_failure(r, &session, said != NULL ? said : "");
	free(said);
}

/* Of a node with two addresses: a fault at one need not be one at the other. */
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
	struct node_state st;
	struct node n;
	char *known_hosts = NULL;

	*r = (struct pull_result){ .began = now_s() };
	if (store_node_and_state(s, name, &n, &st) == -1) {
		set_failed(r, errno == ENOENT ? EX_DATAERR : EX_IOERR, "reading its settings: %s",
		    strerror(errno));
	} else if ((known_hosts = store_known_hosts(s, name)) == NULL) {
		r->unknown = errno == ENOENT;
		set_failed(
		    r, EX_TEMPFAIL, "no host key of it is pinned: it has not registered yet");
		snprintf(r->check, sizeof(r->check),
		    "bijk-keyreg on the node, or bring its card with bijk-master import");
	} else {
		struct pull p = { .config = c,
			.store = s,
			.node = &n,
			.state = &st,
			.address = node_address(&n, &st),
			.known_hosts = known_hosts,
			.result = r,
			.ssh = CHILD_NONE,
			.in = -1,
			.out = -1,
			.said = -1,
			.step = step };
		run_pull(&p);
		if (!r->good)
			name_address(r, &n, p.address);
	}
	if (!r->good && !r->busy && !r->unknown)
		receive_failed(s, name, DIRECTION_PULL, r->began, r->reason);
	free(known_hosts);
}
