/* SPDX-License-Identifier: ISC */
/*
 * The node's half of a registration, fed by a hostile master. First byte:
 * faults of the line; then the script:
 *
 *   1  the right mac of the answer so far    2  a nonce    4  b: an ed25519 key of that byte
 *   5  the same with a quote, a space or a LF inside its text
 */
#include "common/trust/register.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/num.h"
#include "common/exchange/lines.h"
#include "common/exchange/proof.h"
#include "common/exchange/wire.h"
#include "common/trust/card.h"
#include "tests/fuzz/keys.h"
#include "tests/fuzz/script.h"
#include "tests/oracle/tree.h"

#include "common/base/banned.h"

#define ADDRESS "192.0.2.5"
#define OPTIONS "restrict,command=\"pull\" "
#define FOREIGN "ssh-ed25519 AAAA somebody@else\n# bijk-master:" ADDRESS "\n"

enum { TAKEN, PENDING, REFUSED, CUT };
static const char *const goals[] = { "taken", "pending", "refused", "cut off", NULL };

static char *masters[] = { (char[]){ ADDRESS } };
static struct node_config config = { .masters = { masters, 1 } };
static struct tree fresh;
static struct sshkey push_key;

struct view {
	struct script script;	      /* first, so that it leads here */
	char greeting[WIRE_LINE_MAX]; /* the first line of the master */
	struct buf message; /* the lines behind it, up to an END: what follows is not heard */
	bool ended, proved;
};

static void put_file(const char *name, const char *text)
{
	char *path = path_join(config.state, name);

	require(path != NULL &&
	    file_replace(AT_FDCWD, path, text, strlen(text), 0600, FILE_UNSYNCED) == 0);
	free(path);
}

static void begin(void)
{
	struct fail f;
	char *path;

	config.name = strdup("web7");
	config.state = temp_path("node");
	require(mkdir(config.state, 0700) == 0);
	path = path_join(config.state, ".ssh");
	require(path != NULL && mkdir(path, 0700) == 0);
	free(path);
	put_file(".ssh/authorized_keys", FOREIGN);
	push_key = some_key(9);
	masters_close(masters_open(&config, MASTERS_CHANGE, deadline_in_s(5), &f));
	tree_read(&fresh, config.state);
}

/* --- What the master says --- */

static const char *request(const struct view *v, size_t *len)
{
	*len = v->script.peer->heard.len;
	return *len > 0 ? v->script.peer->heard.data : "";
}

/*
 * That of the node and the master that was greeted for: the script knows m1's
 * alone.
 */
static const uint8_t *secret_of(const struct view *v)
{
	static uint8_t secret[SECRET_SIZE];
	struct greeting g;
	uint64_t version;

	if (greeting_parse(&g, GREETING_REGISTER, v->greeting, &version) == -1)
		return test_secret;
	secret_derive(test_hash, g.name, secret);
	return secret;
}

static void say_mac(struct view *v)
{
	const struct buf *line = &v->script.line;
	size_t len = line->len > 0 && line->data[line->len - 1] == ' ' ? line->len - 1 : line->len;
	size_t request_len;
	const char *asked = request(v, &request_len);
	struct buf all = BUF_INIT(1u << 20);
	uint8_t raw[MAC_SIZE];
	char mac[MAC_HEX + 1];

	buf_addf(&all, "bijk2 master register\n%s\n", v->greeting);
	buf_add(&all, asked, request_len);
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
	char text[SSHKEY_TEXT_MAX];
	struct sshkey k;

	switch (o) {
	case SCRIPT_MAC: say_mac((struct view *)s); return;
	case 2:
		for (int i = 0; i < NONCE_SIZE; i++)
			script_says(s, "2a");
		return;
	case 4:
	case 5:
		k = some_key((uint8_t)input_byte(&s->in));
		sshkey_format(&k, text);
		if (o == 5)
			text[20 + input_byte(&s->in) % 50] = "\" \n,"[input_byte(&s->in) & 3];
		script_says(s, text);
		return;
	default: return;
	}
}

