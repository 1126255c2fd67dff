/* SPDX-License-Identifier: ISC */
/* Pulls the nodes whose turn it is (cron runs it every minute), or those that
 * are named. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/start.h"
#include "common/base/text.h"
#include "common/exchange/proof.h"
#include "common/options.h"
#include "master/probes.h"
#include "master/pull/pull.h"
#include "master/pullkey.h"
#include "master/store/store.h"

#include "common/base/banned.h"

struct turns {
	struct pull_run run;
	int64_t now;
	char next_key[64]; /* fingerprint of the key of a rotation under way; "": none */
	size_t awaited;	   /* nodes that have not taken it */
};

static void add_turn(struct pull_run *r, const char *name, const struct node_state *st, bool slow)
{
	r->turns = reallocarray(r->turns, r->n + 1, sizeof(*r->turns));
	if (r->turns == NULL)
		die(EX_OSERR, "out of memory");
	r->turns[r->n] = (struct pull_turn){ .slow = slow, .tried = st->tried };
	memcpy(r->turns[r->n++].name, name, strlen(name) + 1);
}

static int add_if_due(const char *name, void *arg)
{
	struct turns *t = arg;
	struct node_state st;
	struct node n;

	/* If the files of one node cannot be read, pull the others all the
	 * same. */
	if (store_node_and_state(t->run.store, name, &n, &st) == -1) {
		if (errno != ENOENT) {
			msg_error("%s: reading its settings: %s", name, strerror(errno));
			t->awaited++;
		}
		return 0;
	}
	t->awaited += pull_awaited(&n, &st, t->next_key);
	/* `bijk-master status` says of an unregistered node what it lacks. */
	if (pull_allowed(n.mode) && n.registered != 0 &&
	    (t->run.why == PULL_ALL ||
		pull_due(name, t->run.config->name, pull_period(&n, t->run.config), &st, t->now)))
		add_turn(&t->run, name, &st, pull_slow(&st));
	return 0;
}

/* A named node is wanted now: it does not queue with the slow ones. */
static void add_named(struct pull_run *r, const char *name)
{
	bool valid = name_valid(name);
	struct node_state st;
	struct node n;
	int rc = valid ? store_node_and_state(r->store, name, &n, &st) : -1;

	if (!valid || (rc == -1 && errno == ENOENT))
		die(EX_DATAERR, "%s: there is no node of this name", vis_str(name));
	if (rc == -1)
		die(EX_IOERR, "%s: reading its settings: %s", name, strerror(errno));
	if (!pull_allowed(n.mode))
		die(EX_NOPERM, "%s: its mode is %s, so it is not pulled", name,
		    node_mode_words[n.mode]);
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->turns[i].name, name) == 0)
			return;
	}
	add_turn(r, name, &st, false);
}

static void find_turns(struct turns *t, char **names, int n)
{
	if (t->run.why == PULL_NAMED) {
		for (int i = 0; i < n; i++)
			add_named(&t->run, names[i]);
		return;
	}
	if (store_each_node(t->run.store, add_if_due, t) == -1)
		die(EX_IOERR, "reading the nodes: %s", strerror(errno));
	pull_order(t->run.turns, t->run.n);
}

/* Of a single try its own code; else 69 if none could be reached, and 75 if
 * some failed. */
static int exit_code_of(const struct pull_run *r)
{
	if (r->failed == 0)
		return 0;
	if (r->good + r->failed == 1)
		return r->last_code;
	return r->unreachable == r->failed && r->good == 0 ? EX_UNAVAILABLE : EX_TEMPFAIL;
}

/* Ends a rotation once every node that is pulled has taken the next key. */
static void finish_rotation(const struct turns *t)
{
	struct fail f;

	if (t->next_key[0] == '\0' || t->run.why == PULL_NAMED || t->awaited > 0)
		return;
	if (pullkey_promote(t->run.config, &f) == -1)
		msg_error("ending the rotation of the pull key: %s", f.text);
	else
		msg_notice("every node that is pulled has accepted the new pull key; the old one "
			   "is removed");
}

static int run_pulls(struct pull_run *r)
{
	struct sshkey key;
	struct fail f;

	if (r->n == 0)
		return 0;
	if (pullkey_open(r->config, &key, &f) == -1)
		die(f.exit_code, "%s", f.text);
	if (pull_workers_run(r) == -1)
		die(EX_OSERR, "starting workers: %s", strerror(errno));
	msg_debug("%zu good, %zu failed, %zu left to the next run", r->good, r->failed,
	    r->n - r->good - r->failed);
	return exit_code_of(r);
}

static enum pull_why read_pull_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = { OPTIONS_LONG,
		{ "all", no_argument, NULL, OPTION_OWN }, { 0 } };
	bool all = false;

	while (options_next(argc, argv, OPTIONS_SHORT, longs, o) != -1)
		all = true;
	if (all && optind != argc)
		usage_error(o, "--all and node names exclude each other");
	return all ? PULL_ALL : optind != argc ? PULL_NAMED : PULL_DUE;
}

int main(int argc, char **argv)
{
	struct options o = { .usage = "bijk-pull [-hVv] [-f FILE] [--syslog] [--all | NODE...]",
		.config = MASTER_CONFIG_FILE };
	struct master_config config;
	struct turns turns = { .run = { .config = &config } };
	struct pull_run *r = &turns.run;
	int code;

	start_process(argc > 0 ? argv[0] : "bijk-pull");
	r->why = read_pull_options(argc, argv, &o);
	master_config_or_die(o.config, &config);
	proof_init();
	r->store = store_open_or_die(&config);
	store_look_at_clock(r->store);
	turns.now = now_s();
	pullkey_next_print(&config, turns.next_key);
	find_turns(&turns, argv + optind, argc - optind);
	finish_rotation(&turns);
	code = run_pulls(r);
	/* For the listeners, which cron does not start. Not on stderr, or cron
	 * would mail it. */
	if (r->why == PULL_DUE) {
		msg_quiet_stderr();
		probes_tell(config.state, now_s());
	}
	free(r->turns);
	store_close(r->store);
	master_config_free(&config);
	return code;
}
