/* SPDX-License-Identifier: ISC */
#include "master/card.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/hostaddr.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/exchange/proof.h"
#include "common/ssh/sshd.h"
#include "master/pullkey.h"

#include "common/base/banned.h"

int master_card(const struct master_config *c, struct card *card, struct fail *f)
{
	struct sshkey key, next;
	int rotating;

	*card = (struct card){ .kind = CARD_MASTER };
	snprintf(card->name, sizeof(card->name), "%s", c->name);
	if (pullkey_open(c, &key, f) == -1 || (rotating = pullkey_next(c, &next, f)) == -1)
		return -1;
	if (sshkeys_add(&card->keys, &key) == -1 ||
	    (rotating && sshkeys_add(&card->keys, &next) == -1) ||
	    sshkeys_add_glob(&card->hostkeys, c->host_keys) == -1)
		return fail_set(f, ERR_NONE, EX_CONFIG, "master.host_keys %s: %s", c->host_keys,
		    errno == EMSGSIZE ? "more than 32 keys" : strerror(errno));
	if (card->hostkeys.n == 0)
		return fail_set(f, ERR_NONE, EX_CONFIG,
		    "no host key of this master's sshd is found as %s (master.host_keys)",
		    c->host_keys);
	return 0;
}

int master_card_export(
    const struct master_config *c, const char *address, struct buf *out, struct fail *f)
{
	struct card card;
	char host[256] = "";
	int rc = master_card(c, &card, f);

	if (rc == 0 && address == NULL && gethostname(host, sizeof(host) - 1) == 0)
		address = host;
	if (rc == 0 &&
	    (address == NULL || !hostaddr_portable(address) ||
		(address == host && name_of_nobody(host))))
		rc = fail_set(f, ERR_NONE, EX_CONFIG,
		    "the host name `%s` is no address for nodes; give one with --address", host);
	if (rc == 0) {
		snprintf(card.address, sizeof(card.address), "%s", address);
		card.port = sshd_port(c->key);
		if (card.port == 0 && sshd_here())
			msg_warn("the card has no PORT: sshd -T does not report it");
		if (card_format(&card, out) == -1)
			rc =
			    fail_set(f, ERR_NONE, EX_OSERR, "making the card: %s", strerror(errno));
	}
	card_free(&card);
	return rc;
}

int master_card_keep(
    struct store *s, const char *name, const struct card *card, const char *source, bool *changed)
{
	struct node_state st;
	int lock;

	if (store_register(s, name, card, source, changed) == -1)
		return -1;
	/* The registration is kept by now; the rest is best effort. A node that
	 * is within reach again is pulled without a wait. */
	if (*changed) {
		lock = store_state_lock(s, name, &st);
		st.failures = 0;
		store_state_save(s, name, &st, lock);
	}
	if (store_pending_remove(s, name) == -1 && errno != ENOENT)
		msg_warn("removing %s from the pending list: %s", name, strerror(errno));
	return 0;
}

/* " 3m ago from 192.0.2.7", or " never". */
static void add_seen(char *out, size_t size, const char *what, int64_t when, const char *where)
{
	size_t n = strlen(out);
	char span[32];

	if (when == 0) {
		snprintf(out + n, size - n, "%s never", what);
		return;
	}
	num_show_span(span, sizeof(span), now_s() - when);
	snprintf(out + n, size - n, "%s %s ago%s%s", what, span, where[0] != '\0' ? " from " : "",
	    where);
}

const char *node_seen(struct store *s, const char *name)
{
	static char text[1024];
	struct node_state st;
	struct node n;

	text[0] = '\0';
	if (store_node_and_state(s, name, &n, &st) == -1)
		return "which cannot be read";
	add_seen(text, sizeof(text), "registered", n.registered,
	    n.reg_source[0] != '\0' ? n.reg_source : n.reg_address);
	add_seen(text, sizeof(text), ", last in contact", st.contact, st.log_address);
	return text;
}

