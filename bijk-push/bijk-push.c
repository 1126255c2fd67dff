/* SPDX-License-Identifier: ISC */
/*
 * cron starts it every minute, and most of the time it finds nothing to do. A
 * push, or a registration, that is due waits for this node's place inside the
 * minute, so that a fleet does not arrive at once, and is looked at again then.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sysexits.h>

#include "bijk-push/push.h"
#include "common/base/deadline.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"
#include "common/base/owner.h"
#include "common/base/start.h"
#include "common/exchange/proof.h"
#include "common/log/spool.h"
#include "common/options.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

#define LOCK_SECONDS 10
#define PLACES 50 /* seconds of the minute over which nodes spread */

enum action { WHEN_DUE, NOW = OPTION_OWN, TEST, PROM };

static const struct option longs[] = { OPTIONS_LONG, { "now", no_argument, NULL, NOW },
	{ "test", no_argument, NULL, TEST }, { "prom", no_argument, NULL, PROM }, { 0 } };

static enum action parse_push_options(int argc, char **argv, struct options *o)
{
	enum action action = WHEN_DUE;
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, o)) != -1)
		action = (enum action)c;
	if (optind != argc)
		usage_error(o, "unexpected argument: %s", argv[optind]);
	return action;
}

static struct masters *open_masters(const struct node_config *c, enum masters_mode mode)
{
	struct fail f;
	struct masters *ms = masters_open(c, mode, deadline_in_s(LOCK_SECONDS), &f);

	if (ms == NULL)
		die(f.exit_code, "%s", f.text);
	return ms;
}

void known_open_or_die(struct known *k, const struct node_config *c)
{
	struct fail f;

	*k = (struct known){ .config = c };
	if (pushkey_open(&k->keys, c, &f) == -1)
		die(f.exit_code, "%s", f.text);
	k->masters = open_masters(c, MASTERS_READ);
	if (masters_stale(k->masters)) {
		masters_close(k->masters);
		masters_close(open_masters(c, MASTERS_CHANGE));
		k->masters = open_masters(c, MASTERS_READ);
	}
}

void known_close(struct known *k)
{
	masters_close(k->masters);
	pushkey_close(&k->keys);
	k->masters = NULL;
}

static void check_by_hand(const struct node_config *c, enum action action)
{
	if (c->mode == PUSH_NEVER && action == NOW)
		die(EX_CONFIG, "%s", push_due_text(PUSH_OFF));
	if (c->masters.n == 0)
		die(EX_CONFIG, "sender.masters names no master to push to");
}

static bool push_wanted(const struct node_config *c, struct contact *k, bool by_hand)
{
	enum push_due due;

	contact_read(c, k);
	due = by_hand ? PUSH_DUE : push_due(now_s(), c, k);
	msg_debug("%s", push_due_text(due));
	return due == PUSH_DUE;
}

/* Is there a master to push to, or one to register with? */
static bool anything_due(const struct known *k, bool push)
{
	for (size_t i = 0; push && i < k->config->masters.n; i++) {
		const char *address = k->config->masters.v[i];
		if (masters_registered(k->masters, address, &k->keys) != UNREGISTERED)
			return true;
	}
	return register_due(k, false);
}

static void wait_for_place(const char *name)
{
	int64_t left = (int64_t)name_phase(name, PLACES) - now_s() % 60;

	if (left > 0) {
		msg_info("waiting %d s for this node's time slot in the minute", (int)left);
		sleep_ms(left * 1000);
	}
}

/* One run at a time. It is held until the program ends. */
static void take_lock_or_exit(const struct node_config *c, bool by_hand)
{
	int dir = state_dir(c, "state");

	if (dir != -1 && lock_dir(dir, "push.lock") != -1) {
		close_fd(dir);
		return;
	}
	if (dir == -1 || errno != EWOULDBLOCK)
		die(EX_CANTCREAT, "locking %s/state: %s", c->state, strerror(errno));
	if (by_hand)
		die(EX_TEMPFAIL, "another bijk-push is running");
	exit(EX_TEMPFAIL);
}

static int work(struct known *k, int64_t began, bool by_hand)
{
	struct contact contact;
	struct push p = { .known = k, .contact = &contact, .began = began, .by_hand = by_hand };
	const char *why;
	int code;

	code = register_run(k, by_hand);
	if (!push_wanted(k->config, &contact, by_hand))
		return code;
	if (hash_read(AT_FDCWD, k->config->hash, p.hash, &why) == -1)
		die(EX_CONFIG, "reading the hash %s: %s", k->config->hash, why);
	code = push_run(&p, code);
	sodium_memzero(p.hash, sizeof(p.hash));
	register_again(k, p.strangers);
	return code;
}

static void become_node_or_die(const struct node_config *c)
{
	if (owner_become(c->state) == -1)
		die(EX_OSERR, "switching to the owner of %s: %s", c->state, strerror(errno));
}

int main(int argc, char **argv)
{
	struct options o = { .usage =
				 "bijk-push [-hVv] [-f FILE] [--now | --prom | --test] [--syslog]",
		.config = NODE_CONFIG_FILE };
	struct node_config config;
	struct contact contact;
	struct known known;
	int64_t began = now_s();
	enum action action;
	bool by_hand;
	int code;

	start_process(argc > 0 ? argv[0] : "bijk-push");
	action = parse_push_options(argc, argv, &o);
	by_hand = action == NOW || action == TEST;
	node_config_or_die(o.config, &config);
	if (action == PROM) {
		become_node_or_die(&config);
		return print_metrics(&config);
	}
	if (by_hand)
		check_by_hand(&config, action);
	if (config.masters.n == 0)
		return 0;
	node_config_name_or_die(&config);
	become_node_or_die(&config);
	proof_init();
	if (action == TEST)
		return test_masters(&config);
	known_open_or_die(&known, &config);
	if (!by_hand) {
		if (!anything_due(&known, push_wanted(&config, &contact, false)))
			return 0;
		known_close(&known);
		wait_for_place(config.name);
		known_open_or_die(&known, &config);
	}
	take_lock_or_exit(&config, by_hand);
	code = work(&known, began, by_hand);
	known_close(&known);
	node_config_free(&config);
	return code;
}
