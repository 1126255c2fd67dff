/* SPDX-License-Identifier: ISC */
#include "master/admin/admin.h"
#include "master/pull/pull.h"

#include "common/base/banned.h"

int admin_test(struct admin *a, int argc, char **argv)
{
	struct node n;
	const char *name;

	admin_options(a, argc, argv, false);
	name = admin_name_operand(a, argc, argv);
	admin_config(a);
	admin_store(a);
	if (store_node(a->store, name, &n) == -1)
		admin_fail("testing", name);
	return pull_test(&a->config, a->store, name);
}