int master_check_secret(struct store *s, const struct node *known, const char *name,
    const uint8_t secret[SECRET_SIZE], bool replace, struct fail *f)
{
	char other[NODE_NAME_MAX + 1];

	if (known != NULL && sodium_memcmp(known->secret, secret, SECRET_SIZE) == 0)
		return 0;
	if (known != NULL && !replace)
		return fail_set(f, ERR_NONE, EX_DATAERR,
		    "%s is known with another hash, %s: if this is another machine, give it a name "
		    "of its own (node.name, or install.sh node --name); if it is the same one with "
		    "a new hash, or that one is gone, `bijk-master add %s --replace-hash` accepts "
		    "this hash, and locks out the machine with the other",
		    name, node_seen(s, name), name);
	if (store_secret_other(s, name, secret, other) == 1)
		return fail_set(f, ERR_NONE, EX_DATAERR,
		    "%s has this hash already; a copied machine needs one of its own: on it, as "
		    "root, openssl rand -hex 32 >/etc/bijk/hash",
		    other);
	return 0;
}

/* What the node is to be in the store. 1: it is not yet; -1: f. */
static int plan_node(struct store *s, const struct card *card, const uint8_t secret[SECRET_SIZE],
    struct node *n, struct fail *f)
{
	bool known = store_node(s, card->name, n) == 0;

	if (!known && errno != ENOENT)
		return fail_set(
		    f, ERR_NONE, EX_IOERR, "looking up %s: %s", card->name, strerror(errno));
	if (!known && !card->has_hash)
		return fail_set(f, ERR_NONE, EX_DATAERR,
		    "%s is not known here, and its card has no HASH", card->name);
	if (card->has_hash &&
	    master_check_secret(s, known ? n : NULL, card->name, secret, false, f) == -1)
		return -1;
	if (!known) {
		node_settings_clear(n);
		snprintf(n->name, sizeof(n->name), "%s", card->name);
		memcpy(n->secret, secret, SECRET_SIZE);
	}
	/* The card's address counts as registered; the set one goes first. */
	if (n->address[0] != '\0' && card->address[0] != '\0' &&
	    strcmp(n->address, card->address) != 0)
		msg_notice("%s stays at address %s; the card says %s", card->name, n->address,
		    card->address);
	return !known;
}

static int import_card(struct store *s, const char *master, const char *name,
    const struct card *card, bool *changed, struct fail *f)
{
	char other[NODE_NAME_MAX + 1];
	uint8_t secret[SECRET_SIZE];
	struct node n;
	int rc;

	if (card->kind != CARD_NODE)
		return fail_set(
		    f, ERR_NONE, EX_DATAERR, "the card is that of a master, not of a node");
	if (name != NULL && strcmp(name, card->name) != 0)
		return fail_set(
		    f, ERR_NONE, EX_DATAERR, "the card is that of %s, not of %s", card->name, name);
	secret_derive(card->hash, master, secret);
	rc = plan_node(s, card, secret, &n, f);
	if (rc != -1 && store_key_other(s, card->name, &card->keys.v[0], other) == 1)
		rc = fail_set(f, ERR_NONE, EX_DATAERR,
		    "%s has this push key already; on %s, as root: bijk-keyreg --rotate", other,
		    card->name);
	if (rc != -1 &&
	    ((rc == 1 && store_node_put(s, &n) == -1) ||
		master_card_keep(s, card->name, card, "", changed) == -1))
		rc = fail_set(
		    f, ERR_NONE, EX_CANTCREAT, "saving %s: %s", card->name, strerror(errno));
	*changed |= rc == 1;
	sodium_memzero(&n, sizeof(n));
	sodium_memzero(secret, sizeof(secret));
	return rc == -1 ? -1 : 0;
}

int master_card_import(const struct master_config *c, struct store *s, const char *name,
    const char *text, size_t len, char *name_out, bool *changed, struct fail *f)
{
	struct card card;
	const char *why;
	unsigned line;
	int rc;

	*changed = false;
	if (card_parse(&card, text, len, &line, &why) == -1)
		rc = fail_set(f, ERR_NONE, EX_DATAERR, "the card, line %u: %s", line, why);
	else
		rc = import_card(s, c->name, name, &card, changed, f);
	if (rc == 0)
		snprintf(name_out, NODE_NAME_MAX + 1, "%s", card.name);
	card_free(&card);
	return rc;
}
