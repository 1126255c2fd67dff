/* SPDX-License-Identifier: ISC */
/*
 * The receiver, fed by a hostile node. First byte: faults of the line
 * (peer_begin); second: bit 0 push, bit 1 another node was asked for, bit 2
 * frames are stored while the next ones come; then the script of
 * receive_node.h.
 */
#include "master/receive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log/log.h"
#include "tests/fuzz/receive_node.h"
#include "tests/fuzz/records.h"
#include "tests/oracle/tree.h"

#include "common/base/banned.h"

static const char *const goals[] = { "all stored", "a gap", "WAIT", "a node without proof",
	"a valid frame of another's making", "a flipped bit", "a DATA twice", NULL };

static struct master_config config;
static struct tree fresh;

static void put_node(struct store *s, const char *name, enum node_mode mode, uint64_t min_period)
{
	struct node n = { .mode = mode, .min_period = min_period, .pull_period = NODE_UNSET };

	snprintf(n.name, sizeof(n.name), "%s", name);
	memcpy(n.secret, mode == NODE_OFF ? other_hash : test_secret, sizeof(n.secret));
	require(store_node_put(s, &n) == 0);
}

static void begin(void)
{
	struct node_state st = { .push_began = 1700000050 };
	struct store *s;
	struct log *l;
	char *path;

	config = (struct master_config){ .name = strdup("m1"),
		.state = temp_path("master"),
		.max_age = 30 * 86400,
		.max_size = (uint64_t)1 << 30 };
	require(mkdir(config.state, 0700) == 0);
	s = store_open(&config);
	require(s != NULL);
	put_node(s, "web7", NODE_AUTO, 0);
	put_node(s, "off", NODE_OFF, 0);
	put_node(s, "slow", NODE_AUTO, 240);
	put_node(s, "pulled", NODE_PULL, 0);
	require(store_state_put(s, "slow", &st) == 0);
	path = store_log_path(s, "web7", &held_id);
	l = log_open_or_make(path, &held_id, 1, 1);
	require(l != NULL);
	log_put(l, HELD_NEXT - 1, FRAME_SMALL);
	log_close(l);
	free(path);
	store_close(s);
	tree_read(&fresh, config.state);
}

/* --- What must hold --- */

/* What the master said; *acked: the last ACK, 0 for none. */
static void judge_words(struct hostile_node *v, const struct receive *r, uint64_t *acked)
{
	const struct peer *p = v->script.peer;
	char line[WIRE_LINE_MAX];
	enum err_code code;
	struct from_line f;
	const char *text;
	size_t at = 0;
	uint64_t n;

	*acked = 0;
	for (unsigned i = 0; heard_line(p, &at, line, sizeof(line)); i++) {
		require(is_printable(line, strlen(line)));
		if (i == 0)
			continue;
		if (err_line_parse(line, &code, &text) == 0) {
			require(*text == '\0' && at == p->heard.len);
			require(v->proved || code == ERR_VERSION || code == ERR_PROTO ||
			    code == ERR_AUTH);
			continue;
		}
		require(r->name[0] != '\0');
		require(proof_session_holds(
		    test_secret, v->direction, v->greeting, v->node_line, line));
		if (i == 1) {
			if (number_line_parse("WAIT", line, true, WAIT_MAX, &n) == 0) {
				require(strcmp(r->name, "slow") == 0 && at == p->heard.len);
				continue;
			}
			require(from_line_parse(&f, line) == 0 && f.seq == v->from);
			continue;
		}
		require(number_line_parse("ACK", line, true, SEQ_END - 1, &n) == 0 && n >= *acked);
		*acked = n;
	}
}

/* The archive: what it held before, then the frames as they were sent, up to
 * some. How many of them. */
