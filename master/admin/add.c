/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/exchange/proof.h"
#include "master/admin/admin.h"
#include "master/admin/hash.h"
#include "master/card.h"

#include "common/base/banned.h"

enum { ADDRESS = OPTION_OWN, PORT, MODE, MIN_PERIOD, PULL_PERIOD, HASH, REPLACE_HASH };

static const struct option longs[] = { OPTIONS_LONG,
	{ "address", required_argument, NULL, ADDRESS }, { "port", required_argument, NULL, PORT },
	{ "mode", required_argument, NULL, MODE },
	{ "min-period", required_argument, NULL, MIN_PERIOD },
	{ "pull-period", required_argument, NULL, PULL_PERIOD },
	{ "hash", required_argument, NULL, HASH },
	{ "replace-hash", no_argument, NULL, REPLACE_HASH }, { 0 } };

struct given {
	const char
	    *setting[PULL_PERIOD - ADDRESS + 1]; /* the value of each option that is a setting */
	const char *hash_file;
	bool replace_hash;
};

static void read_options(struct admin *a, int argc, char **argv, struct given *g)
{
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, &a->options)) != -1) {
		if (c == HASH)
			g->hash_file = optarg;
		else if (c == REPLACE_HASH)
			g->replace_hash = true;
		else
			g->setting[c - ADDRESS] = optarg;
	}
}

/* The options' names are those of the settings. */
static void apply(const struct admin *a, struct node *n, const struct given *g)
{
	for (const struct option *o = longs; o->name != NULL; o++) {
		char why[YAML_WHY_MAX];

		if (o->val >= ADDRESS && o->val <= PULL_PERIOD &&
		    g->setting[o->val - ADDRESS] != NULL &&
		    node_settings_set(n, o->name, g->setting[o->val - ADDRESS], why) == -1)
			usage_error(&a->options, "%s", why);
	}
}

int admin_add(struct admin *a, int argc, char **argv)
{
	struct given given = { .hash_file = NULL };
	uint8_t hash[HASH_SIZE], secret[SECRET_SIZE];
	char other[NODE_NAME_MAX + 1];
	const char *name;
	struct node n;
	bool known;

	read_options(a, argc, argv, &given);
	name = admin_name_operand(a, argc, argv);
	admin_config(a);
	n = (struct node){ .port = 0 };
	node_settings_clear(&n);
	apply(a, &n, &given); /* what is wrong is said before a hash is asked for */
	admin_hash_or_die(given.hash_file, name, hash);
	admin_store(a);
	secret_derive(hash, a->config.name, secret);
	known = store_node(a->store, name, &n) == 0;
	if (!known && errno != ENOENT)
		admin_fail("adding", name);
	if (known && !given.replace_hash && !store_same_hash(a->store, &n, hash))
		die(EX_DATAERR, "%s is known with another hash, %s: " NAME_TAKEN, name,
		    node_seen(a->store, name), name);
	if ((!known || sodium_memcmp(n.secret, secret, sizeof(secret)) != 0) &&
	    store_secret_other(a->store, name, secret, other) == 1)
		die(EX_DATAERR,
		    "%s has this hash already; a copied machine needs one of its own: on it, as "
		    "root, openssl rand -hex 32 >/etc/bijk/hash",
		    other);
	sodium_memzero(hash, sizeof(hash));
	if (!known) {
		snprintf(n.name, sizeof(n.name), "%s", name);
		node_settings_clear(&n);
	}
	apply(a, &n, &given);
	memcpy(n.secret, secret, sizeof(secret));
	if (store_node_put(a->store, &n) == -1)
		admin_fail("adding", name);
	if (store_pending_remove(a->store, name) == -1 && errno != ENOENT)
		msg_warn("taking %s off the pending list: %s", name, strerror(errno));
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(n.secret, sizeof(n.secret));
	printf("%s: %s\n", name, known ? "updated" : "added");
	return out_flush();
}
