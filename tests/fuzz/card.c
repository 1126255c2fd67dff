/* SPDX-License-Identifier: ISC */
/*
 * Cards. One that is taken is written again, and that is taken as the same;
 * each of its keys becomes one line that sshd and ssh read as nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/hostaddr.h"
#include "common/trust/card.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/keys.h"

#include "common/base/banned.h"

enum { NODE, MASTER, REFUSED };
static const char *const goals[] = { "a node's card", "a master's card", "refused", NULL };

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

	card_add_keys(&ours, "restrict,command=\"pull\"", &c->keys);
	require(are_key_lines(&ours, "restrict,command=\"pull\" ", "", &n) && n == c->keys.n);
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

static void run(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	require(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	judge_card(text, len);
	free(text);
}

const struct target target_card = { "card", goals, NULL, run };
