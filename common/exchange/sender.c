/* SPDX-License-Identifier: ISC */
/*
 * In the order of the protocol: greeting, NODE, the master's proof; then the
 * lock and the position; frames, while acknowledgements are read; END; the last
 * ACK.
 */
#include "common/exchange/sender.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/contact.h"
#include "common/exchange/lines.h"
#include "common/exchange/packer.h"
#include "common/exchange/wire.h"
#include "common/log/log.h"
#include "common/log/spool.h"

#include "common/base/banned.h"

#define FREE_EVERY_MS 1000

struct sender {
	struct send *s;
	struct wire w;
	char *spool;
	int lock;
	struct log *log;
	char greeting[WIRE_LINE_MAX];
	char node_line[WIRE_LINE_MAX];
	struct node_line node;
	struct from_line from;
	uint8_t secret[SECRET_SIZE];
	uint8_t key[SEAL_KEY];
	uint64_t count; /* DATA so far */
	uint64_t end;	/* behind the last frame sent */
	uint64_t first; /* the oldest record when the position was taken */
	uint64_t freed; /* what the file `acked` says */
	int64_t freed_ms;
	struct acks acks; /* the file `acks` */
	bool positioned;  /* s->acked counts */
	struct packer pack;
};

/* --- Ending badly --- */

static int master_says(struct sender *t, enum err_code code, const char *text)
{
	const char *colon = *text != '\0' ? ": " : "";

	if (*text == '\0' && code == ERR_AUTH)
		text = ": it does not know this node, or has another hash of it";
	else if (*text == '\0' && code == ERR_STORE)
		text = ": its disk is full, or a file of its store cannot be read or written; "
		       "see its log";
	return fail_set(&t->s->fail, code, err_code_exit(code), "the master says %s%s%s",
	    err_code_name(code), colon, text);
}

/* The connection broke. If the master sent ERR before, reports its reason. */
static int sending_broken(struct sender *t, const char *doing)
{
	char line[WIRE_LINE_MAX];
	const char *text;
	int why = errno;
	enum err_code code;

	while (why == EPIPE && wire_get_line(&t->w, line) == 1) {
		if (err_line_parse(line, &code, &text) == 0)
			return master_says(t, code, text);
	}
	errno = why;
	return session_broken(&t->s->fail, doing);
}

#define refuse(t, ...) session_refuse(&(t)->w, &(t)->s->fail, __VA_ARGS__)

static int spool_failed(struct sender *t, const char *doing)
{
	int why = errno;

	return refuse(
	    t, ERR_STORE, why == ENOMEM ? EX_OSERR : EX_IOERR, "%s: %s", doing, strerror(why));
}

/* The master's ERR, or a line that breaks the protocol. */
static int unexpected_from_master(struct sender *t, const char *line)
{
	const char *text;
	enum err_code code;

	if (err_line_parse(line, &code, &text) == 0)
		return master_says(t, code, text);
	return refuse(t, ERR_PROTO, EX_PROTOCOL, "the master violated the protocol");
}

/* --- Proofs --- */

static int read_greeting(struct sender *t)
{
	struct send *s = t->s;
	struct greeting g;
	uint64_t version;
	const char *text;
	enum err_code code;
	int rc = wire_get_line(&t->w, t->greeting);

	if (rc == 0)
		return fail_set(&s->fail, ERR_BUSY, EX_TEMPFAIL,
		    "the connection ended before the master's greeting: it is busy, or nobody "
		    "listens there");
	if (rc == -1)
		return sending_broken(t, "reading the master's greeting");
	if (err_line_parse(t->greeting, &code, &text) == 0)
		return unexpected_from_master(t, t->greeting);
	if (greeting_parse(&g, GREETING_SESSION, t->greeting, &version) == -1) {
		if (version == 0)
			return refuse(
			    t, ERR_PROTO, EX_PROTOCOL, "the greeting is not one of a bijk master");
		return refuse(t, ERR_VERSION, EX_PROTOCOL,
		    "the master speaks version %" PRIu64
		    " of the protocol, this node version %d; upgrade the %s",
		    version, PROTOCOL_VERSION, version < PROTOCOL_VERSION ? "master" : "node");
	}
	memcpy(s->master_name, g.name, sizeof(g.name));
	s->skew = (int64_t)g.time - now_s();
	if (s->master != NULL && strcmp(s->master, g.name) != 0)
		return refuse(t, ERR_AUTH, EX_NOPERM,
		    "the other end calls itself %s, but the master pinned for this address is %s",
		    g.name, s->master);
	secret_derive(s->hash, g.name, t->secret);
	return 0;
}

