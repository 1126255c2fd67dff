/* SPDX-License-Identifier: ISC */
/*
 * Cards and the messages of a registration are lines in a fixed order, so one
 * small reader serves all: a table says which word may stand where, how often,
 * and who takes its fields.
 */
#include "common/trust/card.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/base/hostaddr.h"
#include "common/base/num.h"
#include "common/base/text.h"
#include "common/exchange/lines.h"
#include "common/exchange/proof.h"

#include "common/base/banned.h"

#define NODE_SAYS "bijk2 node register"
#define MASTER_SAYS "bijk2 master register"

void card_free(struct card *c)
{
	sshkeys_free(&c->keys);
	sshkeys_free(&c->hostkeys);
	sodium_memzero(c->hash, sizeof(c->hash));
	*c = (struct card){ .kind = c->kind };
}

#define FIELDS 3

struct rule {
	const char *word;
	unsigned fields;   /* behind the word, one space before each */
	unsigned min, max; /* how often the line may stand at its place */
	/* Takes the fields over; NULL, or what is wrong with them. */
	const char *(*take)(struct card *c, char *const *field);
};

static const char *take_key(struct sshkeys *s, char *const *field)
{
	struct sshkey k;
	const char *why;

	if (sshkey_parse(&k, field[0], field[1], &why) == -1)
		return why;
	if (sshkeys_add(s, &k) == 0)
		return NULL;
	return errno == ENOMEM ? "out of memory" : "too many keys";
}

static const char *take_pullkey(struct card *c, char *const *field)
{
	return take_key(&c->keys, field);
}

static const char *take_hostkey(struct card *c, char *const *field)
{
	return take_key(&c->hostkeys, field);
}

static const char *take_pushkey(struct card *c, char *const *field)
{
	const char *why = take_key(&c->keys, field);

	if (why == NULL && c->keys.v[0].type != SSHKEY_ED25519)
		why = "a node's key must be ssh-ed25519";
	return why;
}

static const char *take_card_name(struct card *c, char *const *field)
{
	if (!name_valid(field[0]))
		return "not a name (a to z, 0 to 9, dots and dashes inside, at most 64)";
	snprintf(c->name, sizeof(c->name), "%s", field[0]);
	return NULL;
}

static const char *take_port(struct card *c, char *const *field)
{
	uint64_t port;

	if (num_parse(field[0], 1, 65535, &port) == -1)
		return "not a port (1 to 65535)";
	c->port = (uint16_t)port;
	return NULL;
}

static const char *take_address(struct card *c, char *const *field)
{
	if (!hostaddr_portable(field[0]))
		return "not a host name or an address";
	snprintf(c->address, sizeof(c->address), "%s", field[0]);
	return NULL;
}

static const char *take_hash(struct card *c, char *const *field)
{
	c->has_hash = hex_decode(c->hash, HASH_SIZE, field[0]);
	return c->has_hash ? NULL : "a hash is 64 hex digits in lower case";
}

static const char *take_kind(struct card *c, char *const *field)
{
	const char *kind = c->kind == CARD_NODE ? "node" : "master";

	if (strcmp(field[0], "1") != 0)
		return "a card of another version; this program knows version 1";
	return strcmp(field[1], kind) == 0 ? NULL : "neither the card of a node nor of a master";
}

/*
 * One line of the text without its line end, checked and with a NUL behind it.
 */
static const char *next_line(const char **at, const char *end, bool crlf, char line[CARD_LINE_MAX])
{
	const char *lf = memchr(*at, '\n', (size_t)(end - *at)), *next;
	size_t len = crlf ? text_line(*at, end, &next) : (size_t)((lf != NULL ? lf : end) - *at);

	if (len > CARD_LINE_MAX - 1)
		return "the line is too long";
	for (size_t i = 0; i < len; i++) {
		if ((*at)[i] < 0x20 || (*at)[i] > 0x7e)
			return "the line is not printable ASCII";
	}
	memcpy(line, *at, len);
	line[len] = '\0';
	*at = lf != NULL ? lf + 1 : end;
	return NULL;
}

static const char *take_fields(struct card *c, const struct rule *r, char *rest)
{
	char *field[FIELDS] = { NULL };

	if (text_split(rest, field, FIELDS) != (int)r->fields)
		return "wrong number of fields";
	return r->take != NULL ? r->take(c, field) : NULL;
}

