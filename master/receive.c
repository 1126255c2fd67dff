/* SPDX-License-Identifier: ISC */
/*
 * In the order of the protocol: greeting, the node's proof, WAIT or the lock and the position,
 * frames until END. A frame is durable before anything is said about it.
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
#include "common/exchange/lines.h"
#include "common/exchange/wire.h"
#include "common/log/frame.h"
#include "master/receive_intake.h"
#include "master/receive_state.h"

#include "common/base/banned.h"

#define READ_AHEAD (2u << 20) /* some frames; with more, more is left to do when all has come */
#define ANSWER_MS 25	      /* from NODE to ERR auth: much longer than the work between them */

struct receiver {
	struct receive *r;
	struct wire w;
	struct node node;
	int lock;
	struct archive *archive;
	struct intake intake;
	char greeting[WIRE_LINE_MAX];
	char node_line[WIRE_LINE_MAX];
	struct node_line said;
	uint8_t key[SEAL_KEY];
	uint64_t count;	       /* DATA so far */
	uint64_t from;	       /* our FROM */
	uint64_t acked;	       /* our last ACK */
	uint64_t acked_stored; /* and what intake.stored was then */
	unsigned trimmed;      /* what intake.begun was when the quota was looked at */
	struct store_gone gone;
	bool damaged; /* the archive, as far as it was looked at */
	struct buf data;
	bool proved, positioned;
	int64_t began;
	int64_t heard;	   /* NODE came then */
	deadline_t answer; /* the moment of an ERR auth */
};

__attribute__((format(printf, 2, 3))) static void step(struct receiver *t, const char *fmt, ...)
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

#define broken(t, doing) session_broken(&(t)->r->fail, doing)
/* The peer learns the code; the log learns why. */
#define refuse(t, ...) session_refuse(&(t)->w, &(t)->r->fail, __VA_ARGS__)

static int store_broke(struct receiver *t, const char *doing)
{
	store_failed(&t->r->fail, doing);
	return session_tell(&t->w, &t->r->fail);
}

/* The node's ERR, or a line that has no place here. */
static int unexpected(struct receiver *t, const char *line)
{
	const char *text;
	enum err_code code;

	if (err_line_parse(line, &code, &text) == -1)
		return refuse(
		    t, ERR_PROTO, EX_PROTOCOL, "the node broke the protocol: %.60s", vis_str(line));
	if (code == ERR_AUTH && t->r->direction == DIRECTION_PUSH && t->said.name[0] == '\0')
		return fail_set(&t->r->fail, code, EX_NOPERM,
		    "the node says auth to the name %s: it knows this master by another, and will "
		    "register anew",
		    t->r->config->name);
	if (code == ERR_AUTH && !t->proved)
		return fail_set(&t->r->fail, code, EX_NOPERM,
		    "the node says auth: it knows this master by another name, or has another hash "
		    "than this master");
	if (code == ERR_STORE)
		return fail_set(&t->r->fail, code, EX_TEMPFAIL,
		    "the node says store: its spool cannot be read or written; its log says why, "
		    "and bijk-doctor there");
	if (code == ERR_VERSION && *text == '\0') /* which later ones say more of */
		return fail_set(&t->r->fail, code, err_code_exit(code),
		    "the node speaks version 1 of the protocol, this master version %d; upgrade "
		    "the node",
		    PROTOCOL_VERSION);
	if (code == ERR_REGRESSED)
		return fail_set(&t->r->fail, code, EX_TEMPFAIL,
		    "the node's log had forked (restored, cloned or cut); it starts anew with the "
		    "next session");
	return fail_set(&t->r->fail, code, err_code_exit(code), "the node says %s%s%s",
	    err_code_name(code), *text != '\0' ? ": " : "", text);
}

/* --- Proofs --- */

static int say_greeting(struct receiver *t)
{
	struct greeting g = { .time = (uint64_t)now_s() };

	snprintf(g.name, sizeof(g.name), "%s", t->r->config->name);
	nonce_make(g.nonce);
	greeting_format(&g, t->greeting, sizeof(t->greeting));
	return wire_put_line(&t->w, t->greeting) == -1 ? broken(t, "sending the greeting") : 0;
}

