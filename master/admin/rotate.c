/* SPDX-License-Identifier: ISC */
/*
 * Subcommand rotate: a new pull key. The old one stays in use too (pullkey.h)
 * until every node that is pulled has taken the new one; bijk-pull sees that.
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

struct rotation {
	struct store *store;
	char key[64];	/* fingerprint of the new key */
	size_t awaited; /* nodes that have not taken it */
};

/* Names the node if the rotation waits for it. */
static int show_awaited(const char *name, void *arg)
{
	struct rotation *r = arg;
	struct node_state st;
	struct node n;
	char ago[32];

	if (store_node_and_state(r->store, name, &n, &st) == -1) {
		if (errno == ENOENT)
			return 0; /* removed just now */
		msg_error("reading the node %s: %s", name, strerror(errno));
		r->awaited++;
		return 0;
	}
	if (!pull_awaited(&n, &st, r->key))
		return 0;
	r->awaited++;
	printf("%s: last pulled %s ago\n", name,
	    num_show_span(ago, sizeof(ago), now_s() - st.last_pull));
	return 0;
}

/* Starts a rotation, or goes on with the one under way. The fingerprint of the
 * new key. */
static void start_rotation(struct admin *a, bool finish, char key[64])
{
	struct sshkey next, old;
	struct fail f;
	int rotating = pullkey_next(&a->config, &next, &f);

	if (rotating == 0 && finish)
		die(EX_DATAERR, "no rotation is in progress");
	/* First the old key: nodes that have only this one must still be
	 * reachable. */
	if (rotating == -1 ||
	    (rotating == 0 &&
		(pullkey_open(&a->config, &old, &f) == -1 ||
		    pullkey_rotate(&a->config, &next, &f) == -1)))
		die(f.exit_code, "%s", f.text);
	/* A kept connection would hide who takes the new key. */
	if (rotating == 0 && store_control_forget(a->store) == -1)
		msg_warn("ending the kept connections: %s", strerror(errno));
	sshkey_fingerprint(&next, key);
}

int admin_rotate(struct admin *a, int argc, char **argv)
{
	bool finish = admin_flag_or_die(a, argc, argv, "finish");
	struct rotation r = { .awaited = 0 };
	struct fail f;

	admin_no_operand_or_die(a, argc);
	admin_open_or_die(a);
	r.store = a->store;
	start_rotation(a, finish, r.key);
	printf("new pull key %s\n", r.key);
	if (!finish && store_each_node(a->store, show_awaited, &r) == -1)
		die(EX_IOERR, "listing the nodes: %s", strerror(errno));
	if (r.awaited > 0) {
		printf("%zu %s not taken it yet; both keys are in use. A node takes it when it "
		       "next registers, within a day, or at once by `bijk-keyreg` there\n",
		    r.awaited,
		    r.awaited == 1 ? "node that is pulled has" : "nodes that are pulled have");
		return out_flush();
	}
	if (pullkey_promote(&a->config, &f) == -1)
		die(f.exit_code, "ending the rotation: %s", f.text);
	printf("the old pull key is removed\n");
	return out_flush();
}