static size_t judge_archive(const struct hostile_node *v, uint64_t *next)
{
	struct store *s = store_open(&config);
	char *path = store_log_path(s, v->node.name, &v->node.id);
	struct log *l = log_open(path, LOG_READ);
	struct log_frame f;
	size_t m = 0;

	*next = v->from;
	if (l != NULL) {
		*next = log_next(l);
		require(v->from == HELD_NEXT || log_base(l) == v->node.base);
		require(log_seek(l, v->from) == 0);
		while (log_read(l, &f) == 1) {
			if (f.head.seq < v->from)
				continue;
			require(m < v->n && f.head.seq == v->sent[m].seq);
			require(f.len == v->sent[m].frame.len &&
			    memcmp(f.data, v->sent[m].frame.data, f.len) == 0);
			m++;
		}
		log_close(l);
	} else {
		require(errno == ENOENT);
	}
	free(path);
	store_close(s);
	return m;
}

/* Each number that the archive passed over was counted as lost. */
static void judge_gaps(const struct hostile_node *v, size_t stored, uint64_t next)
{
	struct store *s = store_open(&config);
	struct node_state st;
	uint64_t held = 0;

	for (size_t i = 0; i < stored; i++)
		held += v->sent[i].end - v->sent[i].seq;
	require(store_state(s, v->node.name, &st) == 0);
	require(st.records == held && st.lost == next - v->from - held);
	require((st.gaps > 0) == (st.lost > 0));
	if (st.gaps > 0)
		reached(GAPS);
	store_close(s);
}

static void judge(struct hostile_node *v, const struct receive *r, int rc)
{
	uint64_t acked, next;
	size_t stored;

	show("outcome", r->fail.text);
	judge_words(v, r, &acked);
	require(is_printable(r->fail.text, strlen(r->fail.text)));
	require(r->name[0] == '\0' || (v->proved && strcmp(r->name, v->node.name) == 0));
	require(r->node == NULL || r->name[0] == '\0' || strcmp(r->name, r->node) == 0);
	require(rc == 0 || (r->fail.exit_code != 0 && r->fail.text[0] != '\0'));
	if (!v->proved) {
		struct tree now;
		if (v->node_line[0] != '\0')
			reached(UNPROVED);
		require(rc == -1);
		tree_read(&now, config.state);
		require(tree_equal(&now, &fresh));
		tree_free(&now);
		return;
	}
	stored = judge_archive(v, &next);
	/* It ends where the last of them does, or where the proved NODE says
	 * that the node begins. */
	require(next == (stored > 0 ? v->sent[stored - 1].end : v->from) ||
	    (stored == 0 && next == v->node.first));
	/* What is acknowledged is stored. */
	require(acked <= next);
	if (rc == 0 && r->wait == 0) {
		require(acked == next && stored == v->n);
		reached(GOOD);
	} else if (rc == 0) {
		require(v->direction == DIRECTION_PUSH && stored == 0);
		reached(WAITED);
	}
	if (r->name[0] != '\0' && r->wait == 0)
		judge_gaps(v, stored, next);
}

static void run(const uint8_t *data, size_t len)
{
	static bool clean;
	struct input in = { data, len };
	struct hostile_node v = { .script = { .op = hostile_node_op,
				      .said_line = hostile_node_said },
		.flip = -1,
		.last = BUF_INIT(1 << 20) };
	struct receive r = {
		.config = &config, .address = "192.0.2.1", .proof_seconds = 30, .timeout = 60
	};
	struct peer p;
	unsigned how;
	int rc;

	peer_begin(&p, input_byte(&in));
	how = input_byte(&in);
	r.direction = v.direction = how & 1 ? DIRECTION_PUSH : DIRECTION_PULL;
	r.overlap = (how & 4) != 0;
	if (v.direction == DIRECTION_PULL)
		r.node = how & 2 ? "off" : "web7";
	if (!clean)
		tree_write(&fresh, config.state);
	script_begin(&v.script, &p, in);
	r.store = store_open(&config);
	require(r.store != NULL);
	rc = receive_session(&r, p.in, p.out);
	store_close(r.store);
	judge(&v, &r, rc);
	clean = !v.proved;
	hostile_node_free(&v);
	peer_end(&p);
}

const struct target target_receive = { "receive", goals, begin, run };