static int read_node_line(struct receiver *t)
{
	char which[RANGE_MAX];
	int rc = t->r->direction == DIRECTION_PULL
	    ? wire_find_line(&t->w, "NODE ", "ERR ", SKIP_MAX, t->node_line)
	    : wire_get_line(&t->w, t->node_line);

	if (rc == 0) {
		errno = ECONNRESET;
		rc = -1;
	}
	if (rc == -1)
		return broken(t, "waiting for the node's answer");
	t->heard = now_s();
	t->answer = deadline_in_ms(ANSWER_MS);
	if (node_line_parse(&t->said, t->node_line) == -1)
		return unexpected(t, t->node_line);
	if (t->said.next > t->said.first)
		step(t, "node %s answers: log holds %s", t->said.name,
		    num_show_range(which, "record", t->said.first, t->said.next));
	else
		step(t, "node %s answers: log holds nothing before record %" PRIu64, t->said.name,
		    t->said.next);
	return 0;
}

/* An unknown name looks the same as a wrong proof, in time too: both are answered at one moment. */
#define refuse_unproved(t, ...) (sleep_until((t)->answer), refuse(t, __VA_ARGS__))

static int check_node(struct receiver *t)
{
	struct receive *r = t->r;
	bool known, holds, asked = r->node == NULL || strcmp(r->node, t->said.name) == 0;

	/* In a pull no other one is within reach. */
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
	step(t, "the node has proved that it knows the hash");
	if (t->node.mode == NODE_OFF)
		return refuse(t, ERR_DISABLED, EX_NOPERM, "node %s is switched off here", r->name);
	if (r->direction == DIRECTION_PUSH && t->node.mode == NODE_PULL)
		return refuse(
		    t, ERR_DISABLED, EX_NOPERM, "node %s may only be pulled (mode=pull)", r->name);
	return 0;
}

/* Whatever comes now, no other node is within reach. */
static int narrow(struct receiver *t)
{
	const char *dirs[SANDBOX_DIRS], *part = "the directory of the archive";

	if (store_session_reach(t->r->store, t->r->name, dirs) == 0 &&
	    sandbox_narrow(dirs, &part) == 0)
		return 0;
	return refuse(
	    t, ERR_STORE, EX_OSERR, "restricting this process: %s: %s", part, strerror(errno));
}

static int say_proved(struct receiver *t, char *line, size_t size)
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

/* Seconds until this push may come. */
static uint64_t too_early(const struct receiver *t, const struct node_state *st)
{
	uint64_t period = min_period(t);
	int64_t due = st->push_began + (int64_t)period_counts(period);

	if (t->r->direction == DIRECTION_PULL || st->push_began == 0 || st->push_began > t->began ||
	    t->began >= due)
		return 0;
	return (uint64_t)(due - t->began);
}

static int say_wait(struct receiver *t, uint64_t seconds)
{
	char line[WIRE_LINE_MAX];

	t->r->wait = seconds > WAIT_MAX ? WAIT_MAX : seconds;
	snprintf(line, sizeof(line), "WAIT %" PRIu64, t->r->wait);
	if (say_proved(t, line, sizeof(line)) == -1)
		return broken(t, "sending WAIT");
	wire_drain(&t->w);
	return 0;
}

static int look_at_turn(struct receiver *t, uint64_t *wait)
{
	struct node_state st;

	if (store_state(t->r->store, t->r->name, &st) == -1)
		return store_broke(t, "reading the state");
	*wait = too_early(t, &st);
	return 0;
}

static int take_lock(struct receiver *t)
{
	t->lock = store_session_lock(t->r->store, t->r->name);
	if (t->lock == -1 && errno == EWOULDBLOCK)
		return refuse(
		    t, ERR_BUSY, EX_TEMPFAIL, "another session of node %s is at work", t->r->name);
	if (t->lock == -1)
		return store_broke(t, "taking the session lock");
	return 0;
}

static int take_position(struct receiver *t)
{
	struct from_line f = { .period = min_period(t) };
	char line[WIRE_LINE_MAX];

	t->archive = store_archive_open(t->r->store, t->r->name, &t->said.id, t->said.base);
	if (t->archive == NULL && errno == EMLINK)
		return refuse(t, ERR_STORE, EX_TEMPFAIL,
		    "its log is new, and there are too many logs of it here already: why does its "
		    "spool "
		    "begin anew again and again? The oldest go by archive.max_age, or all with "
		    "`bijk-master remove %s --purge`",
		    t->r->name);
	if (t->archive == NULL)
		return store_broke(t, "opening the archive");
	intake_init(&t->intake, t->archive, t->r->overlap);
	t->intake.node = t->r->name;
	t->intake.id = t->said.id;
	t->intake.end = t->said.next;
	f.seq = t->from = t->intake.durable;
	proof_session_key(t->node.secret, t->r->direction, t->greeting, t->node_line, t->key);
	if (store_archive_check(t->archive, t->key, f.check) == -1)
		return store_broke(t, "reading the archive");
	t->positioned = true;
	from_line_format(&f, line, sizeof(line));
	if (say_proved(t, line, sizeof(line)) == -1)
		return broken(t, "sending the position");
	step(t, "asked for records from %" PRIu64 " on", f.seq);
	return 0;
}

