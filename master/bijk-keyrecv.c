/* SPDX-License-Identifier: ISC */
/*
 * Answers one registration on the socket that is its standard input and output
 * (protocol.md, section 5). Before the request has proved that its sender holds
 * the node's secret, it can change only the short list of pending nodes.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/sandbox.h"
#include "common/base/sock.h"
#include "common/base/start.h"
#include "common/exchange/lines.h"
#include "common/exchange/proof.h"
#include "common/exchange/wire.h"
#include "common/options.h"
#include "common/trust/card.h"
#include "master/card.h"
#include "master/probes.h"

#include "common/base/banned.h"

#define SECONDS 30  /* for all of it */
#define LIFETIME 60 /* with keeping and draining; then the kernel ends it */
#define REQUEST_LINES (SSHKEYS_MAX + 4)

static const struct option longs[] = { OPTIONS_LONG, { 0 } };

struct session {
	const struct master_config *config;
	struct store *store;
	struct card self; /* our answer, read while that is allowed */
	int self_rc;	  /* -1: self_fail says why there is none */
	struct fail self_fail;
	struct wire wire;
	int probes;  /* probes.h */
	bool proved; /* it holds the secret of the node that it names */
	char peer[SOCK_ADDR_MAX];
	char greeting[WIRE_LINE_MAX];
	struct buf request, answer;
	struct card node; /* what the request says */
};

/*
 * What a stranger causes is no error, and bounded; a node's failure is logged.
 */
#define STRANGER MSG_NOTICE
#define NO_PROOF MSG_WARN
#define OUR_FAULT MSG_ERROR

static void log_failure(const struct session *s, enum msg_level level, const char *why)
{
	if (s->proved)
		msg(level, "registration from %s: %s", s->peer, why);
	else
		probe_log(s->probes, now_s(), level, "registration", s->peer, "%s", why);
}

static int answer_error(struct session *s, enum err_code code, const char *text)
{
	char line[WIRE_LINE_MAX];

	err_line_format(code, text, line, sizeof(line));
	if (wire_put_line(&s->wire, line) == 0)
		wire_drain(&s->wire);
	return err_code_exit(code);
}

/* Tells the peer the code, and what is wrong with a line; the log has all. */
__attribute__((format(printf, 4, 5))) static int refuse(
    struct session *s, enum msg_level level, enum err_code code, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	log_failure(s, level, why);
	return answer_error(s, code, code == ERR_PROTO || code == ERR_DISABLED ? why : "");
}

/* The peer is gone, or silent. */
static int end_lost(const struct session *s, const char *doing)
{
	int why = errno;
	char text[80];

	snprintf(text, sizeof(text), "%s: %s", doing,
	    why == ETIMEDOUT ? "not done within 30 s" : "the connection ended");
	log_failure(s, STRANGER, text);
	return why == ETIMEDOUT ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

static int greet(struct session *s)
{
	struct greeting g = { .time = (uint64_t)now_s() };

	snprintf(g.name, sizeof(g.name), "%s", s->config->name);
	nonce_make(g.nonce);
	greeting_format(&g, GREETING_REGISTER, s->greeting, sizeof(s->greeting));
	return wire_put_line(&s->wire, s->greeting) == -1 ? end_lost(s, "greeting") : 0;
}

/*
 * The first line names the node: from here on no other is within reach, and
 * none at all of a name that nobody has. What is wrong with the line is found
 * later.
 */
static int restrict_to_node(struct session *s, const char *line)
{
	const char *dirs[SANDBOX_DIRS], *part;
	char name[NODE_NAME_MAX + 1] = "";

	if (strncmp(line, "KEY ", 4) == 0)
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(line + 4, " "), line + 4);
	if (store_registration_reach(s->store, name_valid(name) ? name : ".none", dirs) == -1 &&
	    errno != ENOENT)
		return -1;
	return sandbox_narrow(dirs, &part);
}

/* Every line up to END, as it came. */
static int read_request(struct session *s)
{
	char line[WIRE_LINE_MAX];
	const char *why;
	int rc;

	for (int n = 0; n < REQUEST_LINES; n++) {
		rc = wire_get_line(&s->wire, line);
		if (rc == -1 && errno == EBADMSG)
			return refuse(
			    s, STRANGER, ERR_PROTO, "line %d is not a line of the protocol", n + 1);
		if (rc != 1)
			return end_lost(s, "reading the request");
		if (n == 0 && restrict_to_node(s, line) == -1)
			return refuse(s, OUR_FAULT, ERR_STORE, "restricting this process: %s",
			    strerror(errno));
		buf_adds(&s->request, line);
		buf_adds(&s->request, "\n");
		if (strncmp(line, "END ", 4) == 0) {
			if (!buf_ok(&s->request))
				return refuse(s, STRANGER, ERR_PROTO, "the request is too long");
			if (register_request_parse(
				&s->node, s->request.data, s->request.len, &why) == -1)
				return refuse(s, STRANGER, ERR_PROTO, "%s", why);
			return 0;
		}
	}
	return refuse(s, STRANGER, ERR_PROTO, "the request has too many lines");
}