/* A probe is read-only: it neither repairs a torn tail nor creates a log. */
static int describe_log(struct sender *t)
{
	bool probe = t->s->until != SEND_ALL;
	struct log *l = probe ? log_open(t->spool, LOG_PEEK) : log_open_spool(t->spool, LOG_READ);

	if (l == NULL) {
		t->node.base = t->node.first = t->node.next = 1;
		return probe && errno == ENOENT ? 0 : -1;
	}
	t->node.id = *log_id(l);
	t->node.base = log_base(l);
	t->node.first = log_first(l);
	t->node.next = log_next(l);
	log_close(l);
	return 0;
}

static int say_node(struct sender *t)
{
	struct send *s = t->s;
	char mac[MAC_HEX + 1];

	/* It is closed again: the master has not proved itself yet. */
	if (describe_log(t) == -1)
		return refuse(
		    t, ERR_STORE, EX_IOERR, "opening the spool %s: %s", t->spool, strerror(errno));
	memcpy(t->node.name, s->config->name, strlen(s->config->name) + 1);
	t->node.time = (uint64_t)now_s();
	nonce_make(t->node.nonce);
	node_line_format(&t->node, t->node_line, sizeof(t->node_line));
	proof_session(
	    t->secret, s->direction, t->greeting, NULL, t->node_line, strlen(t->node_line), mac);
	line_add_mac(t->node_line, sizeof(t->node_line), mac);
	return wire_put_line(&t->w, t->node_line) == -1 ? sending_broken(t, "sending NODE") : 0;
}

static bool holds_masters_proof(struct sender *t, const char *line)
{
	return proof_session_holds(t->secret, t->s->direction, t->greeting, t->node_line, line);
}

/* FROM, or WAIT: then t->s->wait is set and the session over. */
static int read_from(struct sender *t)
{
	struct send *s = t->s;
	char line[WIRE_LINE_MAX];
	uint64_t wait;
	int rc = wire_get_line(&t->w, line);
	bool is_wait;

	if (rc != 1) {
		errno = rc == 0 ? ECONNRESET : errno;
		return sending_broken(t, "waiting for the master's position");
	}
	is_wait = number_line_parse("WAIT", line, true, WAIT_MAX, &wait) == 0;
	if (!is_wait && from_line_parse(&t->from, line) == -1)
		return unexpected_from_master(t, line);
	if (!holds_masters_proof(t, line))
		return refuse(t, ERR_AUTH, EX_NOPERM,
		    "the other end does not know this node's hash: it is not our master, or has "
		    "another hash "
		    "for this node");
	s->proved = true;
	if (s->slot != NULL) {
		close_fd(*s->slot);
		*s->slot = -1;
	}
	if (is_wait) {
		s->wait = wait > 0 ? wait : 1;
		return 0;
	}
	s->period = t->from.period;
	proof_session_key(t->secret, s->direction, t->greeting, t->node_line, t->key);
	return 0;
}

/* --- Position --- */

/*
 * Records below are free: enough masters have them, or they are gone. `acked`
 * goes back to the oldest record at most, for one that is gone comes not back.
 * Where one master is enough it never does.
 */
static uint64_t free_below(const struct sender *t)
{
	const struct copies *c = t->s->copies;
	uint64_t gone = t->freed < t->first || c == NULL ? t->freed : t->first;
	uint64_t have = c != NULL ? acks_common(&t->acks, &t->node.id, c) : t->s->acked;

	return have > gone ? have : gone;
}

static int fork_found(struct sender *t, const char *what)
{
	uint64_t base = free_below(t);

	log_close(t->log);
	t->log = NULL;
	if (!contact_may_renew(t->s->config))
		return refuse(t, ERR_BUSY, EX_TEMPFAIL,
		    "%s: this log was restored, cloned or cut, and was renewed less than an hour "
		    "ago: it is renewed again after that",
		    what);
	/* What too few masters have is sent again: there the new id begins. */
	if ((base != t->freed && log_acked_put(t->spool, base) == -1) || log_renew(t->spool) == -1)
		return spool_failed(t, "renewing the log");
	contact_renewed(t->s->config);
	return refuse(t, ERR_REGRESSED, EX_TEMPFAIL,
	    "%s: this log was restored, cloned or cut; it was renewed, and the next session starts "
	    "anew",
	    what);
}

/*
 * Everything below the position is freed, or counts as this master's copy. So
 * it must be what some master acknowledged, what is gone anyway, or what this
 * master can show: `check` is keyed with the session's key, and only a master
 * that was sent that record, and with it those before it, can make it.
 */
