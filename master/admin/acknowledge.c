/* SPDX-License-Identifier: ISC */
/* Somebody has seen what a node lost, and what was removed early: from now on only what is new is shown. */
#include <stdio.h>

#include "common/base/msg.h"
#include "master/admin/admin.h"

#include "common/base/banned.h"

static void acknowledge(struct node_state *st, const void *arg)
{
	(void)arg;
	st->gaps_known = st->gaps;
	st->lost_known = st->lost;
	st->cut = 0;
	st->cut_records = st->cut_bytes = 0;
}

int admin_acknowledge(struct admin *a, int argc, char **argv)
{
	struct node_state st;
	const char *name;

	admin_options(a, argc, argv, false);
	name = admin_name_operand(a, argc, argv);
	admin_config(a);
	admin_store(a);
	if (store_state(a->store, name, &st) == -1)
		admin_fail("acknowledging what is missing of", name);
	store_state_change(a->store, name, acknowledge, NULL);
	printf("%s: acknowledged\n", name);
	return out_flush();
}