static void said_line(struct script *s, const char *line, size_t len)
{
	struct view *v = (struct view *)s;
	size_t request_len;
	const char *asked = request(v, &request_len);

	if (s->lines == 0) {
		if (len < sizeof(v->greeting) && strnlen(line, len) == len)
			memcpy(v->greeting, line, len);
		return;
	}
	if (v->ended)
		return;
	if (len > 0)
		buf_add(&v->message, line, len);
	buf_adds(&v->message, "\n");
	v->ended = len >= 4 && memcmp(line, "END ", 4) == 0;
	v->proved = v->ended &&
	    register_answer_proved(
		v->message.data, v->message.len, v->greeting, asked, request_len, secret_of(v));
}

/* --- What must hold --- */

static void judge_taken(const struct view *v, const struct tree *now)
{
	const struct buf *authorized = tree_file(now, ".ssh/authorized_keys");
	const struct buf *hosts = tree_file(now, "known_hosts");
	struct card said;
	struct buf ours;
	const char *why;
	size_t n, head;

	require(v->proved);
	require(register_answer_parse(&said, v->message.data, v->message.len, &why) == 0);
	require(hosts != NULL && are_key_lines(hosts, ADDRESS " ", "", &n) && n == said.hostkeys.n);
	/* One line for each key; before them a line that is a comment. */
	require(authorized != NULL);
	head = authorized->len > 0 && authorized->data[0] == '#'
	    ? strcspn(authorized->data, "\n") + 1
	    : 0;
	require(head <= authorized->len);
	ours = (struct buf){ .data = authorized->data + head, .len = authorized->len - head };
	require(are_key_lines(&ours, OPTIONS, " bijk-master:" ADDRESS, &n) && n == said.keys.n);
	card_free(&said);
}

/* Without a proof nothing changes but the note that it was tried. */
static void judge_unchanged(struct tree *now)
{
	tree_drop(now, "state/register-*");
	require(tree_equal(now, &fresh));
}

static void judge(const struct view *v, enum register_result r, const struct fail *f)
{
	struct tree now;
	size_t len;
	const char *asked = request(v, &len);

	show("outcome", f->text);
	tree_read(&now, config.state);
	if (len > 0 && v->script.peer->breaks == 0)
		require(register_request_proved(asked, len, v->greeting, secret_of(v)));
	if (r == REGISTER_TAKEN)
		judge_taken(v, &now);
	else
		judge_unchanged(&now);
	require(r == REGISTER_TAKEN || (f->text[0] != '\0' && f->exit_code != 0));
	require(r != REGISTER_FAILED);
	reached(r == REGISTER_TAKEN	? TAKEN
		: r == REGISTER_PENDING ? PENDING
		: r == REGISTER_REFUSED ? REFUSED
					: CUT);
	tree_free(&now);
}

static void run(const uint8_t *data, size_t len)
{
	static bool clean;
	struct input in = { data, len };
	struct view v = { .script = { .op = op, .said_line = said_line },
		.message = BUF_INIT(PEER_MAX) };
	struct registration e = { .config = &config, .keys = { .key = push_key } };
	struct fail f = { .code = ERR_NONE };
	enum register_result r;
	struct sshkey host;
	struct peer p;

	peer_begin(&p, input_byte(&in));
	if (!clean)
		tree_write(&fresh, config.state);
	host = some_key(8);
	e.card = (struct card){ .kind = CARD_NODE, .port = 22 };
	snprintf(e.card.name, sizeof(e.card.name), "web7");
	memcpy(e.card.hash, test_hash, sizeof(e.card.hash));
	require(
	    sshkeys_add(&e.card.keys, &push_key) == 0 && sshkeys_add(&e.card.hostkeys, &host) == 0);
	e.masters = masters_open(&config, MASTERS_CHANGE, deadline_in_s(5), &f);
	require(e.masters != NULL);
	script_begin(&v.script, &p, in);
	r = register_with(&e, ADDRESS, &f);
	judge(&v, r, &f);
	clean = false;
	require(register_end(&e, &f) == 0);
	buf_free(&v.message);
	script_end(&v.script);
	peer_end(&p);
}

const struct target target_register = { "register", goals, begin, run };
