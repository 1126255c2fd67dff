/* SPDX-License-Identifier: ISC */
/* One pull, as somebody wants to see it who looks for what is wrong: each step is a line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/text.h"
#include "master/pull/pull.h"

#include "common/base/banned.h"

static void step(const char *text)
{
	printf("ok    %s\n", vis_str(text));
	fflush(stdout);
}

static void say_where(const struct master_config *c, struct store *s, const struct node *n,
    const struct node_state *st)
{
	char *known_hosts = store_known_hosts(s, n->name);

	printf("ok    address %s, port %u, user %s, key %s\n", vis_str(node_address(n, st)),
	    node_port(n), vis_str(c->user), vis_str(c->key));
	if (known_hosts != NULL)
		printf("ok    its host keys are pinned in %s\n", vis_str(known_hosts));
	if (n->mode == NODE_PUSH || n->mode == NODE_OFF)
		printf(
		    "note  its mode is %s: bijk-pull does not pull it\n", node_mode_words[n->mode]);
	fflush(stdout);
	free(known_hosts);
}

int pull_test(const struct master_config *c, struct store *s, const char *name)
{
	struct pull_result r;
	struct node_state st;
	struct node n;

	if (store_node_and_state(s, name, &n, &st) == 0)
		say_where(c, s, &n, &st);
	pull_node(c, s, name, step, &r);
	if (r.good) {
		printf("good  %s: %" PRIu64 " new records\n", name, r.records);
	} else {
		printf("bad   %s: %s\n", name, vis_str(r.reason));
		if (r.check[0] != '\0')
			printf("check %s\n", vis_str(r.check));
	}
	if (out_flush() != 0)
		return EX_IOERR;
	return r.good ? 0 : r.exit_code;
}
