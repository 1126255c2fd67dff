/* SPDX-License-Identifier: ISC */
/* cron starts it every minute: it pulls the nodes whose turn it is, or by hand those that are named. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/owner.h"
#include "common/base/start.h"
#include "common/base/text.h"
#include "common/exchange/proof.h"
#include "common/options.h"
#include "master/probes.h"
#include "master/pull/schedule.h"
#include "master/pull/workers.h"
#include "master/pullkey.h"
#include "master/store/store.h"

#include "common/base/banned.h"

static const struct option longs[] = { OPTIONS_LONG, { "all", no_argument, NULL, OPTION_OWN },
	{ 0 } };

/* Whose turn it is, as they are found. */
struct turns {
	const struct master_config *config;
	struct store *store;
	enum pull_why why;
	int64_t now;
	char next_key[64]; /* of a rotation that is under way; "": none */
	size_t awaited;	   /* nodes that have not taken it */
	struct pull_turn *v;
	size_t n, room;
};

static void add_turn(struct turns *t, const char *name, const struct node_state *st, bool slow)
{
	if (t->n == t->room) {
		t->room = t->room == 0 ? 64 : t->room * 2;
		t->v = reallocarray(t->v, t->room, sizeof(*t->v));
		if (t->v == NULL)
			die(EX_OSERR, "out of memory");
	}
	t->v[t->n] = (struct pull_turn){ .slow = slow, .tried = st->tried };
	memcpy(t->v[t->n++].name, name, strlen(name) + 1);
}

static int look_at(const char *name, void *arg)
{
	struct turns *t = arg;
	struct node_state st;
	struct node n;

	/* One whose files cannot be read does not keep the others from being pulled. */
	if (store_node_and_state(t->store, name, &n, &st) == -1) {
		if (errno != ENOENT) {
			msg_error("%s: reading its settings: %s", name, strerror(errno));
			t->awaited++;
		}
		return 0;
	}
	t->awaited += pull_awaited(&n, &st, t->next_key);
	/* One that has not registered is pulled when it has; `bijk-master status` says what it lacks. */
	if (pull_allowed(n.mode) && n.registered != 0 &&
	    (t->why == PULL_ALL || pull_due(name, pull_period(&n, t->config), &st, t->now)))
		add_turn(t, name, &st, pull_slow(&st));
	return 0;
}

/* One that is named is wanted now: it does not queue with the slow ones. */
static void add_named(struct turns *t, const char *name)
{
	bool valid = name_valid(name);
	struct node_state st;
	struct node n;
	int rc = valid ? store_node_and_state(t->store, name, &n, &st) : -1;

	if (!valid || (rc == -1 && errno == ENOENT))
		die(EX_DATAERR, "%s: there is no node of this name", vis_str(name));
	if (rc == -1)
		die(EX_IOERR, "%s: reading its settings: %s", name, strerror(errno));
	if (!pull_allowed(n.mode))
		die(EX_NOPERM, "%s: its mode is %s, so it is not pulled", name,
		    node_mode_words[n.mode]);
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->v[i].name, name) == 0)
			return;
	}
	add_turn(t, name, &st, false);
}

static void find_turns(struct turns *t, char **names, int n)
{
	if (t->why != PULL_NAMED && store_each_node(t->store, look_at, t) == -1)
		die(EX_IOERR, "reading the nodes: %s", strerror(errno));
	for (int i = 0; i < n; i++)
		add_named(t, names[i]);
	if (t->why != PULL_NAMED)
		pull_order(t->v, t->n);
}

/* One that was tried alone: its own code. Else 69 when none could be reached, and 75 for a part. */
static int exit_code(const struct pull_run *r)
{
	if (r->failed == 0)
		return 0;
	if (r->good + r->failed == 1)
		return r->last_code;
	return r->unreachable == r->failed && r->good == 0 ? EX_UNAVAILABLE : EX_TEMPFAIL;
}

static void look_for_rotation(struct turns *t)
{
	struct sshkey next;
	struct fail f;
	int rc = pullkey_next(t->config, &next, &f);

	if (rc == -1)
		msg_error("%s", f.text);
	if (rc == 1)
		sshkey_fingerprint(&next, t->next_key);
}

/* Everybody who is pulled has taken the next key. */
static void finish_rotation(const struct turns *t)
{
	struct fail f;

	if (t->next_key[0] == '\0' || t->why == PULL_NAMED || t->awaited > 0)
		return;
	if (pullkey_promote(t->config, &f) == -1)
		msg_error("ending the rotation of the pull key: %s", f.text);
	else
		msg_notice(
		    "every node that is pulled has taken the new pull key; the old one is gone");
}

static int pull(struct turns *t)
{
	struct pull_run r = {
		.config = t->config, .store = t->store, .turns = t->v, .n = t->n, .why = t->why
	};
	struct sshkey key;
	struct fail f;

	if (t->n == 0)
		return 0;
	if (pullkey_open(t->config, &key, &f) == -1)
		die(f.exit_code, "%s", f.text);
	if (pull_workers_run(&r) == -1)
		die(EX_OSERR, "starting workers: %s", strerror(errno));
	msg_debug("%zu good, %zu failed, %zu left to the next run", r.good, r.failed,
	    t->n - r.good - r.failed);
	return exit_code(&r);
}

int main(int argc, char **argv)
{
	struct options o = { .usage = "bijk-pull [-hVv] [-f FILE] [--syslog] [--all | NODE...]",
		.config = MASTER_CONFIG_FILE };
	struct master_config config;
	struct turns turns = { .config = &config, .why = PULL_DUE };
	int code;

	start_process(argc > 0 ? argv[0] : "bijk-pull");
	while (options_next(argc, argv, OPTIONS_SHORT, longs, &o) != -1)
		turns.why = PULL_ALL;
	if (turns.why == PULL_ALL && optind != argc)
		usage_error(&o, "--all, or the names of nodes");
	if (optind != argc)
		turns.why = PULL_NAMED;
	master_config_or_die(o.config, &config);
	if (owner_become(config.state) == -1)
		die(EX_IOERR, "working as the owner of %s: %s", config.state, strerror(errno));
	proof_init();
	turns.store = store_open(&config);
	if (turns.store == NULL)
		die(EX_IOERR, "opening %s: %s", config.state, strerror(errno));
	store_settle_name_or_die(turns.store, &config);
	store_look_at_clock(turns.store);
	turns.now = now_s();
	look_for_rotation(&turns);
	find_turns(&turns, argv + optind, argc - optind);
	finish_rotation(&turns);
	code = pull(&turns);
	/* For the listeners, which cron does not start. In the log alone, or cron would mail it. */
	if (turns.why == PULL_DUE) {
		msg_quiet_stderr();
		probes_tell(config.state, now_s());
	}
	free(turns.v);
	store_close(turns.store);
	master_config_free(&config);
	return code;
}