static int answer_unknown(struct session *s)
{
	const char *name = s->node.name;

	if (s->config->unknown == UNKNOWN_REFUSE)
		return refuse(s, STRANGER, ERR_AUTH, "%s is unknown", name);
	if (store_pending_add(s->store, name, s->peer, s->config->max_pending) == -1)
		msg_error("noting that %s is pending: %s", name, strerror(errno));
	probe_log(
	    s->probes, now_s(), MSG_INFO, "registration", s->peer, "%s is unknown: pending", name);
	if (wire_put_line(&s->wire, "PENDING the administrator has not added this node yet") == -1)
		return end_lost(s, "answering");
	wire_drain(&s->wire);
	return 0;
}

/* A copied machine has the key of the original, which only the log names. */
static int refuse_key(struct session *s, const char *name)
{
	char other[NODE_NAME_MAX + 1] = "another node";

	store_key_other(s->store, name, &s->node.keys.v[0], other);
	msg_error("registration from %s: the push key of %s is that of %s; on %s, as root: "
		  "bijk-keyreg --rotate",
	    s->peer, name, other, name);
	return answer_error(
	    s, ERR_DISABLED, "another node has this push key; here, as root: bijk-keyreg --rotate");
}

/* The request is proved: keeps what it says, and answers. */
static int keep_and_answer(struct session *s, const struct node *n)
{
	bool changed = false;

	if (s->self_rc == -1)
		return refuse(s, OUR_FAULT, ERR_STORE, "%s: this master cannot answer: %s", n->name,
		    s->self_fail.text);
	s->self.period = n->min_period != NODE_UNSET ? n->min_period : s->config->min_period;
	if (register_answer_format(&s->self, s->greeting, s->request.data, s->request.len,
		n->secret, &s->answer) == -1)
		return refuse(
		    s, OUR_FAULT, ERR_STORE, "%s: making the answer: %s", n->name, strerror(errno));
	/* Kept first: an answer says that it is. */
	if (master_card_keep(s->store, n->name, &s->node, s->peer, &changed) == -1)
		return errno == EEXIST
		    ? refuse_key(s, n->name)
		    : refuse(s, OUR_FAULT, ERR_STORE, "saving %s: %s", n->name, strerror(errno));
	msg(changed ? MSG_NOTICE : MSG_INFO, "%s registered from %s%s", n->name, s->peer,
	    changed ? "" : "; nothing is new");
	if (wire_put(&s->wire, s->answer.data, s->answer.len) == -1)
		return end_lost(s, "answering");
	wire_drain(&s->wire);
	return 0;
}

static int answer_request(struct session *s)
{
	const char *name = s->node.name;
	struct node n;
	int rc;

	if (store_node(s->store, name, &n) == -1) {
		if (errno == ENOENT)
			return answer_unknown(s);
		return refuse(s, OUR_FAULT, ERR_STORE, "looking up %s: %s", name, strerror(errno));
	}
	s->proved = register_request_proved(s->request.data, s->request.len, s->greeting, n.secret);
	if (!s->proved)
		rc = refuse(s, NO_PROOF, ERR_AUTH,
		    "%s has another hash than the node of this name here, %s: a second machine, or "
		    "a new hash",
		    name, node_seen(s->store, name));
	else if (n.mode == NODE_OFF)
		rc = refuse(s, MSG_NOTICE, ERR_DISABLED, "%s is switched off", name);
	else
		rc = keep_and_answer(s, &n);
	sodium_memzero(&n, sizeof(n));
	return rc;
}

static int serve_registration(struct session *s)
{
	struct sandbox box = { .needs = SANDBOX_FILES | SANDBOX_NARROW };
	int rc;

	s->request = s->answer = (struct buf)BUF_INIT(REGISTRATION_MAX);
	s->self_rc = master_card(s->config, &s->self, &s->self_fail);
	if (store_registration_reach(s->store, NULL, box.dirs) == -1)
		die(EX_OSERR, "%s", strerror(errno));
	/* From here on: nodes, their keys, the sockets of peer and syslog. */
	sandbox_enter_or_die(&box);
	if (wire_init(&s->wire, STDIN_FILENO, STDOUT_FILENO) == -1)
		die(EX_OSERR, "setting up the connection: %s", strerror(errno));
	wire_limit_total(&s->wire, deadline_in_s(SECONDS));
	rc = greet(s);
	if (rc == 0)
		rc = read_request(s);
	if (rc == 0)
		rc = answer_request(s);
	wire_free(&s->wire);
	card_free(&s->self);
	card_free(&s->node);
	buf_free(&s->request);
	buf_free(&s->answer);
	return rc;
}

int main(int argc, char **argv)
{
	struct options o = { .usage = "bijk-keyrecv [-hVv] [-f FILE]",
		.config = MASTER_CONFIG_FILE };
	struct session s = { .probes = -1 };
	struct master_config config;
	int rc;

	start_process(argc > 0 ? argv[0] : "bijk-keyrecv");
	start_guard_stderr();
	start_clear_environment();
	alarm(LIFETIME); /* the last resort */
	msg_use_syslog();
	if (options_next(argc, argv, OPTIONS_SHORT, longs, &o) != -1 || optind != argc)
		usage_error(&o, "unexpected argument: %s", argv[optind]);
	proof_init();
	master_config_or_die(o.config, &config);
	msg_quiet_stderr();
	s.config = &config;
	s.store = store_open_or_die(&config);
	if (sock_peer(STDIN_FILENO, s.peer) == -1)
		s.peer[0] = '\0';
	s.probes = probes_open(config.state);
	rc = serve_registration(&s);
	store_close(s.store);
	master_config_free(&config);
	return rc;
}
