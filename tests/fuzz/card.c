/* SPDX-License-Identifier: ISC */
/*
 * Cards, and an authorized_keys file that is partly ours. First byte: bit 0: an authorized_keys file; else
 * a card. A card that is taken is written again, and that is taken as the same; each of its keys becomes
 * one line that sshd and ssh read as nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/hostaddr.h"
#include "common/trust/authorized.h"
#include "common/trust/card.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/keys.h"

#include "common/base/banned.h"

enum { NODE, MASTER, REFUSED, FOREIGN, OURS };
static const char *const goals[] = { "a node's card", "a master's card", "refused",
	"a foreign line", "a line of ours", NULL };

static bool same_keys(const struct sshkeys *a, const struct sshkeys *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!sshkey_equal(&a->v[i], &b->v[i]))
			return false;
	}
	return true;
}

static void judge_lines(const struct card *c)
{
	struct buf ours = BUF_INIT(CARD_MAX), hosts = BUF_INIT(CARD_MAX);
	size_t n;

	for (size_t i = 0; i < c->keys.n; i++)
		require(authorized_add(&ours, &c->keys.v[i], "m1.example") == 0);
	require(are_key_lines(&ours, "restrict,command=\"pull\" ", " bijk-master:m1.example", &n));
	require(n == c->keys.n);
	card_add_keys(&hosts, "m1.example", &c->hostkeys);
	require(are_key_lines(&hosts, "m1.example ", "", &n) && n == c->hostkeys.n);
	buf_free(&ours);
	buf_free(&hosts);
}

static void judge_card(const char *text, size_t len)
{
	struct buf out = BUF_INIT(CARD_MAX);
	struct card c, again;
	const char *why = NULL;
	unsigned line = 0;

	if (card_parse(&c, text, len, &line, &why) == -1) {
		require(why != NULL && line >= 1);
		reached(REFUSED);
	} else {
		require(name_valid(c.name));
		require(c.address[0] == '\0' || hostaddr_valid(c.address));
		require(c.keys.n <= PULLKEYS_MAX && c.hostkeys.n <= SSHKEYS_MAX);
		if (c.kind == CARD_NODE)
			require(c.keys.n == 1 && c.keys.v[0].type == SSHKEY_ED25519);
		else
			require(!c.has_hash);
		require(card_format(&c, &out) == 0);
		require(card_parse(&again, out.data, out.len, &line, &why) == 0);
		require(again.kind == c.kind && strcmp(again.name, c.name) == 0 &&
		    strcmp(again.address, c.address) == 0 && again.port == c.port &&
		    again.has_hash == c.has_hash && memcmp(again.hash, c.hash, HASH_SIZE) == 0);
		require(same_keys(&again.keys, &c.keys) && same_keys(&again.hostkeys, &c.hostkeys));
		judge_lines(&c);
		card_free(&again);
		reached(c.kind == CARD_NODE ? NODE : MASTER);
	}
	card_free(&c);
	buf_free(&out);
}

/* Foreign lines stay, in their order and byte for byte; ours go, and the new ones come behind. */
static void judge_authorized(const char *old, size_t len)
{
	struct buf out = BUF_INIT(1 << 20), twice = BUF_INIT(1 << 20), none = BUF_INIT(1 << 20);
	struct buf ours = BUF_INIT(4096), foreign = BUF_INIT(1 << 20);
	struct sshkey k = some_key(4);

	require(authorized_add(&ours, &k, "192.0.2.1") == 0);
	require(authorized_is_ours(ours.data, ours.len - 1));
	for (size_t at = 0; at < len;) {
		const char *lf = memchr(old + at, '\n', len - at);
		size_t line = lf != NULL ? (size_t)(lf - old) - at : len - at;
		size_t whole = line + (lf != NULL);
		if (!authorized_is_ours(old + at, line)) {
			buf_add(&foreign, old + at, whole);
			reached(FOREIGN);
		} else {
			require(memmem(old + at, line, "bijk-master:", 12) != NULL);
			require(memchr("#", old[at], 1) == NULL);
			reached(OURS);
		}
		at += whole;
	}
	require(authorized_merge(&out, old, len, ours.data) == 0);
	require(out.len >= foreign.len + ours.len && out.len <= foreign.len + ours.len + 1);
	require(foreign.len == 0 || memcmp(out.data, foreign.data, foreign.len) == 0);
	require(memcmp(out.data + out.len - ours.len, ours.data, ours.len) == 0);
	require(out.len == ours.len || out.data[out.len - ours.len - 1] == '\n');
	require(authorized_merge(&twice, out.data, out.len, ours.data) == 0);
	require(twice.len == out.len && memcmp(twice.data, out.data, out.len) == 0);
	require(authorized_merge(&none, old, len, "") == 0);
	require(none.len == foreign.len);
	buf_free(&out);
	buf_free(&twice);
	buf_free(&none);
	buf_free(&ours);
	buf_free(&foreign);
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	unsigned how = input_byte(&in);
	char *text = malloc(in.left + 1);

	require(text != NULL);
	memcpy(text, in.at, in.left);
	if ((how & 1) != 0)
		judge_authorized(text, in.left);
	else
		judge_card(text, in.left);
	free(text);
}

const struct target target_card = { "card", goals, NULL, run };
