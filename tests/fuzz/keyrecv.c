/* SPDX-License-Identifier: ISC */
/*
 * The master's half of a registration, fed by a hostile node. First byte:
 * faults of the line; second: bit 0 refuses unknown names; then the script:
 *
 *   1  the right mac of the message so far    2  a nonce    3  the node's present key
 *   4  b: an ed25519 key of that byte         5  the same with a quote, a space or a LF inside
 *                                             its text
 */
int keyrecv_main(int argc, char **argv);
#define main keyrecv_main
#include "master/bijk-keyrecv.c"
#undef main

#include <stdlib.h>
#include <sys/stat.h>

#include "common/base/num.h"
#include "master/pullkey.h"
#include "tests/fuzz/keys.h"
#include "tests/fuzz/script.h"
#include "tests/oracle/tree.h"

enum { TAKEN, NEW_KEY, PENDING, UNPROVED, BROKEN, DISABLED };
static const char *const goals[] = { "taken", "a new key", "pending", "not proved", "not parsed",
	"disabled", NULL };

static struct master_config config;
static struct tree fresh;
static struct sshkey pull_key;

struct view {
	struct script script; /* first, so that it leads here */
	struct buf message;   /* whole lines of the node */
	bool ended;	      /* the last one is an END; what follows is not heard */
	bool proved;	      /* and the hash proves it */
};

/* A stand-in for master/pullkey.c, which has ssh-keygen make one. */
int pullkey_open(const struct master_config *c, struct sshkey *k, struct fail *f)
{
	(void)c;
	(void)f;
	*k = pull_key;
	return 0;
}

int pullkey_next(const struct master_config *c, struct sshkey *k, struct fail *f)
{
	(void)c;
	(void)k;
	(void)f;
	return 0;
}

static void put_node(struct store *s, const char *name, enum node_mode mode, uint8_t key)
{
	struct sshkey k = some_key(key);
	struct card c = { .keys = { &k, 1 }, .port = 22 };
	struct node n = { .mode = mode, .min_period = NODE_UNSET, .pull_period = NODE_UNSET };
	bool changed;

	snprintf(n.name, sizeof(n.name), "%s", name);
	memcpy(n.secret, test_secret, sizeof(n.secret));
	require(store_node_put(s, &n) == 0);
	require(store_register(s, name, &c, "192.0.2.9", &changed) == 0);
}

static void begin(void)
{
	char key[SSHKEY_TEXT_MAX];
	struct store *s;
	FILE *f;

	pull_key = some_key(3);
	config = (struct master_config){ .name = strdup("m1"),
		.state = temp_path("master"),
		.host_keys = temp_path("host.pub"),
		.min_period = 240,
		.max_pending = 3 };
	require(mkdir(config.state, 0700) == 0);
	sshkey_format(&pull_key, key);
	f = fopen(config.host_keys, "w");
	require(f != NULL && fprintf(f, "%s\n", key) > 0 && fclose(f) == 0);
	s = store_open(&config);
	require(s != NULL);
	put_node(s, "web7", NODE_AUTO, 7);
	put_node(s, "off", NODE_OFF, 8);
	store_close(s);
	tree_read(&fresh, config.state);
}

/* --- What the node says --- */

static const char *greeting(const struct view *v)
{
	static char line[WIRE_LINE_MAX];
	size_t at = 0;

	line[0] = '\0';
	heard_line(v->script.peer, &at, line, sizeof(line));
	return line;
}

static void say_mac(struct view *v)
{
	const struct buf *line = &v->script.line;
	size_t len = line->len > 0 && line->data[line->len - 1] == ' ' ? line->len - 1 : line->len;
	struct buf all = BUF_INIT(1u << 20);
	uint8_t raw[MAC_SIZE];
	char mac[MAC_HEX + 1];

	buf_addf(&all, "bijk2 node register\n%s\n", greeting(v));
	buf_add(&all, v->message.data, v->message.len);
	buf_add(&all, line->data, len);
	require(buf_ok(&all));
	crypto_generichash(
	    raw, sizeof(raw), (const uint8_t *)all.data, all.len, test_secret, sizeof(test_secret));
	hex_encode(mac, raw, sizeof(raw));
	buf_free(&all);
	script_says(&v->script, mac);
}

static void op(struct script *s, unsigned o)
{
	struct view *v = (struct view *)s;
	char text[SSHKEY_TEXT_MAX];
	struct sshkey k;

	switch (o) {
	case SCRIPT_MAC: say_mac(v); return;
	case 2:
		for (int i = 0; i < NONCE_SIZE; i++)
			script_says(s, "2a");
		return;
	case 3: k = some_key(7); break;
	case 4:
	case 5: k = some_key((uint8_t)input_byte(&s->in)); break;
	default: return;
	}
	sshkey_format(&k, text);
	if (o == 5)
		text[20 + input_byte(&s->in) % 50] = "\" \n,"[input_byte(&s->in) & 3];
	script_says(s, text);
}

static void said_line(struct script *s, const char *line, size_t len)
{
	struct view *v = (struct view *)s;

	if (v->ended)
		return;
	if (len > 0)
		buf_add(&v->message, line, len);
	buf_adds(&v->message, "\n");
	v->ended = len >= 4 && memcmp(line, "END ", 4) == 0;
	v->proved = v->ended && greeting(v)[0] != '\0' &&
	    register_request_proved(v->message.data, v->message.len, greeting(v), test_secret);
}