/* --- Frames --- */

static int say_ack(struct receiver *t)
{
	char line[WIRE_LINE_MAX];

	snprintf(line, sizeof(line), "ACK %" PRIu64, t->intake.durable);
	t->acked_stored = t->intake.stored;
	if (say_proved(t, line, sizeof(line)) == -1)
		return broken(t, "acknowledging");
	t->acked = t->intake.durable;
	return 0;
}

/* What is durable is acknowledged, even where no more can be taken. */
static int end_stored(struct receiver *t)
{
	struct fail why = t->r->fail;

	if (why.code == ERR_STORE && t->intake.durable > t->acked && t->intake.durable > t->from)
		say_ack(t);
	t->r->fail = why;
	return session_tell(&t->w, &t->r->fail);
}

static bool is_over(const struct receiver *t)
{
	return t->w.ends_in_time && start_is_over();
}

/* There is no time for more. The node has its last ACK, and the next session goes on from there. */
static int end_in_time(struct receiver *t)
{
	char count[RANGE_MAX];
	struct fail why;

	t->w.ends_in_time = false;
	if (intake_settle(&t->intake, &t->r->fail) == -1)
		return end_stored(t);
	if (t->intake.durable > t->from && say_ack(t) == 0)
		wire_drain(&t->w);
	num_show_count(count, t->said.next - t->intake.durable, "record");
	fail_set(&why, ERR_NONE, EX_TEMPFAIL,
	    "the session was ended, for it took too long; %s left: the next one goes on from there",
	    count);
	t->r->fail = why;
	return -1;
}

/* The node's logs within their limits: whenever a segment begins, for a session may be long. */
static int keep_quota(struct receiver *t)
{
	if (t->intake.begun == t->trimmed)
		return 0;
	if (intake_settle(&t->intake, &t->r->fail) == -1)
		return -1;
	t->trimmed = t->intake.begun;
	if (store_archive_trim(t->r->store, t->r->name, &t->said.id, t->archive, &t->gone) == -1)
		return store_failed(&t->r->fail, "trimming the archive");
	return 0;
}

/* Acknowledges now and then, and when the node may be waiting for it. */
static int acknowledge(struct receiver *t)
{
	bool more = wire_has_input(&t->w);

	if (!more && intake_settle(&t->intake, &t->r->fail) == -1)
		return end_stored(t);
	return !more || t->intake.stored - t->acked_stored >= ACK_EVERY ? say_ack(t) : 0;
}

static int take_data(struct receiver *t, uint64_t len)
{
	if (len > FRAME_MAX + SEAL_EXTRA)
		return refuse(t, ERR_TOOLARGE, EX_PROTOCOL, "a frame of %" PRIu64 " bytes", len);
	if (len < FRAME_HEADER + FRAME_TRAILER + SEAL_EXTRA)
		return refuse(t, ERR_PROTO, EX_PROTOCOL, "a frame of %" PRIu64 " bytes", len);
	buf_reset(&t->data);
	if (buf_reserve(&t->data, len) == -1)
		return refuse(t, ERR_STORE, EX_OSERR, "out of memory");
	if (wire_get(&t->w, t->data.data, len) == -1)
		return is_over(t) ? end_in_time(t) : broken(t, "receiving records");
	if (!unseal((uint8_t *)t->data.data, len, t->count++, t->key))
		return refuse(
		    t, ERR_AUTH, EX_NOPERM, "a frame that the node did not seal for this session");
	t->data.len = len - SEAL_EXTRA;
	wire_take_in(&t->w);
	if (intake_frame(&t->intake, &t->data, &t->r->fail) == -1 || keep_quota(t) == -1)
		return end_stored(t);
	return acknowledge(t);
}

/*
 * END is not sealed, so nothing is believed of it: it must be what the sealed frames, or the proved
 * NODE line, say already. Else one between us could make us pass over records.
 */