/* The text is lines that fit these rules, in their order, and nothing else. */
static int read_lines(struct card *c, const struct rule *rules, bool crlf, const char *text,
    size_t len, unsigned *line, const char **why)
{
	const char *at = text, *end = text + len;
	char copy[CARD_LINE_MAX];
	const struct rule *r = rules;
	unsigned times = 0;

	for (*line = 1; at < end; (*line)++) {
		char *rest = copy, *word;

		*why = next_line(&at, end, crlf, copy);
		if (*why != NULL)
			return -1;
		word = strsep(&rest, " ");
		/* The next that fits; those passed over must be satisfied. */
		for (; r->word != NULL && strcmp(word, r->word) != 0 && times >= r->min; r++)
			times = 0;
		*why = "this line is unknown, or does not belong here";
		if (r->word == NULL || strcmp(word, r->word) != 0)
			return -1;
		*why = "too many of these lines";
		if (times == r->max)
			return -1;
		*why = take_fields(c, r, rest);
		if (*why != NULL)
			return -1;
		times++;
	}
	*why = "it ends too early";
	return strcmp(r->word, "END") == 0 && times > 0 ? 0 : -1;
}

static const struct rule node_rules[] = {
	{ "BIJKCARD", 2, 1, 1, take_kind },
	{ "NODE", 1, 1, 1, take_card_name },
	{ "ADDRESS", 1, 0, 1, take_address },
	{ "PORT", 1, 0, 1, take_port },
	{ "KEY", 2, 1, 1, take_pushkey },
	{ "HOSTKEY", 2, 0, SSHKEYS_MAX, take_hostkey },
	{ "HASH", 1, 0, 1, take_hash },
	{ "END", 0, 1, 1, NULL },
	{ .word = NULL },
};

static const struct rule master_rules[] = {
	{ "BIJKCARD", 2, 1, 1, take_kind },
	{ "MASTER", 1, 1, 1, take_card_name },
	{ "ADDRESS", 1, 0, 1, take_address },
	{ "PORT", 1, 0, 1, take_port },
	{ "PULLKEY", 2, 0, PULLKEYS_MAX, take_pullkey },
	{ "HOSTKEY", 2, 0, SSHKEYS_MAX, take_hostkey },
	{ "END", 0, 1, 1, NULL },
	{ .word = NULL },
};

int card_parse(struct card *c, const char *text, size_t len, unsigned *line, const char **why)
{
	static const char node[] = "BIJKCARD 1 node";
	size_t mark = text_mark(text, len), first;
	const char *next;
	bool is_node;

	text += mark;
	len -= mark;
	first = text_line(text, text + len, &next);
	is_node = first == sizeof(node) - 1 && memcmp(text, node, first) == 0;
	*c = (struct card){ .kind = is_node ? CARD_NODE : CARD_MASTER };
	*line = 1;
	*why = text_is_utf16(text, len) ? "it is UTF-16; save it as plain ASCII"
					: "this is no card: it begins with BIJKCARD";
	if (len < 9 || memcmp(text, "BIJKCARD ", 9) != 0)
		return -1;
	return read_lines(c, is_node ? node_rules : master_rules, true, text, len, line, why);
}

void card_add_keys(struct buf *out, const char *word, const struct sshkeys *s)
{
	char text[SSHKEY_TEXT_MAX];

	for (size_t i = 0; i < s->n; i++) {
		sshkey_format(&s->v[i], text);
		buf_addf(out, "%s %s\n", word, text);
	}
}

int card_format(const struct card *c, struct buf *out)
{
	bool node = c->kind == CARD_NODE;

	buf_addf(out, "BIJKCARD 1 %s\n%s %s\n", node ? "node" : "master", node ? "NODE" : "MASTER",
	    c->name);
	if (c->address[0] != '\0')
		buf_addf(out, "ADDRESS %s\n", c->address);
	if (c->port != 0)
		buf_addf(out, "PORT %u\n", c->port);
	card_add_keys(out, node ? "KEY" : "PULLKEY", &c->keys);
	card_add_keys(out, "HOSTKEY", &c->hostkeys);
	if (node && c->has_hash) {
		char hex[2 * HASH_SIZE + 1];
		hex_encode(hex, c->hash, HASH_SIZE);
		buf_addf(out, "HASH %s\n", hex);
		sodium_memzero(hex, sizeof(hex));
	}
	return buf_adds(out, "END\n");
}

/* --- The messages of a registration --- */

/* Over `says`, the greeting, the request (of an answer), and the text. */
static void make_mac(const char *says, const char *greeting, const char *request,
    size_t request_len, const char *text, size_t len, const uint8_t secret[SECRET_SIZE],
    char hex[MAC_HEX + 1])
{
	char head[WIRE_LINE_MAX + 64];
	int n = snprintf(head, sizeof(head), "%s\n%s\n", says, greeting);
	crypto_generichash_state st;
	uint8_t mac[MAC_SIZE];

	crypto_generichash_init(&st, secret, SECRET_SIZE, sizeof(mac));
	crypto_generichash_update(&st, (const uint8_t *)head, (unsigned)n);
	crypto_generichash_update(&st, (const uint8_t *)request, request_len);
	crypto_generichash_update(&st, (const uint8_t *)text, len);
	crypto_generichash_final(&st, mac, sizeof(mac));
	hex_encode(hex, mac, sizeof(mac));
}