/* --- What must hold --- */

/* The answer proves that the master knows the hash, and is one. */
static void judge_answer(const struct view *v, const char *text, size_t len)
{
	struct card c;
	const char *why;

	require(v->proved);
	require(register_answer_proved(
	    text, len, greeting(v), v->message.data, v->message.len, test_secret));
	require(register_answer_parse(&c, text, len, &why) == 0);
	require(strcmp(c.name, "m1") == 0 && c.keys.n == 1 && c.hostkeys.n == 1);
	require(sshkey_equal(&c.keys.v[0], &pull_key));
	card_free(&c);
}

/* What was kept: exactly one line for each key, and of the node that asked
 * only. */
static void judge_store(const struct view *v, struct tree *now, const struct card *said)
{
	const struct buf *push = tree_file(now, "nodes/web7/push.pub");
	const struct buf *hosts = tree_file(now, "nodes/web7/known_hosts");
	char key[SSHKEY_TEXT_MAX];
	size_t n;

	(void)v;
	require(push != NULL && are_key_lines(push, "", "", &n) && n == 1);
	sshkey_format(&said->keys.v[0], key);
	require(push->len == strlen(key) + 1 && memcmp(push->data, key, strlen(key)) == 0);
	require(said->keys.v[0].type == SSHKEY_ED25519);
	require((hosts != NULL) == (said->hostkeys.n > 0));
	if (hosts != NULL)
		require(are_key_lines(hosts, "web7 ", "", &n) && n == said->hostkeys.n);
	if (!tree_equal(now, &fresh))
		reached(NEW_KEY);
	reached(TAKEN);
}

/* Without a proof only the short list of who waits may differ. */
static void judge_unchanged(struct tree *now)
{
	size_t pending = 0;

	for (size_t i = 0; i < now->n; i++) {
		if (strncmp(now->v[i].path, "pending/", 8) != 0 || now->v[i].path[8] == '\0')
			continue;
		require(now->v[i].path[8] == '.' || name_valid(now->v[i].path + 8));
		require(is_printable(now->v[i].data.data, 0));
		pending += now->v[i].path[8] != '.' && name_valid(now->v[i].path + 8);
	}
	require(pending <= 1);
	if (pending > 0)
		reached(PENDING);
	tree_drop(now, "pending/*");
	for (size_t i = 0, k = 0; i < fresh.n; i++) {
		if (strncmp(fresh.v[i].path, "pending/", 8) == 0)
			continue;
		require(k < now->n && strcmp(now->v[k].path, fresh.v[i].path) == 0);
		require(now->v[k].data.len == fresh.v[i].data.len);
		require(fresh.v[i].data.len == 0 ||
		    memcmp(now->v[k].data.data, fresh.v[i].data.data, fresh.v[i].data.len) == 0);
		k++;
	}
}

static void judge(struct view *v, int rc)
{
	const struct peer *p = v->script.peer;
	struct card said = { .kind = CARD_NODE };
	char line[WIRE_LINE_MAX];
	struct tree now;
	enum err_code code = ERR_NONE;
	const char *text, *why;
	size_t at = 0, answer;

	tree_read(&now, config.state);
	heard_line(p, &at, line, sizeof(line));
	answer = at;
	if (heard_line(p, &at, line, sizeof(line)) && err_line_parse(line, &code, &text) == 0) {
		require(at == p->heard.len && is_printable(line, strlen(line)) && rc != 0);
		reached(code == ERR_PROTO ? BROKEN : code == ERR_DISABLED ? DISABLED : UNPROVED);
	}
	if (rc == 0 && strncmp(line, "MASTER ", 7) == 0)
		judge_answer(v, p->heard.data + answer, p->heard.len - answer);
	if (v->proved &&
	    register_request_parse(&said, v->message.data, v->message.len, &why) == 0 &&
	    strcmp(said.name, "web7") == 0 && (rc == 0 || p->breaks > 0)) {
		if (rc == 0)
			judge_store(v, &now, &said);
	} else {
		judge_unchanged(&now);
	}
	card_free(&said);
	tree_free(&now);
}

static void run(const uint8_t *data, size_t len)
{
	static bool clean;
	struct input in = { data, len };
	struct view v = { .script = { .op = op, .said_line = said_line },
		.message = BUF_INIT(PEER_MAX) };
	struct session s = { .config = &config, .peer = "192.0.2.1" };
	struct peer p;
	int rc;

	peer_begin(&p, input_byte(&in));
	p.in = STDIN_FILENO;
	p.out = STDOUT_FILENO;
	config.unknown = input_byte(&in) & 1 ? UNKNOWN_REFUSE : UNKNOWN_PENDING;
	if (!clean)
		tree_write(&fresh, config.state);
	clean = false;
	script_begin(&v.script, &p, in);
	s.store = store_open(&config);
	require(s.store != NULL);
	rc = serve_registration(&s);
	store_close(s.store);
	judge(&v, rc);
	buf_free(&v.message);
	script_end(&v.script);
	peer_end(&p);
}

const struct target target_keyrecv = { "keyrecv", goals, begin, run };