static int check_position(struct sender *t)
{
	static const uint8_t none[RECORD_CHECK];
	uint64_t seq = t->from.seq;
	uint8_t check[RECORD_CHECK];
	bool shown = false;
	const struct ack *own = acks_find(&t->acks, t->s->master_name, &t->node.id);
	uint64_t acked = own != NULL && own->acked > t->freed ? own->acked : t->freed;

	if (memcmp(t->from.check, none, sizeof(none)) != 0) {
		int held = log_check(t->log, seq - 1, t->key, check);

		if (held == -1)
			return spool_failed(t, "reading the spool");
		shown = held == 1 && memcmp(check, t->from.check, sizeof(check)) == 0;
		if (held == 1 && !shown)
			return fork_found(t, "the master holds another record of the same number");
	}
	if (!shown && seq > acked && seq > t->first)
		return fork_found(t, "the master asks for records behind some that it cannot show");
	return 0;
}

static void read_acks(struct sender *t)
{
	int dir = dir_open(AT_FDCWD, t->spool);

	t->freed = log_acked(t->spool);
	t->first = log_first(t->log);
	acks_read(&t->acks, dir);
	close_fd(dir);
}

/*
 * The master has less than it once acknowledged: it was restored, or its disk
 * was replaced. A crash must not bring the higher number back, so the file is
 * removed; it is written again when something is acknowledged, and at the end.
 */
static int lower_ack(struct sender *t)
{
	const struct ack *own = acks_find(&t->acks, t->s->master_name, &t->node.id);
	int dir, rc;

	if (own == NULL || own->acked <= t->from.seq)
		return 0;
	dir = dir_open(AT_FDCWD, t->spool);
	rc = dir == -1 ? -1 : acks_forget(dir);
	close_fd(dir);
	return rc == -1 ? spool_failed(t, "forgetting what was acknowledged") : 0;
}

static int accept_position(struct sender *t)
{
	struct send *s = t->s;

	t->lock = spool_session_lock(s->config);
	if (t->lock == -1 && errno == EWOULDBLOCK)
		return refuse(t, ERR_BUSY, EX_TEMPFAIL, "another session of this node is running");
	if (t->lock == -1)
		return spool_failed(t, "taking the session lock");
	t->log = log_open_spool(t->spool, LOG_READ);
	if (t->log == NULL)
		return spool_failed(t, "opening the spool");
	/* Another session may have renewed it between our NODE and the lock. */
	if (memcmp(log_id(t->log), &t->node.id, sizeof(t->node.id)) != 0)
		return refuse(t, ERR_BUSY, EX_TEMPFAIL, "the log was renewed meanwhile");
	if (t->from.seq < t->node.base)
		return refuse(
		    t, ERR_PROTO, EX_PROTOCOL, "the master asks for records before the base");
	read_acks(t);
	if (t->from.seq > log_next(t->log))
		return fork_found(t, "the master holds more than this node ever wrote");
	/* Another session has sent what was put since our NODE. */
	if (t->from.seq > t->node.next)
		return refuse(t, ERR_BUSY, EX_TEMPFAIL, "another session went ahead");
	if (check_position(t) == -1 || lower_ack(t) == -1)
		return -1;
	s->acked_from = s->acked = t->from.seq;
	t->freed_ms = monotonic_ms();
	t->positioned = true;
	return 0;
}

/* --- Acknowledgements --- */

/* The line of this master. False: it says so already. */
static bool note_ack(struct sender *t)
{
	const struct ack *old = acks_find(&t->acks, t->s->master_name, &t->node.id);
	struct ack line = { .log = t->node.id, .acked = t->s->acked, .sent = t->s->acked };

	memcpy(line.master, t->s->master_name, sizeof(line.master));
	if (t->end > line.sent)
		line.sent = t->end;
	if (old != NULL && old->sent > line.sent)
		line.sent = old->sent;
	return acks_set(&t->acks, &line, t->s->copies);
}

/* Both files. -1: errno. */
static int record_acks(const struct sender *t, uint64_t seq)
{
	int dir = dir_open(AT_FDCWD, t->spool);
	int rc = dir == -1 ? -1 : 0;

	if (rc == 0 && seq != t->freed)
		rc = log_acked_put(t->spool, seq);
	if (rc == 0)
		rc = acks_write(&t->acks, dir);
	close_fd(dir);
	return rc;
}

/*
 * Records the numbers and trims: now and then, and when the session ends, for
 * it costs more than an ACK. This also frees what an earlier session got
 * acknowledged, if that ACK was lost.
 */
static void free_acked(struct sender *t)
{
	bool news = note_ack(t), recorded;
	uint64_t seq = free_below(t);

	t->freed_ms = monotonic_ms();
	if (!news && seq == t->freed)
		return;
	/* Where there is no room for the files, trimming makes some. */
	recorded = record_acks(t, seq) == 0;
	if ((!recorded && errno != ENOSPC && errno != EDQUOT) ||
	    (seq > t->freed && log_trim(t->spool, seq) == -1) ||
	    (!recorded && record_acks(t, seq) == -1))
		msg_warn("freeing what was acknowledged: %s", strerror(errno));
	t->freed = seq;
}

