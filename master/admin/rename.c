/* SPDX-License-Identifier: ISC */
/* rename: the master itself gets another name. Each node's secret follows from it, so that each is added anew. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "master/admin/admin.h"

#include "common/base/banned.h"

static int count(const char *name, void *arg)
{
	(void)name;
	++*(size_t *)arg;
	return 0;
}

int admin_rename(struct admin *a, int argc, char **argv)
{
	const char *name;
	struct fail f;
	size_t nodes = 0;

	admin_options(a, argc, argv, false);
	name = admin_name_operand(a, argc, argv);
	admin_config(a);
	if (a->config.name != NULL && strcmp(a->config.name, name) != 0)
		die(EX_CONFIG, "master.name in %s is %s: leave it out, or set it to %s first",
		    a->options.config, a->config.name, name);
	admin_store_unnamed(a);
	if (store_rename(a->store, &a->config, name, &f) == -1)
		die(f.exit_code, "%s", f.text);
	if (store_each_node(a->store, count, &nodes) == -1)
		admin_fail("counting the nodes of", name);
	printf("this is master %s\n", name);
	if (nodes > 0)
		msg_notice("add each of the %zu nodes anew (bijk-master add NAME, or import its "
			   "card), then it "
			   "registers by itself; until then it is refused",
		    nodes);
	return out_flush();
}
