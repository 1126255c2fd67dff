/* SPDX-License-Identifier: ISC */
/*
 * The sender, fed by a hostile master. First byte: faults of the line
 * (peer_begin); second: bit 0 push, bit 1 the pinned master has another name,
 * bits 2 and 3 which spool; then the script:
 *
 *   1  the master's mac for the line so far     2  the node's `next`     3  its `base`
 *   4  `base` plus the byte that follows        5  the right check for the line's FROM number
 *   7  the time                                 8  a mac under another secret
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/num.h"
#include "common/exchange/lines.h"
#include "common/exchange/sender.h"
#include "common/exchange/wire.h"
#include "common/log/log.h"
#include "common/log/spool.h"
#include "tests/fuzz/records.h"
#include "tests/fuzz/script.h"
#include "tests/oracle/tree.h"

#include "common/base/banned.h"

#define SPOOLS 4
#define GAP_FROM 10 /* of the third spool */
#define GAP_TO 20

enum { GOOD, NOTHING, WAITED, RENEWED, UNPROVED, LARGE };
static const char *const goals[] = { "all acknowledged", "nothing to send", "WAIT", "renewed",
	"a master without proof", "frames sent as they are", NULL };

static struct node_config config;
static char *spool;
static struct tree spools[SPOOLS];

/* One session, as the harness sees it. */
struct view {
	struct script script; /* first, so that it leads here */
	enum direction direction;
	char greeting[WIRE_LINE_MAX];  /* what the master said first */
	char node_line[WIRE_LINE_MAX]; /* what the node answered */
	struct node_line node;
	bool proved; /* its second line is one that the hash proves */
	struct from_line from;
	bool has_from;
	uint64_t acks; /* the highest proved ACK */
	uint64_t end;  /* of what the node sent */
	bool end_said;
};

/* The spools: empty; small frames; two ids in three segments, trimmed and
 * acknowledged; large frames. */

static void make_small(struct log *l)
{
	for (int i = 0; i < 5; i++)
		log_put(l, (uint32_t)i % 3 + 1, FRAME_SMALL);
}

static void make_renewed(struct log *l)
{
	make_small(l);
	require(log_next(l) == GAP_FROM && log_jump(l, GAP_TO) == 0);
	make_small(l);
	log_close(l);
	require(log_acked_put(spool, 4) == 0);
	require(log_renew(spool) == 0);
	l = log_open(spool, LOG_WRITE);
	require(l != NULL);
	make_small(l);
	log_close(l);
}

static void begin(void)
{
	struct log *l;

	config = (struct node_config){ .name = strdup("web7"), .state = temp_path("node") };
	require(mkdir(config.state, 0700) == 0);
	spool = spool_path(&config);
	for (size_t i = 0; i < SPOOLS; i++) {
		tree_write(&(struct tree){ .n = 0 }, spool);
		l = log_open_spool(spool, LOG_WRITE);
		require(l != NULL);
		if (i == 1)
			make_small(l);
		else if (i == 2)
			make_renewed(l);
		else if (i == 3)
			log_put(l, 2000, FRAME_PLAIN);
		if (i != 2)
			log_close(l);
		tree_read(&spools[i], spool);
		tree_drop(&spools[i], "lock");
	}
}

/* --- What the master says --- */

static const char *node_says(struct view *v)
{
	size_t at = 0;

	if (v->node_line[0] == '\0' &&
	    heard_line(v->script.peer, &at, v->node_line, sizeof(v->node_line)) &&
	    node_line_parse(&v->node, v->node_line) == -1)
		v->node_line[0] = '\0';
	return v->node_line;
}

/* That of the node and the master that was greeted for: the script knows m1's
 * alone. */
static const uint8_t *secret_of(const struct view *v)
{
	static uint8_t secret[SECRET_SIZE];
	struct greeting g;
	uint64_t version;

	if (greeting_parse(&g, GREETING_SESSION, v->greeting, &version) == -1)
		return test_secret;
	secret_derive(test_hash, g.name, secret);
	return secret;
}

static void say_mac(struct view *v, const uint8_t secret[SECRET_SIZE])
{
	const struct buf *line = &v->script.line;
	size_t len = line->len > 0 && line->data[line->len - 1] == ' ' ? line->len - 1 : line->len;
	char mac[MAC_HEX + 1];

	proof_session(secret, v->direction, v->greeting, node_says(v),
	    line->len > 0 ? line->data : "", len, mac);
	script_says(&v->script, mac);
}

