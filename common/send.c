/* SPDX-License-Identifier: ISC */
/*
 * In the order of the protocol: greeting, NODE, the master's proof; only then the lock and the
 * position that counts; frames while acknowledgements are read; END; the last ACK.
 *
 * Small frames, as single records make them, are packed into larger ones on the way: the master
 * syncs once for each, and they compress far better together.
 */
#include "common/send.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/log.h"
#include "common/session.h"
#include "common/spool.h"
#include "common/wire.h"

#include "common/base/banned.h"

#define PACK_BELOW (FRAME_PACK / 2) /* larger frames go as they are */
#define FREE_EVERY_MS 1000
#define HEAD_ROOM 32 /* "DATA 16781392\n" in front of a frame */

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
	uint8_t key[SEAL_KEY];
	uint64_t count; /* DATA so far */
	uint64_t end;	/* behind the last frame sent */
	uint64_t freed; /* what the file `acked` says */
	int64_t freed_ms;
	bool positioned; /* s->acked counts */
	struct buf out;	 /* one DATA on its way */
	/* Records that wait to be packed: numbers [pack_seq, end of them). */
	struct buf pack;
	uint64_t pack_seq;
	uint32_t pack_count;
	struct buf scratch;
};

/* --- Ending badly --- */

/* Something broke between us: says what, unless the other side has said why before. */
static int broken(struct sender *t, const char *doing)
{
	struct fail *f = &t->s->fail;
	char line[WIRE_LINE_MAX];
	const char *text;
	int why = errno;
	enum err_code code;

	while (why == EPIPE && wire_get_line(&t->w, line) == 1) {
		if (err_line_parse(line, &code, &text) == 0)
			return fail_set(f, code, err_code_exit(code), "the master says %s: %s",
			    err_code_name(code), text);
	}
	if (why == EBADMSG)
		return fail_set(f, ERR_PROTO, EX_PROTOCOL, "%s: not a line of the protocol", doing);
	if (why == ETIMEDOUT)
		return fail_set(f, ERR_NONE, EX_TEMPFAIL, "%s: no progress in time", doing);
	if (why == EPIPE || why == ECONNRESET)
		return fail_set(f, ERR_NONE, EX_TEMPFAIL, "%s: the connection ended", doing);
	return fail_set(f, ERR_NONE, EX_TEMPFAIL, "%s: %s", doing, strerror(why));
}

/* Tells the other side the code (the text stays here), and waits until it has read it. */
static int refuse(struct sender *t, enum err_code code, int exit_code, const char *why)
{
	char line[WIRE_LINE_MAX];

	err_line_format(code, "", line, sizeof(line));
	if (wire_put_line(&t->w, line) == 0)
		wire_drain(&t->w);
	return fail_set(&t->s->fail, code, exit_code, "%s", why);
}

/* The master's ERR, or a line that has no place here. */
static int unexpected(struct sender *t, const char *line)
{
	const char *text;
	enum err_code code;

	if (err_line_parse(line, &code, &text) == 0)
		return fail_set(&t->s->fail, code, err_code_exit(code), "the master says %s%s%s",
		    err_code_name(code), *text != '\0' ? ": " : "", text);
	return refuse(t, ERR_PROTO, EX_PROTOCOL, "the master broke the protocol");
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
		return broken(t, "reading the master's greeting");
	if (err_line_parse(t->greeting, &code, &text) == 0)
		return unexpected(t, t->greeting);
	if (greeting_parse(&g, t->greeting, &version) == -1) {
		if (version == 0)
			return refuse(
			    t, ERR_PROTO, EX_PROTOCOL, "the greeting is not one of a bijk master");
		refuse(t, ERR_VERSION, EX_PROTOCOL, "");
		return fail_set(&s->fail, ERR_VERSION, EX_PROTOCOL,
		    "the master speaks version %" PRIu64 " of the protocol, this node version %d",
		    version, PROTOCOL_VERSION);
	}
	memcpy(s->master_name, g.name, sizeof(g.name));
	s->skew = (int64_t)g.time - now_s();
	if (s->master != NULL && strcmp(s->master, g.name) != 0) {
		refuse(t, ERR_AUTH, EX_NOPERM, "");
		return fail_set(&s->fail, ERR_AUTH, EX_NOPERM,
		    "the other end calls itself %s, but the master pinned for this address is %s",
		    g.name, s->master);
	}
	return 0;
}

static int open_log(struct sender *t)
{
	t->log = log_open_spool(t->spool, LOG_READ);
	return t->log == NULL ? -1 : 0;
}