static int handle_ack(struct sender *t, const char *line)
{
	struct send *s = t->s;
	uint64_t seq;

	if (number_line_parse("ACK", line, true, SEQ_END - 1, &seq) == -1)
		return unexpected_from_master(t, line);
	if (!holds_masters_proof(t, line))
		return refuse(
		    t, ERR_AUTH, EX_NOPERM, "an acknowledgement without the master's proof");
	if (seq < s->acked || seq > t->end)
		return refuse(t, ERR_PROTO, EX_PROTOCOL, "an acknowledgement of what was not sent");
	s->acked = seq;
	if (monotonic_ms() - t->freed_ms >= FREE_EVERY_MS)
		free_acked(t);
	return 0;
}

/* Handles those that have come, without waiting. */
static int poll_acks(struct sender *t)
{
	char line[WIRE_LINE_MAX];
	int rc;

	while ((rc = wire_poll_line(&t->w, line)) == 1) {
		if (handle_ack(t, line) == -1)
			return -1;
	}
	return rc == -1 ? sending_broken(t, "reading acknowledgements") : 0;
}

/* --- Frames --- */

/* Seals the packer's frame and sends it. */
static int send_frame(struct sender *t)
{
	struct packer *p = &t->pack;
	size_t len = p->out.len - PACK_HEAD_ROOM;
	char head[PACK_HEAD_ROOM];
	int n = snprintf(head, sizeof(head), "DATA %zu\n", len + SEAL_EXTRA);
	char *from;

	if (buf_reserve(&p->out, SEAL_EXTRA) == -1)
		return spool_failed(t, "making room for a frame");
	from = p->out.data + PACK_HEAD_ROOM - n;
	memcpy(from, head, (size_t)n);
	seal((uint8_t *)p->out.data + PACK_HEAD_ROOM, len, t->count++, t->key);
	t->end = p->end;
	t->s->records += p->count;
	t->s->bytes += len;
	if (wire_put(&t->w, from, (size_t)n + len + SEAL_EXTRA) == -1)
		return sending_broken(t, "sending records");
	return poll_acks(t);
}

static int send_frames(struct sender *t)
{
	int rc = pack_begin(&t->pack, t->log, t->from.seq, t->node.next);

	while (rc != -1 && (rc = pack_next(&t->pack)) == 1) {
		if (send_frame(t) == -1)
			return -1;
	}
	return rc == -1 ? spool_failed(t, "reading the spool") : 0;
}

static int end_sending(struct sender *t)
{
	char line[WIRE_LINE_MAX];
	int rc;

	/* The master checks this against NODE, so `first` is that of NODE. */
	if (t->count == 0) {
		t->end = t->from.seq > t->node.first ? t->from.seq : t->node.first;
		t->s->nothing_to_send = true;
	}
	snprintf(line, sizeof(line), "END %" PRIu64, t->end);
	if (wire_put_line(&t->w, line) == -1)
		return sending_broken(t, "sending END");
	/* At least one ACK comes, even if there is nothing to acknowledge. */
	do {
		rc = wire_get_line(&t->w, line);
		if (rc != 1) {
			errno = rc == 0 ? ECONNRESET : errno;
			return sending_broken(t, "waiting for the last acknowledgement");
		}
		if (handle_ack(t, line) == -1)
			return -1;
	} while (t->s->acked < t->end);
	/* END may still be in the tunnel, which is ended next. */
	if (t->s->direction == DIRECTION_PUSH)
		wire_drain(&t->w);
	return 0;
}

static int run_sender(struct sender *t)
{
	wire_limit_total(&t->w, deadline_in_s(PROOF_SECONDS));
	if (read_greeting(t) == -1)
		return -1;
	if (say_node(t) == -1 || read_from(t) == -1)
		return -1;
	if (t->s->wait > 0 || t->s->until == SEND_TO_POSITION)
		return 0;
	wire_limit_total(&t->w, DEADLINE_NEVER);
	wire_limit_quiet(&t->w, t->s->timeout, WIRE_SENDS);
	if (accept_position(t) == -1 || send_frames(t) == -1)
		return -1;
	return end_sending(t);
}

int send_session(struct send *s, int in, int out)
{
	struct sender t = {
		.s = s,
		.lock = -1,
	};
	int rc;

	t.spool = spool_path(s->config);
	if (t.spool == NULL || wire_init(&t.w, in, out) == -1)
		rc = fail_set(
		    &s->fail, ERR_NONE, EX_OSERR, "starting a session: %s", strerror(errno));
	else
		rc = run_sender(&t);
	log_close(t.log);
	if (t.positioned)
		free_acked(&t);
	close_fd(t.lock);
	wire_free(&t.w);
	pack_free(&t.pack);
	sodium_memzero(t.secret, sizeof(t.secret));
	sodium_memzero(t.key, sizeof(t.key));
	free(t.spool);
	return rc;
}