static void say_check(struct view *v)
{
	char hex[2 * RECORD_CHECK + 1] = "";
	uint8_t check[RECORD_CHECK] = { 0 }, key[SEAL_KEY];
	uint64_t seq = 0;
	struct buf raw = BUF_INIT(4096);

	if (v->script.line.len > 5)
		seq = strtoull(v->script.line.data + 5, NULL, 10);
	if (seq > 1) {
		record_make(&raw, seq - 1);
		proof_session_key(test_secret, v->direction, v->greeting, node_says(v), key);
		record_check((const uint8_t *)raw.data, raw.len, key, check);
	}
	buf_free(&raw);
	hex_encode(hex, check, sizeof(check));
	script_says(&v->script, hex);
}

static void op(struct script *s, unsigned o)
{
	struct view *v = (struct view *)s;
	char text[32];
	uint64_t n = 1700000099;

	node_says(v);
	switch (o) {
	case SCRIPT_MAC: say_mac(v, test_secret); return;
	case 8: say_mac(v, other_hash); return;
	case 5: say_check(v); return;
	case 2: n = v->node.next; break;
	case 3: n = v->node.base; break;
	case 4: n = v->node.base + input_byte(&s->in); break;
	default: break;
	}
	snprintf(text, sizeof(text), "%" PRIu64, n);
	script_says(s, text);
}

static void said_line(struct script *s, const char *line, size_t len)
{
	struct view *v = (struct view *)s;
	char copy[WIRE_LINE_MAX];
	uint64_t n;

	if (len >= sizeof(copy) || strlen(line) != len)
		return;
	memcpy(copy, line, len + 1);
	if (s->lines == 0) {
		memcpy(v->greeting, copy, len + 1);
		return;
	}
	if (node_says(v)[0] == '\0' ||
	    !proof_session_holds(secret_of(v), v->direction, v->greeting, v->node_line, copy))
		return;
	if (s->lines == 1) {
		v->has_from = from_line_parse(&v->from, copy) == 0;
		v->proved = v->has_from || number_line_parse("WAIT", copy, true, WAIT_MAX, &n) == 0;
	} else if (number_line_parse("ACK", copy, true, SEQ_END - 1, &n) == 0 && n > v->acks) {
		v->acks = n;
	}
}

/* --- What must hold --- */

/* A sealed frame that was sent: in order, within what was asked for and named,
 * and just our records. */
static void judge_data(struct view *v, uint8_t *data, size_t len, uint64_t count)
{
	struct buf scratch = BUF_INIT(FRAME_MAX);
	uint8_t key[SEAL_KEY];
	const uint8_t *raw;
	const char *why;
	struct frame f;

	proof_session_key(secret_of(v), v->direction, v->greeting, v->node_line, key);
	require(unseal(data, len, count, key));
	require(frame_check(&f, data, len - SEAL_EXTRA, &v->node.id));
	require(f.seq >= v->from.seq && f.seq >= v->end && frame_end(&f) <= v->node.next);
	raw = frame_body(&f, data, &scratch, &why);
	require(raw != NULL && frame_is_ours(&f, raw));
	v->end = frame_end(&f);
	if (f.count == 2000)
		reached(LARGE);
	buf_free(&scratch);
}

/* Everything that the node said. */
static void judge_words(struct view *v)
{
	const struct peer *p = v->script.peer;
	uint64_t len, count = 0, n;
	char line[WIRE_LINE_MAX];
	enum err_code code;
	const char *text;
	size_t at = 0;

	for (unsigned i = 0; heard_line(p, &at, line, sizeof(line)); i++) {
		require(is_printable(line, strlen(line)));
		if (err_line_parse(line, &code, &text) == 0) {
			require((*text == '\0' || code == ERR_VERSION) && at == p->heard.len);
			require(v->proved || code == ERR_VERSION || code == ERR_PROTO ||
			    code == ERR_AUTH);
			continue;
		}
		if (i == 0) {
			require(node_says(v)[0] != '\0');
			require(proof_session_holds(
			    secret_of(v), v->direction, v->greeting, NULL, line));
			continue;
		}
		/* Nothing of the spool goes to who did not prove that he knows
		 * the hash. */
		require(v->proved && v->has_from && !v->end_said);
		if (number_line_parse("DATA", line, false, FRAME_MAX + SEAL_EXTRA, &len) == 0) {
			if (p->heard.len - at < len)
				break; /* the line broke */
			judge_data(v, (uint8_t *)p->heard.data + at, len, count++);
			at += len;
			continue;
		}
		require(number_line_parse("END", line, false, SEQ_END - 1, &n) == 0);
		require(n ==
		    (count > 0				  ? v->end
			    : v->from.seq > v->node.first ? v->from.seq
							  : v->node.first));
		v->end = n;
		v->end_said = true;
	}
}

