/* SPDX-License-Identifier: ISC */
/* Subcommand test: one pull for troubleshooting, each step a line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/text.h"
#include "master/admin/admin.h"
#include "master/pull/pull.h"

#include "common/base/banned.h"

static void print_step(const char *text)
{
	printf("ok    %s\n", vis_str(text));
	fflush(stdout);
}

static void print_target(const struct admin *a, const struct node *n, const struct node_state *st)
{
	char *known_hosts = store_known_hosts(a->store, n->name);

	printf("ok    address %s, port %u, user %s, key %s\n", vis_str(node_address(n, st)),
	    node_port(n), vis_str(a->config.user), vis_str(a->config.key));
	if (known_hosts != NULL)
		printf("ok    its host keys are pinned in %s\n", vis_str(known_hosts));
	if (n->mode == NODE_PUSH || n->mode == NODE_OFF)
		printf(
		    "note  its mode is %s: bijk-pull does not pull it\n", node_mode_words[n->mode]);
	fflush(stdout);
	free(known_hosts);
}

int admin_test(struct admin *a, int argc, char **argv)
{
	struct pull_result r;
	struct node_state st;
	struct node n;
	const char *name;

	admin_flag_or_die(a, argc, argv, NULL);
	name = admin_name_or_die(a, argc, argv);
	admin_open_or_die(a);
	if (store_node_and_state(a->store, name, &n, &st) == -1)
		admin_die("testing", name);
	print_target(a, &n, &st);
	store_look_at_clock(a->store);
	pull_node(&a->config, a->store, name, print_step, &r);
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