/* Ends the message, which begins at `from` of out, with its mac. */
static int add_mac(const char *says, const char *greeting, const char *request, size_t request_len,
    size_t from, const uint8_t secret[SECRET_SIZE], struct buf *out)
{
	char hex[MAC_HEX + 1];

	if (!buf_ok(out))
		return -1;
	make_mac(
	    says, greeting, request, request_len, out->data + from, out->len - from, secret, hex);
	return buf_addf(out, " %s\n", hex);
}

static bool proved(const char *says, const char *greeting, const char *request, size_t request_len,
    const char *text, size_t len, const uint8_t secret[SECRET_SIZE])
{
	const size_t tail = 1 + MAC_HEX + 1; /* space, mac, LF */
	char hex[MAC_HEX + 1];

	if (len < tail || text[len - tail] != ' ' || text[len - 1] != '\n')
		return false;
	make_mac(says, greeting, request, request_len, text, len - tail, secret, hex);
	return mac_equal(hex, text + len - 1 - MAC_HEX);
}

/* Nonces and macs, of one size. */
static const char *take_hex(struct card *c, char *const *field)
{
	uint8_t any[MAC_SIZE];

	(void)c;
	for (size_t i = 0; i < FIELDS && field[i] != NULL; i++) {
		if (!hex_decode(any, sizeof(any), field[i]))
			return "not 64 hex digits";
	}
	return NULL;
}

static const char *take_node_key(struct card *c, char *const *field)
{
	const char *why = take_card_name(c, field);

	return why != NULL ? why : take_pushkey(c, field + 1);
}

static const char *take_master(struct card *c, char *const *field)
{
	if (num_parse(field[1], 0, PERIOD_MAX, &c->period) == -1)
		return "not a period in seconds";
	return take_card_name(c, field);
}

static const struct rule request_rules[] = {
	{ "KEY", 3, 1, 1, take_node_key },
	{ "HOSTKEY", 2, 0, SSHKEYS_MAX, take_hostkey },
	{ "PORT", 1, 0, 1, take_port },
	{ "ADDRESS", 1, 0, 1, take_address },
	{ "END", 2, 1, 1, take_hex },
	{ .word = NULL },
};

static const struct rule answer_rules[] = {
	{ "MASTER", 2, 1, 1, take_master },
	{ "PULLKEY", 2, 0, PULLKEYS_MAX, take_pullkey },
	{ "HOSTKEY", 2, 1, SSHKEYS_MAX, take_hostkey },
	{ "END", 1, 1, 1, take_hex },
	{ .word = NULL },
};

int register_request_format(const struct card *c, const char *greeting,
    const uint8_t nonce[NONCE_SIZE], const uint8_t secret[SECRET_SIZE], struct buf *out)
{
	char hex[NONCE_HEX + 1];
	char key[SSHKEY_TEXT_MAX];
	size_t from = out->len;

	sshkey_format(&c->keys.v[0], key);
	hex_encode(hex, nonce, NONCE_SIZE);
	buf_addf(out, "KEY %s %s\n", c->name, key);
	card_add_keys(out, "HOSTKEY", &c->hostkeys);
	if (c->port != 0)
		buf_addf(out, "PORT %u\n", c->port);
	if (c->address[0] != '\0')
		buf_addf(out, "ADDRESS %s\n", c->address);
	buf_addf(out, "END %s", hex);
	return add_mac(NODE_SAYS, greeting, NULL, 0, from, secret, out);
}

int register_request_parse(struct card *c, const char *text, size_t len, const char **why)
{
	unsigned line;

	*c = (struct card){ .kind = CARD_NODE };
	return read_lines(c, request_rules, false, text, len, &line, why);
}

bool register_request_proved(
    const char *text, size_t len, const char *greeting, const uint8_t secret[SECRET_SIZE])
{
	return proved(NODE_SAYS, greeting, NULL, 0, text, len, secret);
}

int register_answer_format(const struct card *c, const char *greeting, const char *request,
    size_t request_len, const uint8_t secret[SECRET_SIZE], struct buf *out)
{
	size_t from = out->len;

	buf_addf(out, "MASTER %s %" PRIu64 "\n", c->name, c->period);
	card_add_keys(out, "PULLKEY", &c->keys);
	card_add_keys(out, "HOSTKEY", &c->hostkeys);
	buf_adds(out, "END");
	return add_mac(MASTER_SAYS, greeting, request, request_len, from, secret, out);
}

int register_answer_parse(struct card *c, const char *text, size_t len, const char **why)
{
	unsigned line;

	*c = (struct card){ .kind = CARD_MASTER };
	return read_lines(c, answer_rules, false, text, len, &line, why);
}

bool register_answer_proved(const char *text, size_t len, const char *greeting, const char *request,
    size_t request_len, const uint8_t secret[SECRET_SIZE])
{
	return proved(MASTER_SAYS, greeting, request, request_len, text, len, secret);
}