static int say_node(struct sender *t)
{
	struct send *s = t->s;
	char mac[MAC_HEX + 1];

	/* Only a look: nothing is promised before the master has proved itself. */
	if (open_log(t) == -1) {
		int why = errno;
		refuse(t, ERR_AUTH, EX_IOERR, "");
		return fail_set(&s->fail, ERR_STORE, EX_IOERR, "opening the spool %s: %s", t->spool,
		    strerror(why));
	}
	memcpy(t->node.name, s->config->name, strlen(s->config->name) + 1);
	t->node.id = *log_id(t->log);
	t->node.base = log_base(t->log);
	t->node.first = log_first(t->log);
	t->node.next = log_next(t->log);
	t->node.time = (uint64_t)now_s();
	nonce_make(t->node.nonce);
	log_close(t->log);
	t->log = NULL;
	node_line_format(&t->node, t->node_line, sizeof(t->node_line));
	proof_session(s->hash, s->way, t->greeting, NULL, t->node_line, strlen(t->node_line), mac);
	line_add_mac(t->node_line, sizeof(t->node_line), mac);
	return wire_put_line(&t->w, t->node_line) == -1 ? broken(t, "sending NODE") : 0;
}

static bool proved(struct sender *t, const char *line)
{
	return proof_session_holds(t->s->hash, t->s->way, t->greeting, t->node_line, line);
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
		return broken(t, "waiting for the master's position");
	}
	is_wait = number_line_parse("WAIT", line, true, WAIT_MAX, &wait) == 0;
	if (!is_wait && from_line_parse(&t->from, line) == -1)
		return unexpected(t, line);
	if (!proved(t, line))
		return refuse(t, ERR_AUTH, EX_NOPERM,
		    "the other end does not know this node's hash: it is not our master, or has "
		    "another hash "
		    "for this node");
	s->proved = true;
	if (is_wait) {
		s->wait = wait > 0 ? wait : 1;
		return 0;
	}
	s->period = t->from.period;
	proof_session_key(s->hash, s->way, t->greeting, t->node_line, t->key);
	return 0;
}

/* --- Position --- */

static int fork_found(struct sender *t, const char *what)
{
	log_close(t->log);
	t->log = NULL;
	if (log_renew(t->spool) == -1) {
		int why = errno;
		refuse(t, ERR_STORE, EX_IOERR, "");
		return fail_set(
		    &t->s->fail, ERR_STORE, EX_IOERR, "renewing the log: %s", strerror(why));
	}
	refuse(t, ERR_REGRESSED, EX_TEMPFAIL, "");
	return fail_set(&t->s->fail, ERR_REGRESSED, EX_TEMPFAIL,
	    "%s: this log was restored, cloned or cut; it was renewed, and the next session starts "
	    "anew",
	    what);
}

static int take_position(struct sender *t)
{
	static const uint8_t none[RECORD_CHECK];
	struct send *s = t->s;
	uint8_t check[RECORD_CHECK];
	int state = -1, rc;

	t->lock = spool_session_lock(s->config);
	if (t->lock == -1) {
		rc = errno;
		if (rc == EWOULDBLOCK)
			return refuse(
			    t, ERR_BUSY, EX_TEMPFAIL, "another session of this node is at work");
		refuse(t, ERR_STORE, EX_IOERR, "");
		return fail_set(
		    &s->fail, ERR_STORE, EX_IOERR, "taking the session lock: %s", strerror(rc));
	}
	if (open_log(t) == -1) {
		rc = errno;
		refuse(t, ERR_STORE, EX_IOERR, "");
		return fail_set(&s->fail, ERR_STORE, EX_IOERR, "opening the spool %s: %s", t->spool,
		    strerror(rc));
	}
	/* Another session may have renewed it between our NODE and the lock. */
	if (memcmp(log_id(t->log), &t->node.id, sizeof(t->node.id)) != 0)
		return refuse(t, ERR_BUSY, EX_TEMPFAIL, "the log was renewed meanwhile");
	if (t->from.seq < t->node.base)
		return refuse(
		    t, ERR_PROTO, EX_PROTOCOL, "the master asks for records before the base");
	if (t->from.seq > t->node.next)
		return fork_found(t, "the master holds more than this node ever wrote");
	if (memcmp(t->from.check, none, sizeof(none)) != 0) {
		state = log_check(t->log, t->from.seq - 1, check);
		if (state == -1) {
			rc = errno;
			refuse(t, ERR_STORE, EX_IOERR, "");
			return fail_set(
			    &s->fail, ERR_STORE, EX_IOERR, "reading the spool: %s", strerror(rc));
		}
		if (state == 1 && memcmp(check, t->from.check, sizeof(check)) != 0)
			return fork_found(t, "the master holds another record of the same number");
	}
	s->acked_from = s->acked = t->from.seq;
	t->freed = log_acked(t->spool);
	t->freed_ms = monotonic_ms();
	t->positioned = true;
	return 0;
}

