/* SPDX-License-Identifier: ISC */
/*
 * A new key to pull with. Until every node that is pulled has taken it, which bijk-pull sees, the old one stays in
 * use too (pullkey.h).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/admin/admin.h"
#include "master/pull/schedule.h"
#include "master/pullkey.h"

#include "common/base/banned.h"

struct count {
	struct store *store;
	char key[64]; /* the new one's fingerprint */
	size_t awaited;
};

/* Names it if the rotation waits for it. */
static int look_at(const char *name, void *arg)
{
	struct count *c = arg;
	struct node_state st;
	struct node n;
	char ago[32];

	if (store_node_and_state(c->store, name, &n, &st) == -1) {
		if (errno == ENOENT)
			return 0; /* removed just now */
		msg_error("reading the node %s: %s", name, strerror(errno));
		c->awaited++;
		return 0;
	}
	if (!pull_awaited(&n, &st, c->key))
		return 0;
	c->awaited++;
	printf("%s: last pulled %s ago\n", name,
	    num_show_span(ago, sizeof(ago), now_s() - st.last_pull));
	return 0;
}

static void finish(const struct admin *a)
{
	struct fail f;

	if (pullkey_promote(&a->config, &f) == -1)
		die(f.exit_code, "ending the rotation: %s", f.text);
	printf("the new pull key is the only one\n");
}

int admin_rotate(struct admin *a, int argc, char **argv)
{
	static const struct option longs[] = { OPTIONS_LONG,
		{ "finish", no_argument, NULL, OPTION_OWN }, { 0 } };
	struct count count = { .awaited = 0 };
	struct sshkey key;
	struct fail f;
	bool finish_it = false;
	int rotating;

	while (options_next(argc, argv, OPTIONS_SHORT, longs, &a->options) != -1)
		finish_it = true;
	if (optind < argc)
		usage_error(&a->options, "no operand is expected");
	admin_config(a);
	admin_store(a);
	rotating = pullkey_next(&a->config, &key, &f);
	if (rotating == 0 && finish_it)
		die(EX_DATAERR, "no rotation is under way");
	/* The old key is there first: a node that has it only must be let in by it. */
	if (rotating == -1 ||
	    (rotating == 0 &&
		(pullkey_open(&a->config, &key, &f) == -1 ||
		    pullkey_rotate(&a->config, &key, &f) == -1)))
		die(f.exit_code, "%s", f.text);
	/* A connection that is kept would not show who takes the new key. */
	if (rotating == 0 && store_control_forget(a->store) == -1)
		msg_warn("ending the connections that are kept: %s", strerror(errno));
	sshkey_fingerprint(&key, count.key);
	count.store = a->store;
	printf("new pull key %s\n", count.key);
	if (!finish_it && store_each_node(a->store, look_at, &count) == -1)
		die(EX_IOERR, "listing the nodes: %s", strerror(errno));
	if (count.awaited == 0)
		finish(a);
	else
		printf(
		    "%zu %s not taken it yet; both keys are in use. A node takes it when it next "
		    "registers, within a day, or at once by `bijk-keyreg` there\n",
		    count.awaited,
		    count.awaited == 1 ? "node that is pulled has" : "nodes that are pulled have");
	return out_flush();
}
