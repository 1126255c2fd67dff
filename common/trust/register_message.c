/* SPDX-License-Identifier: ISC */
#include "common/trust/register_message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/num.h"
#include "common/base/text.h"
#include "common/exchange/lines.h"
#include "common/exchange/proof.h"

#include "common/base/banned.h"

#define VERSION "2"
#define GREETING_WORDS 10 /* also of another version */
#define NODE_SAYS "bijk2 node register"
#define MASTER_SAYS "bijk2 master register"

int register_greeting_parse(
    struct register_greeting *g, const char *line, bool *other_version, const char **why)
{
	char copy[256], *w[GREETING_WORDS];
	int n;

	*other_version = false;
	*why = "no greeting of a registration";
	if ((size_t)snprintf(copy, sizeof(copy), "%s", line) >= sizeof(copy))
		return -1;
	n = text_split(copy, w, GREETING_WORDS);
	if (n < 2 || strcmp(w[0], "BIJKREG") != 0)
		return -1;
	if (strcmp(w[1], VERSION) != 0) {
		uint64_t number;
		*other_version = num_parse(w[1], 0, UINT32_MAX, &number) == 0;
		*why = "the greeting is of another version";
		return -1;
	}
	if (n != 5 || !name_valid(w[2]) || !hex_decode(g->nonce, NONCE_SIZE, w[3]) ||
	    num_parse(w[4], 0, INT64_MAX, &g->time) == -1)
		return -1;
	snprintf(g->name, sizeof(g->name), "%s", w[2]);
	return 0;
}

void register_greeting_format(const struct register_greeting *g, char *line, size_t size)
{
	char nonce[NONCE_HEX + 1];

	hex_encode(nonce, g->nonce, NONCE_SIZE);
	snprintf(line, size, "BIJKREG " VERSION " %s %s %" PRIu64, g->name, nonce, g->time);
}

/* Over what `says` names, the greeting, the request (of an answer), and len bytes of the text. */
static void make_mac(const char *says, const char *greeting, const char *request,
    size_t request_len, const char *text, size_t len, const uint8_t secret[SECRET_SIZE],
    char hex[MAC_HEX + 1])
{
	struct proof *p = proof_begin(secret);

	proof_line(p, says);
	proof_line(p, greeting);
	proof_text(p, request, request_len);
	proof_text(p, text, len);
	proof_end(p, hex);
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

static const char *check_hex(const char *s)
{
	uint8_t any[MAC_SIZE];

	return hex_decode(any, sizeof(any), s) ? NULL : "not 64 hex digits";
}

static const char *take_node_key(struct card *c, char *const *field)
{
	const char *why = card_take_name(c, field);

	return why != NULL ? why : card_take_pushkey(c, field + 1);
}

static const char *take_request_end(struct card *c, char *const *field)
{
	const char *why = check_hex(field[0]);

	(void)c;
	return why != NULL ? why : check_hex(field[1]);
}

static const char *take_master(struct card *c, char *const *field)
{
	if (num_parse(field[1], 0, PERIOD_MAX, &c->period) == -1)
		return "not a period in seconds";
	return card_take_name(c, field);
}

static const char *take_answer_end(struct card *c, char *const *field)
{
	(void)c;
	return check_hex(field[0]);
}

static const struct card_rule request_rules[] = {
	{ "KEY", 3, 1, 1, take_node_key },
	{ "HOSTKEY", 2, 0, SSHKEYS_MAX, card_take_hostkey },
	{ "PORT", 1, 0, 1, card_take_port },
	{ "ADDRESS", 1, 0, 1, card_take_address },
	{ "END", 2, 1, 1, take_request_end },
};

static const struct card_rule answer_rules[] = {
	{ "MASTER", 2, 1, 1, take_master },
	{ "PULLKEY", 2, 0, PULLKEYS_MAX, card_take_pullkey },
	{ "HOSTKEY", 2, 1, SSHKEYS_MAX, card_take_hostkey },
	{ "END", 1, 1, 1, take_answer_end },
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
	return card_read(c, request_rules, sizeof(request_rules) / sizeof(request_rules[0]), text,
	    len, &line, why);
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
	return card_read(
	    c, answer_rules, sizeof(answer_rules) / sizeof(answer_rules[0]), text, len, &line, why);
}

bool register_answer_proved(const char *text, size_t len, const char *greeting, const char *request,
    size_t request_len, const uint8_t secret[SECRET_SIZE])
{
	return proved(MASTER_SAYS, greeting, request, request_len, text, len, secret);
}
