/* SPDX-License-Identifier: ISC */
/*
 * In the order of the protocol: greeting, the node's proof, WAIT or the lock
 * and the position, frames until END. A frame is durable before it is
 * acknowledged.
 */
#include "master/receive.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/sandbox.h"
#include "common/base/start.h"
#include "common/base/text.h"
#include "common/contact.h"
#include "master/receive_impl.h"

#include "common/base/banned.h"

#define READ_AHEAD (2u << 20) /* some frames; with more, more is left to do when all has come */
#define ANSWER_MS 25	      /* from NODE to ERR auth: much longer than the work between them */

void receive_step(struct receiver *t, const char *fmt, ...)
{
	char text[FAIL_TEXT_MAX];
	va_list ap;

	if (t->r->step == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	t->r->step(t->r->onlooker, text);
}

/* --- Ending badly --- */

int receive_store_failed(struct receiver *t, const char *doing)
{
	int why = errno;

	return fail_set(&t->r->fail, ERR_STORE,
	    why == ENOSPC || why == EDQUOT ? EX_TEMPFAIL : EX_IOERR, "%s: %s", doing,
	    strerror(why));
}

static int store_broke(struct receiver *t, const char *doing)
{
	receive_store_failed(t, doing);
	return session_tell(&t->w, &t->r->fail);
}

/* The node sent ERR. */
static int node_says(struct receiver *t, enum err_code code, const char *text)
{
	struct fail *f = &t->r->fail;
	int exit_code = err_code_exit(code);

	if (code == ERR_AUTH && t->r->direction == DIRECTION_PUSH && t->said.name[0] == '\0')
		return fail_set(f, code, exit_code,
		    "the node says auth to the name %s: it knows this master by another, and will "
		    "register again",
		    t->r->config->name);
	if (code == ERR_AUTH && !t->proved)
		return fail_set(f, code, exit_code,
		    "the node says auth: it knows this master by another name, or has another hash "
		    "than this master");
	if (code == ERR_STORE)
		return fail_set(f, code, exit_code,
		    "the node says store: its spool cannot be read or written; its log says why, "
		    "and bijk-doctor there");
	if (code == ERR_REGRESSED)
		return fail_set(f, code, exit_code,
		    "the node's log had forked (restored, cloned or cut); it starts again with the "
		    "next session");
	return fail_set(f, code, exit_code, "the node says %s%s%s", err_code_name(code),
	    *text != '\0' ? ": " : "", text);
}

int receive_unexpected(struct receiver *t, const char *line)
{
	const char *text;
	enum err_code code;

	if (err_line_parse(line, &code, &text) == 0)
		return node_says(t, code, text);
	return refuse(
	    t, ERR_PROTO, EX_PROTOCOL, "the node violated the protocol: %.60s", vis_str(line));
}

/* --- Proofs --- */

static int say_greeting(struct receiver *t)
{
	struct greeting g = { .time = (uint64_t)now_s() };

	snprintf(g.name, sizeof(g.name), "%s", t->r->config->name);
	nonce_make(g.nonce);
	greeting_format(&g, GREETING_SESSION, t->greeting, sizeof(t->greeting));
	return wire_put_line(&t->w, t->greeting) == -1 ? broken(t, "sending the greeting") : 0;
}

static int read_node_line(struct receiver *t)
{
	char which[RANGE_MAX];
	int rc = t->r->direction == DIRECTION_PULL
	    ? wire_find_line(&t->w, "NODE ", "ERR ", SKIP_MAX, t->node_line)
	    : wire_get_line(&t->w, t->node_line);

	if (rc == 0)
		errno = ECONNRESET;
	if (rc != 1)
		return broken(t, "waiting for the node's answer");
	t->heard = now_s();
	t->answer = deadline_in_ms(ANSWER_MS);
	if (node_line_parse(&t->said, t->node_line) == -1)
		return receive_unexpected(t, t->node_line);
	num_show_range(which, "record", t->said.first, t->said.next);
	if (t->said.next == t->said.first)
		snprintf(which, sizeof(which), "nothing before record %" PRIu64, t->said.next);
	receive_step(t, "node %s answers: log holds %s", t->said.name, which);
	return 0;
}

/* An unknown name looks the same as a wrong proof, in time too. */
#define refuse_unproved(t, ...) (sleep_until((t)->answer), refuse(t, __VA_ARGS__))

static int check_proof(struct receiver *t)
{
	struct receive *r = t->r;
	bool known, holds, asked = r->node == NULL || strcmp(r->node, t->said.name) == 0;

	/* In a pull another node is not within reach. */
	known = asked && store_node(r->store, t->said.name, &t->node) == 0;
	if (asked && !known && errno != ENOENT)
		return refuse_unproved(t, ERR_STORE, EX_IOERR, "looking up node %s: %s",
		    t->said.name, strerror(errno));
	if (!known)
		randombytes_buf(t->node.secret, sizeof(t->node.secret));
	holds = proof_session_holds(t->node.secret, r->direction, t->greeting, NULL, t->node_line);
	if (!asked)
		return refuse_unproved(t, ERR_AUTH, EX_NOPERM,
		    "asked for node %s, but %s answers: set node.name: %s there, or add the new "
		    "one here",
		    r->node, t->said.name, r->node);
	if (!known)
		return refuse_unproved(t, ERR_AUTH, EX_NOPERM, "unknown node %s", t->said.name);
	if (!holds)
		return refuse_unproved(t, ERR_AUTH, EX_NOPERM,
		    "node %s: wrong hash, or no %s meant for this master", t->said.name,
		    direction_name(r->direction));
	t->proved = true;
	memcpy(r->name, t->said.name, sizeof(r->name));
	receive_step(t, "the node has proved that it knows the hash");
	if (t->node.mode == NODE_OFF)
		return refuse(t, ERR_DISABLED, EX_NOPERM, "node %s is switched off here", r->name);
	if (r->direction == DIRECTION_PUSH && t->node.mode == NODE_PULL)
		return refuse(
		    t, ERR_DISABLED, EX_NOPERM, "node %s may only be pulled (mode=pull)", r->name);
	return 0;
}

/* From here on no other node is within reach. */
static int narrow_to_node(struct receiver *t)
{
	const char *dirs[SANDBOX_DIRS], *part = "the directory of the archive";

	if (store_session_reach(t->r->store, t->r->name, dirs) == 0 &&
	    sandbox_narrow(dirs, &part) == 0)
		return 0;
	return refuse(
	    t, ERR_STORE, EX_OSERR, "restricting this process: %s: %s", part, strerror(errno));
}

int receive_say(struct receiver *t, char *line, size_t size)
{
	char mac[MAC_HEX + 1];

	proof_session(
	    t->node.secret, t->r->direction, t->greeting, t->node_line, line, strlen(line), mac);
	line_add_mac(line, size, mac);
	return wire_put_line(&t->w, line);
}

/* --- Period, lock, position --- */

static uint64_t min_period(const struct receiver *t)
{
	return t->node.min_period != NODE_UNSET ? t->node.min_period : t->r->config->min_period;
}

/* Seconds until this session may come: only a push can be too early. */
static int seconds_to_wait(struct receiver *t, uint64_t *wait)
{
	struct node_state st;
	int64_t due;

	if (store_state(t->r->store, t->r->name, &st) == -1)
		return store_broke(t, "reading the state");
	due = st.push_began + (int64_t)period_counts(min_period(t));
	*wait = 0;
	if (t->r->direction == DIRECTION_PUSH && st.push_began != 0 && st.push_began <= t->began &&
	    t->began < due)
		*wait = (uint64_t)(due - t->began);
	return 0;
}

static int say_wait(struct receiver *t, uint64_t seconds)
{
	char line[WIRE_LINE_MAX];

	t->r->wait = seconds > WAIT_MAX ? WAIT_MAX : seconds;
	snprintf(line, sizeof(line), "WAIT %" PRIu64, t->r->wait);
	if (receive_say(t, line, sizeof(line)) == -1)
		return broken(t, "sending WAIT");
	wire_drain(&t->w);
	return 0;
}

static int lock_session(struct receiver *t)
{
	t->lock = store_session_lock(t->r->store, t->r->name);
	if (t->lock == -1 && errno == EWOULDBLOCK)
		return refuse(
		    t, ERR_BUSY, EX_TEMPFAIL, "another session of node %s is running", t->r->name);
	if (t->lock == -1)
		return store_broke(t, "taking the session lock");
	return 0;
}

static int say_position(struct receiver *t)
{
	struct from_line f = { .period = min_period(t) };
	char line[WIRE_LINE_MAX];

	t->archive = store_archive_open(t->r->store, t->r->name, &t->said.id, t->said.base);
	if (t->archive == NULL && errno == EMLINK)
		return refuse(t, ERR_STORE, EX_TEMPFAIL,
		    "its log is new, but this master has too many logs of it already: find out "
		    "why its spool is lost so often. Old logs are removed after archive.max_age, "
		    "or all by `bijk-master remove %s --purge`",
		    t->r->name);
	if (t->archive == NULL)
		return store_broke(t, "opening the archive");
	receive_frames_begin(t);
	f.seq = t->from;
	proof_session_key(t->node.secret, t->r->direction, t->greeting, t->node_line, t->key);
	if (store_archive_check(t->archive, t->key, f.check) == -1)
		return store_broke(t, "reading the archive");
	t->positioned = true;
	from_line_format(&f, line, sizeof(line));
	if (receive_say(t, line, sizeof(line)) == -1)
		return broken(t, "sending the position");
	receive_step(t, "asked for records from %" PRIu64 " on", f.seq);
	return 0;
}

static int run_receiver(struct receiver *t)
{
	uint64_t wait;

	wire_limit_total(&t->w, deadline_in_s(t->r->proof_seconds));
	if (say_greeting(t) == -1 || read_node_line(t) == -1 || check_proof(t) == -1)
		return -1;
	wire_limit_total(&t->w, DEADLINE_NEVER);
	wire_limit_quiet(&t->w, t->r->timeout, WIRE_RECEIVES);
	if (t->r->narrow && narrow_to_node(t) == -1)
		return -1;
	/* Once more with the lock: another session may have ended meanwhile. */
	if (seconds_to_wait(t, &wait) == -1 ||
	    (wait == 0 && (lock_session(t) == -1 || seconds_to_wait(t, &wait) == -1)))
		return -1;
	if (wait > 0) {
		close_fd(t->lock);
		t->lock = -1;
		return say_wait(t, wait);
	}
	if (say_position(t) == -1)
		return -1;
	return receive_frames(t);
}

static void end_receiving(struct receiver *t, bool good)
{
	struct receive *r = t->r;
	bool begun, damaged;

	if (!t->positioned)
		return;
	receive_frames_end(t);
	r->records = t->totals.records;
	r->bytes = t->totals.bytes;
	begun = store_archive_begun(t->archive) > 0;
	damaged = store_archive_damaged(t->archive);
	store_archive_close(t->archive);
	t->archive = NULL;
	if ((begun || t->durable > t->from) &&
	    store_archive_trim(r->store, r->name, &t->said.id, NULL, &t->early) == -1)
		msg_warn("node %s: trimming its archive: %s", r->name, strerror(errno));
	if (!r->looked)
		receive_keep(t, good, damaged);
}

int receive_session(struct receive *r, int in, int out)
{
	struct receiver t = {
		.r = r,
		.lock = -1,
		.began = now_s(),
	};
	int rc;

	r->name[0] = '\0';
	if (wire_init(&t.w, in, out) == -1)
		rc = fail_set(
		    &r->fail, ERR_NONE, EX_OSERR, "starting a session: %s", strerror(errno));
	else {
		t.w.ends_in_time = true;
		if (r->overlap)
			wire_read_ahead(&t.w, READ_AHEAD);
		rc = run_receiver(&t);
	}
	end_receiving(&t, rc == 0 && r->wait == 0);
	store_archive_close(t.archive);
	close_fd(t.lock);
	wire_free(&t.w);
	sodium_memzero(t.key, sizeof(t.key));
	return rc;
}