/* What was not acknowledged is still there, and nothing else. */
static void judge_spool(const struct view *v, const struct send *s, const struct tree *before)
{
	struct buf scratch = BUF_INIT(FRAME_MAX);
	uint64_t acked = log_acked(spool), next;
	const struct buf *old = tree_file(before, "acked");
	struct log_frame f;
	const uint8_t *raw;
	const char *why;
	struct log *l;

	if (acked > 0 && (old == NULL || strtoull(old->data, NULL, 10) != acked))
		require(acked == s->acked && (acked <= v->acks || acked == s->acked_from));
	l = log_open(spool, LOG_READ);
	require(l != NULL);
	require(log_next(l) == v->node.next);
	require((memcmp(log_id(l), &v->node.id, LOG_ID_SIZE) != 0) ==
	    (s->fail.code == ERR_REGRESSED && v->proved));
	next = acked > v->node.first ? acked : v->node.first;
	if (before == &spools[2] && next >= GAP_FROM && next < GAP_TO)
		next = GAP_TO;
	require(log_first(l) <= next);
	require(log_seek(l, next) == 0);
	while (log_read(l, &f) == 1) {
		/* The third has a gap from the beginning. */
		require(f.head.seq <= next ||
		    (before == &spools[2] && next == GAP_FROM && f.head.seq == GAP_TO));
		raw = frame_body(&f.head, f.data, &scratch, &why);
		require(raw != NULL && frame_is_ours(&f.head, raw));
		next = frame_end(&f.head);
	}
	require(next == log_next(l));
	log_close(l);
	buf_free(&scratch);
}

static void judge(struct view *v, const struct send *s, int rc, const struct tree *before)
{
	show("outcome", s->fail.text);
	judge_words(v);
	require(!s->proved || v->proved);
	require(s->acked >= s->acked_from);
	require(s->acked == s->acked_from || s->acked <= v->acks);
	require(s->acked == 0 || !v->has_from ||
	    s->acked <= (v->end > v->from.seq ? v->end : v->from.seq));
	require(is_printable(s->fail.text, strlen(s->fail.text)));
	if (rc == 0) {
		require(v->proved &&
		    ((s->wait > 0 && !v->has_from) || (v->end_said && s->acked == v->end)));
		reached(s->wait > 0 ? WAITED : s->nothing_to_send ? NOTHING : GOOD);
	} else {
		require(s->fail.exit_code != 0 && s->fail.text[0] != '\0');
		if (s->fail.code == ERR_REGRESSED && v->proved)
			reached(RENEWED);
	}
	if (v->proved && v->has_from) {
		judge_spool(v, s, before);
	} else {
		struct tree now;
		if (v->node_line[0] != '\0' && v->script.lines > 1)
			reached(UNPROVED);
		tree_read(&now, spool);
		tree_drop(&now, "lock"); /* a note at most, of what was durable */
		require(tree_equal(&now, before));
		tree_free(&now);
	}
}

static void run(const uint8_t *data, size_t len)
{
	static const struct tree *there;
	struct input in = { data, len };
	struct view v = { .script = { .op = op, .said_line = said_line } };
	struct send s = { .config = &config, .timeout = 60 };
	struct peer p;
	unsigned how;
	int rc;

	peer_begin(&p, input_byte(&in));
	how = input_byte(&in);
	s.direction = v.direction = how & 1 ? DIRECTION_PUSH : DIRECTION_PULL;
	if (v.direction == DIRECTION_PUSH)
		s.master = how & 2 ? "m2" : "m1";
	memcpy(s.hash, test_hash, sizeof(s.hash));
	if (there != &spools[how >> 2 & 3])
		tree_write(&spools[how >> 2 & 3], spool);
	there = &spools[how >> 2 & 3];
	script_begin(&v.script, &p, in);
	rc = send_session(&s, p.in, p.out);
	judge(&v, &s, rc, there);
	if (v.proved)
		there = NULL;
	script_end(&v.script);
	peer_end(&p);
}

const struct target target_send = { "send", goals, begin, run };