/* --- Acknowledgements --- */

/*
 * Keeps the number and trims: now and then, and when the session ends, for it costs more than an ACK. Also
 * what the session before got acknowledged, if that ACK was lost on its way.
 */
static void free_acked(struct sender *t)
{
	uint64_t seq = t->s->acked;

	t->freed_ms = monotonic_ms();
	if (seq <= t->freed)
		return;
	if (log_acked_put(t->spool, seq) == -1 || log_trim(t->spool, seq) == -1)
		msg_warn("freeing what was acknowledged: %s", strerror(errno));
	t->freed = seq;
}

static int handle_ack(struct sender *t, const char *line)
{
	struct send *s = t->s;
	uint64_t seq;

	if (number_line_parse("ACK", line, true, SEQ_END - 1, &seq) == -1)
		return unexpected(t, line);
	if (!proved(t, line))
		return refuse(
		    t, ERR_AUTH, EX_NOPERM, "an acknowledgement without the master's proof");
	if (seq < s->acked || seq > t->end)
		return refuse(t, ERR_PROTO, EX_PROTOCOL, "an acknowledgement of what was not sent");
	s->acked = seq;
	if (monotonic_ms() - t->freed_ms >= FREE_EVERY_MS)
		free_acked(t);
	return 0;
}

/* Those that are there already. */
static int poll_acks(struct sender *t)
{
	char line[WIRE_LINE_MAX];
	int rc;

	while ((rc = wire_poll_line(&t->w, line)) == 1) {
		if (handle_ack(t, line) == -1)
			return -1;
	}
	return rc == -1 ? broken(t, "reading acknowledgements") : 0;
}

/* --- Frames --- */

/* t->out holds HEAD_ROOM bytes and one frame with the log's tag: seals and sends it. */
static int send_out(struct sender *t, uint64_t end, uint32_t count)
{
	size_t len = t->out.len - HEAD_ROOM;
	char head[HEAD_ROOM];
	int n = snprintf(head, sizeof(head), "DATA %zu\n", len + SEAL_EXTRA);
	char *from;

	if (buf_reserve(&t->out, SEAL_EXTRA) == -1)
		return fail_set(&t->s->fail, ERR_NONE, EX_OSERR, "out of memory");
	from = t->out.data + HEAD_ROOM - n;
	memcpy(from, head, (size_t)n);
	seal((uint8_t *)t->out.data + HEAD_ROOM, len, t->count++, t->key);
	t->end = end;
	t->s->records += count;
	t->s->bytes += len;
	if (wire_put(&t->w, from, (size_t)n + len + SEAL_EXTRA) == -1)
		return broken(t, "sending records");
	return poll_acks(t);
}

static int begin_out(struct sender *t)
{
	static const char room[HEAD_ROOM];

	buf_reset(&t->out);
	return buf_add(&t->out, room, sizeof(room));
}

static int no_memory(struct sender *t)
{
	refuse(t, ERR_STORE, EX_OSERR, "");
	return fail_set(&t->s->fail, ERR_STORE, EX_OSERR, "out of memory");
}

static int send_as_is(struct sender *t, const struct log_frame *f)
{
	if (begin_out(t) == -1 || buf_add(&t->out, f->data, f->len) == -1)
		return no_memory(t);
	if (memcmp(&f->id, &t->node.id, sizeof(f->id)) != 0)
		frame_retag((uint8_t *)t->out.data + HEAD_ROOM, f->len, &t->node.id);
	return send_out(t, frame_end(&f->head), f->head.count);
}

static int send_pack(struct sender *t)
{
	uint64_t end = t->pack_seq + t->pack_count;
	uint32_t count = t->pack_count;

	if (count == 0)
		return 0;
	if (begin_out(t) == -1 ||
	    frame_build(&t->out, &t->node.id, t->pack_seq, count, (const uint8_t *)t->pack.data,
		t->pack.len, FRAME_SMALL) == -1)
		return no_memory(t);
	buf_reset(&t->pack);
	t->pack_count = 0;
	return send_out(t, end, count);
}

