/* SPDX-License-Identifier: ISC */
/*
 * Cards and the messages of a registration are lines in a fixed order, so one small reader serves
 * all: a table says which word may stand where, how often, and who takes its fields.
 */
#include "common/trust/card.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/base/hostaddr.h"
#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

void card_free(struct card *c)
{
	sshkeys_free(&c->keys);
	sshkeys_free(&c->hostkeys);
	sodium_memzero(c->hash, sizeof(c->hash));
	*c = (struct card){ .kind = c->kind };
}

int card_copy(struct card *to, const struct card *from)
{
	struct card copy = *from;
	int rc = 0;

	copy.keys = copy.hostkeys = (struct sshkeys){ .n = 0 };
	for (size_t i = 0; i < from->keys.n && rc == 0; i++)
		rc = sshkeys_add(&copy.keys, &from->keys.v[i]);
	for (size_t i = 0; i < from->hostkeys.n && rc == 0; i++)
		rc = sshkeys_add(&copy.hostkeys, &from->hostkeys.v[i]);
	if (rc == -1) {
		card_free(&copy);
		return -1;
	}
	card_free(to);
	*to = copy;
	return 0;
}

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

const char *card_take_pullkey(struct card *c, char *const *field)
{
	return take_key(&c->keys, field);
}

const char *card_take_hostkey(struct card *c, char *const *field)
{
	return take_key(&c->hostkeys, field);
}

const char *card_take_pushkey(struct card *c, char *const *field)
{
	const char *why = take_key(&c->keys, field);

	if (why == NULL && c->keys.v[0].type != SSHKEY_ED25519)
		why = "a node's key must be ssh-ed25519";
	return why;
}

const char *card_take_name(struct card *c, char *const *field)
{
	if (!name_valid(field[0]))
		return "not a name (a to z, 0 to 9, dots and dashes inside, at most 64)";
	snprintf(c->name, sizeof(c->name), "%s", field[0]);
	return NULL;
}

const char *card_take_port(struct card *c, char *const *field)
{
	uint64_t port;

	if (num_parse(field[0], 1, 65535, &port) == -1)
		return "not a port (1 to 65535)";
	c->port = (uint16_t)port;
	return NULL;
}

const char *card_take_address(struct card *c, char *const *field)
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

enum line_end { LF_ONLY, LF_OR_CRLF };

/* One line of the text without its line end, checked and with a NUL behind it. */
static const char *next_line(
    const char **at, const char *end, enum line_end e, char line[CARD_LINE_MAX])
{
	const char *lf = memchr(*at, '\n', (size_t)(end - *at)), *next;
	size_t len =
	    e == LF_OR_CRLF ? text_line(*at, end, &next) : (size_t)((lf != NULL ? lf : end) - *at);

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

static const char *take_line(struct card *c, const struct card_rule *r, char *rest)
{
	char *field[CARD_FIELDS] = { NULL };

	if (text_split(rest, field, CARD_FIELDS) != (int)r->fields)
		return "wrong number of fields";
	return r->take != NULL ? r->take(c, field) : NULL;
}

static int read_lines(struct card *c, enum line_end e, const struct card_rule *rules, size_t n,
    const char *text, size_t len, unsigned *line, const char **why)
{
	const char *at = text, *end = text + len;
	char copy[CARD_LINE_MAX];
	unsigned times = 0;
	size_t rule = 0;

	for (*line = 1; at < end; (*line)++) {
		char *rest = copy, *word;

		*why = next_line(&at, end, e, copy);
		if (*why != NULL)
			return -1;
		word = strsep(&rest, " ");
		/* The next rule that this line fits; those passed over must be satisfied. */
		while (
		    rule < n && strcmp(word, rules[rule].word) != 0 && times >= rules[rule].min) {
			rule++;
			times = 0;
		}
		*why = "this line is unknown, or does not belong here";
		if (rule == n || strcmp(word, rules[rule].word) != 0)
			return -1;
		*why = "too many of these lines";
		if (times == rules[rule].max)
			return -1;
		*why = take_line(c, &rules[rule], rest);
		if (*why != NULL)
			return -1;
		times++;
	}
	*why = "it ends too early";
	return rule + 1 == n && times >= rules[rule].min ? 0 : -1;
}

int card_read(struct card *c, const struct card_rule *rules, size_t n, const char *text, size_t len,
    unsigned *line, const char **why)
{
	return read_lines(c, LF_ONLY, rules, n, text, len, line, why);
}

static const struct card_rule node_rules[] = {
	{ "BIJKCARD", 2, 1, 1, take_kind },
	{ "NODE", 1, 1, 1, card_take_name },
	{ "ADDRESS", 1, 0, 1, card_take_address },
	{ "PORT", 1, 0, 1, card_take_port },
	{ "KEY", 2, 1, 1, card_take_pushkey },
	{ "HOSTKEY", 2, 0, SSHKEYS_MAX, card_take_hostkey },
	{ "HASH", 1, 0, 1, take_hash },
	{ "END", 0, 1, 1, NULL },
};

static const struct card_rule master_rules[] = {
	{ "BIJKCARD", 2, 1, 1, take_kind },
	{ "MASTER", 1, 1, 1, card_take_name },
	{ "ADDRESS", 1, 0, 1, card_take_address },
	{ "PORT", 1, 0, 1, card_take_port },
	{ "PULLKEY", 2, 0, PULLKEYS_MAX, card_take_pullkey },
	{ "HOSTKEY", 2, 0, SSHKEYS_MAX, card_take_hostkey },
	{ "END", 0, 1, 1, NULL },
};

/* A card's first line, without its line end. */
static bool begins_card(const char *line, size_t len)
{
	static const char word[] = "BIJKCARD ";

	return len >= sizeof(word) - 1 && memcmp(line, word, sizeof(word) - 1) == 0;
}

/* What a login script or a mail put before a card is named. 0, or -1 with *why. */
static int refuse_noise(const char *text, size_t len, const char **why)
{
	static char named[256];
	const char *end = text + len, *next;
	size_t first = text_line(text, end, &next);

	if (begins_card(text, first))
		return 0;
	*why = "this is no card: it begins with BIJKCARD";
	if (text_is_utf16(text, len))
		*why = "it is UTF-16; save it as plain ASCII";
	for (const char *at = next; at < end; at = next) {
		size_t line_len = text_line(at, end, &next);
		if (begins_card(at, line_len)) {
			snprintf(named, sizeof(named), "not part of a card: %s",
			    text_noise(text, first));
			*why = named;
		}
	}
	return -1;
}

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
	if (refuse_noise(text, len, why) == -1)
		return -1;
	if (is_node)
		return read_lines(c, LF_OR_CRLF, node_rules,
		    sizeof(node_rules) / sizeof(node_rules[0]), text, len, line, why);
	return read_lines(c, LF_OR_CRLF, master_rules,
	    sizeof(master_rules) / sizeof(master_rules[0]), text, len, line, why);
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
