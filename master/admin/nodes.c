/* SPDX-License-Identifier: ISC */
/* Subcommands about one node: acknowledge, add, remove, set. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/text.h"
#include "common/exchange/proof.h"
#include "common/trust/secret.h"
#include "master/admin/admin.h"
#include "master/card.h"

#include "common/base/banned.h"

/* --- acknowledge --- */

int admin_acknowledge(struct admin *a, int argc, char **argv)
{
	struct node_state st;
	const char *name;
	int lock;

	admin_flag_or_die(a, argc, argv, NULL);
	name = admin_name_or_die(a, argc, argv);
	admin_open_or_die(a);
	if (store_state(a->store, name, &st) == -1)
		admin_die("acknowledging what is missing of", name);
	/* What has been seen: show only what is new. */
	lock = store_state_lock(a->store, name, &st);
	st.gaps = st.lost = st.cut_records = 0;
	st.cut = 0;
	store_state_save(a->store, name, &st, lock);
	printf("%s: acknowledged\n", name);
	return out_flush();
}

/* --- add --- */

enum { ADDRESS = OPTION_OWN, PORT, MODE, MIN_PERIOD, PULL_PERIOD, HASH, REPLACE_HASH };

static const struct option add_options[] = { OPTIONS_LONG,
	{ "address", required_argument, NULL, ADDRESS }, { "port", required_argument, NULL, PORT },
	{ "mode", required_argument, NULL, MODE },
	{ "min-period", required_argument, NULL, MIN_PERIOD },
	{ "pull-period", required_argument, NULL, PULL_PERIOD },
	{ "hash", required_argument, NULL, HASH },
	{ "replace-hash", no_argument, NULL, REPLACE_HASH }, { 0 } };

struct given {
	const char *setting[PULL_PERIOD - ADDRESS + 1]; /* value of each option that is a setting */
	const char *hash_file;
	bool replace_hash;
};

static void read_add_options(struct admin *a, int argc, char **argv, struct given *g)
{
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, add_options, &a->options)) != -1) {
		if (c == HASH)
			g->hash_file = optarg;
		else if (c == REPLACE_HASH)
			g->replace_hash = true;
		else
			g->setting[c - ADDRESS] = optarg;
	}
}

/* An option has the name of its setting. */
static void apply_given(const struct admin *a, struct node *n, const struct given *g)
{
	for (const struct option *o = add_options; o->name != NULL; o++) {
		char why[YAML_WHY_MAX];

		if (o->val >= ADDRESS && o->val <= PULL_PERIOD &&
		    g->setting[o->val - ADDRESS] != NULL &&
		    node_settings_set(n, o->name, g->setting[o->val - ADDRESS], why) == -1)
			usage_error(&a->options, "%s", why);
	}
}

/* From a file, a pipe or a person, never from the command line. */
static void read_hash_or_die(const char *path, const char *node, uint8_t hash[HASH_SIZE])
{
	struct buf b = BUF_INIT(HASH_TEXT_MAX);
	char prompt[NODE_NAME_MAX + 16], *typed;
	const char *why;
	int rc;

	if (path == NULL && isatty(STDIN_FILENO)) {
		snprintf(prompt, sizeof(prompt), "hash of %s: ", node);
		typed = getpass(prompt);
		if (typed == NULL)
			die(EX_IOERR, "asking for the hash: %s", strerror(errno));
		buf_adds(&b, typed);
		sodium_memzero(typed, strlen(typed));
	} else {
		admin_input_or_die(path, "a hash", &b);
	}
	rc = hash_parse(b.data != NULL ? b.data : "", b.len, hash, &why);
	if (b.data != NULL)
		sodium_memzero(b.data, b.cap);
	buf_free(&b);
	if (rc == -1)
		die(EX_DATAERR, "%s: %s", path != NULL ? path : "standard input", why);
}

int admin_add(struct admin *a, int argc, char **argv)
{
	struct given given = { .hash_file = NULL };
	uint8_t hash[HASH_SIZE], secret[SECRET_SIZE];
	const char *name;
	struct node n = { .port = 0 };
	struct fail f;
	bool known;

	read_add_options(a, argc, argv, &given);
	name = admin_name_or_die(a, argc, argv);
	admin_config_or_die(a);
	apply_given(a, &n, &given); /* report mistakes before asking for a hash */
	read_hash_or_die(given.hash_file, name, hash);
	admin_store_or_die(a);
	secret_derive(hash, a->config.name, secret);
	known = store_node(a->store, name, &n) == 0;
	if (!known && errno != ENOENT)
		admin_die("adding", name);
	if (!known)
		node_settings_clear(&n);
	if (master_check_secret(
		a->store, known ? &n : NULL, name, secret, given.replace_hash, &f) == -1)
		die(f.exit_code, "%s", f.text);
	sodium_memzero(hash, sizeof(hash));
	snprintf(n.name, sizeof(n.name), "%s", name);
	apply_given(a, &n, &given);
	memcpy(n.secret, secret, sizeof(secret));
	if (store_node_put(a->store, &n) == -1)
		admin_die("adding", name);
	if (store_pending_remove(a->store, name) == -1 && errno != ENOENT)
		msg_warn("removing %s from the pending list: %s", name, strerror(errno));
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(n.secret, sizeof(n.secret));
	printf("%s: %s\n", name, known ? "updated" : "added");
	return out_flush();
}

/* --- remove --- */

int admin_remove(struct admin *a, int argc, char **argv)
{
	bool purge = admin_flag_or_die(a, argc, argv, "purge");
	const char *name = admin_name_or_die(a, argc, argv), *records = "";
	struct log_id *ids = NULL;

	admin_open_or_die(a);
	if (store_node_remove(a->store, name, purge) == -1) {
		if (errno == EWOULDBLOCK && purge)
			die(EX_TEMPFAIL,
			    "removing %s: a session is still using it; repeat this to remove "
			    "its records",
			    name);
		admin_die("removing", name);
	}
	if (purge)
		records = ", with its records";
	else if (store_logs(a->store, name, &ids) > 0)
		records = "; its records are kept";
	printf("%s: removed%s\n", name, records);
	free(ids);
	return out_flush();
}

/* --- set --- */

static void apply_assignment(const struct admin *a, struct node *n, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	char key[64], why[YAML_WHY_MAX];

	if (equals == NULL || (size_t)(equals - assignment) >= sizeof(key))
		usage_error(&a->options, "`%s` is not KEY=VALUE", vis_str(assignment));
	snprintf(key, sizeof(key), "%.*s", (int)(equals - assignment), assignment);
	if (node_settings_set(n, key, equals + 1, why) == -1)
		usage_error(&a->options, "%s", why);
}

int admin_set(struct admin *a, int argc, char **argv)
{
	struct node n = { .port = 0 };
	const char *name;

	admin_flag_or_die(a, argc, argv, NULL);
	if (argc - optind < 2)
		usage_error(
		    &a->options, "the name of a node and at least one KEY=VALUE are expected");
	name = admin_valid_or_die(argv[optind]);
	for (int i = optind + 1; i < argc; i++)
		apply_assignment(a, &n, argv[i]);
	admin_open_or_die(a);
	if (store_node(a->store, name, &n) == -1)
		admin_die("setting", name);
	for (int i = optind + 1; i < argc; i++)
		apply_assignment(a, &n, argv[i]);
	if (store_node_put(a->store, &n) == -1)
		admin_die("setting", name);
	return 0;
}