/* Puts a frame's records to those that wait, without those below the position. */
static int pack(struct sender *t, const struct log_frame *f)
{
	const char *why = "";
	const uint8_t *raw = frame_body(&f->head, f->data, &t->scratch, &why);
	uint64_t seq = f->head.seq;
	uint32_t count = f->head.count;
	size_t at = 0;
	struct record r;

	/* The tag held, so whoever wrote it wrote it so; it is as lost as a damaged one. */
	if (raw == NULL) {
		msg_error("records %" PRIu64 " to %" PRIu64 " cannot be sent: %s", seq,
		    frame_end(&f->head) - 1, why);
		return 0;
	}
	for (; seq < t->from.seq; seq++, count--)
		record_next(raw, f->head.raw_len, &at, &r);
	if (t->pack_count > 0 &&
	    (t->pack_seq + t->pack_count != seq || t->pack_count + count > FRAME_RECORDS ||
		t->pack.len + f->head.raw_len - at > FRAME_PACK) &&
	    send_pack(t) == -1)
		return -1;
	if (t->pack_count == 0)
		t->pack_seq = seq;
	if (buf_add(&t->pack, raw + at, f->head.raw_len - at) == -1)
		return no_memory(t);
	t->pack_count += count;
	return 0;
}

static int send_frames(struct sender *t)
{
	struct log_frame f;
	int rc;

	if (log_seek(t->log, t->from.seq) == -1)
		rc = -1;
	else
		while ((rc = log_read(t->log, &f)) == 1 && f.head.seq < t->node.next) {
			bool whole = f.head.seq >= t->from.seq && f.head.raw_len >= PACK_BELOW;
			if (whole && (send_pack(t) == -1 || send_as_is(t, &f) == -1))
				return -1;
			if (!whole && pack(t, &f) == -1)
				return -1;
		}
	if (rc == -1) {
		rc = errno;
		refuse(t, ERR_STORE, EX_IOERR, "");
		return fail_set(
		    &t->s->fail, ERR_STORE, EX_IOERR, "reading the spool: %s", strerror(rc));
	}
	return send_pack(t);
}

static int finish(struct sender *t)
{
	char line[WIRE_LINE_MAX];
	int rc;

	/* The master checks this against NODE, so it is the `first` that was named there. */
	if (t->count == 0) {
		t->end = t->from.seq > t->node.first ? t->from.seq : t->node.first;
		t->s->nothing_to_send = true;
	}
	snprintf(line, sizeof(line), "END %" PRIu64, t->end);
	if (wire_put_line(&t->w, line) == -1)
		return broken(t, "sending END");
	/* At least one, even where there is nothing to acknowledge. */
	do {
		rc = wire_get_line(&t->w, line);
		if (rc != 1) {
			errno = rc == 0 ? ECONNRESET : errno;
			return broken(t, "waiting for the last acknowledgement");
		}
		if (handle_ack(t, line) == -1)
			return -1;
	} while (t->s->acked < t->end);
	return 0;
}

static int run(struct sender *t)
{
	wire_limit_total(&t->w, deadline_in_s(PROOF_SECONDS));
	if (read_greeting(t) == -1 || say_node(t) == -1 || read_from(t) == -1)
		return -1;
	if (t->s->wait > 0)
		return 0;
	wire_limit_total(&t->w, DEADLINE_NEVER);
	wire_limit_quiet(&t->w, t->s->timeout);
	if (take_position(t) == -1 || send_frames(t) == -1)
		return -1;
	return finish(t);
}

int send_session(struct send *s, int in, int out)
{
	struct sender t = {
		.s = s,
		.lock = -1,
		.out = BUF_INIT(HEAD_ROOM + FRAME_MAX + SEAL_EXTRA),
		.pack = BUF_INIT(FRAME_PACK + RECORD_STORED_MAX),
		.scratch = BUF_INIT(FRAME_MAX),
	};
	int rc;

	t.spool = spool_path(s->config);
	if (t.spool == NULL || wire_init(&t.w, in, out) == -1)
		rc = fail_set(
		    &s->fail, ERR_NONE, EX_OSERR, "starting a session: %s", strerror(errno));
	else
		rc = run(&t);
	log_close(t.log);
	if (t.positioned)
		free_acked(&t);
	close_fd(t.lock);
	wire_free(&t.w);
	buf_free(&t.out);
	buf_free(&t.pack);
	buf_free(&t.scratch);
	sodium_memzero(t.key, sizeof(t.key));
	free(t.spool);
	return rc;
}