static int take_end(struct receiver *t, uint64_t end)
{
	struct intake *i = &t->intake;
	char count[RANGE_MAX];
	uint64_t right = t->count > 0 || t->said.first < i->next ? i->next : t->said.first;

	if (end != right)
		return refuse(t, ERR_PROTO, EX_PROTOCOL,
		    "END %" PRIu64 " where %" PRIu64 " was due", end, right);
	if (intake_jump(i, end, &t->r->fail) == -1)
		return end_stored(t);
	step(t, "%s received and stored", num_show_count(count, i->totals.records, "record"));
	/* A node that has END acknowledged already, with its last frame, may be gone. */
	if (say_ack(t) == -1 && t->acked != end)
		return -1;
	step(t, "acknowledged up to record %" PRIu64, end - 1);
	wire_drain(&t->w); /* the node closes first */
	return 0;
}

static int take_frames(struct receiver *t)
{
	for (;;) {
		char line[WIRE_LINE_MAX];
		uint64_t n;
		int rc = wire_get_line(&t->w, line);

		if (rc == 0 && t->count == 0 && t->r->direction == DIRECTION_PUSH) {
			t->r->looked = true;
			return fail_set(&t->r->fail, ERR_NONE, EX_TEMPFAIL, "the node only looked");
		}
		if (rc == 0)
			errno = ECONNRESET;
		if (is_over(t))
			return end_in_time(t);
		if (rc != 1)
			return broken(t, "waiting for records");
		if (number_line_parse("DATA", line, false, INT64_MAX, &n) == 0) {
			if (take_data(t, n) == -1)
				return -1;
		} else if (number_line_parse("END", line, false, SEQ_END - 1, &n) == 0) {
			return take_end(t, n);
		} else {
			return unexpected(t, line);
		}
	}
}

static int run(struct receiver *t)
{
	uint64_t wait;

	wire_limit_total(&t->w, deadline_in_s(t->r->proof_seconds));
	if (say_greeting(t) == -1 || read_node_line(t) == -1 || check_node(t) == -1)
		return -1;
	wire_limit_total(&t->w, DEADLINE_NEVER);
	wire_limit_quiet(&t->w, t->r->timeout, WIRE_RECEIVES);
	if (t->r->narrow && narrow(t) == -1)
		return -1;
	/* And once more with the lock: another session may have been before us meanwhile. */
	if (look_at_turn(t, &wait) == -1 ||
	    (wait == 0 && (take_lock(t) == -1 || look_at_turn(t, &wait) == -1)))
		return -1;
	if (wait > 0) {
		close_fd(t->lock);
		t->lock = -1;
		return say_wait(t, wait);
	}
	if (take_position(t) == -1)
		return -1;
	return take_frames(t);
}

static void keep_state(const struct receiver *t, bool good)
{
	const struct intake *i = &t->intake;
	struct session_result n = { .name = t->r->name,
		.address = t->r->address,
		.direction = t->r->direction,
		.good = good,
		.began = t->began,
		.skew = (int64_t)t->said.time - t->heard,
		.id = t->said.id,
		.left = t->said.next > i->durable ? t->said.next - i->durable : 0,
		.damaged = t->damaged,
		.totals = i->totals,
		.gone = t->gone };

	session_result_keep(t->r->store, &n);
}

/* What is known afterwards, also of a session that was cut. */
static void finish(struct receiver *t, bool good)
{
	struct receive *r = t->r;
	bool begun;

	if (!t->positioned)
		return;
	intake_end(&t->intake);
	r->records = t->intake.totals.records;
	r->bytes = t->intake.totals.bytes;
	begun = store_archive_begun(t->archive) > 0;
	t->damaged = store_archive_damaged(t->archive);
	store_archive_close(t->archive);
	t->archive = NULL;
	if ((begun || t->intake.durable > t->from) &&
	    store_archive_trim(r->store, r->name, &t->said.id, NULL, &t->gone) == -1)
		msg_warn("node %s: trimming its archive: %s", r->name, strerror(errno));
	if (!r->looked)
		keep_state(t, good);
}

int receive_session(struct receive *r, int in, int out)
{
	struct receiver t = {
		.r = r,
		.lock = -1,
		.began = now_s(),
		.data = BUF_INIT(FRAME_MAX + SEAL_EXTRA),
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
		rc = run(&t);
	}
	finish(&t, rc == 0 && r->wait == 0);
	store_archive_close(t.archive);
	close_fd(t.lock);
	wire_free(&t.w);
	buf_free(&t.data);
	sodium_memzero(t.key, sizeof(t.key));
	return rc;
}
