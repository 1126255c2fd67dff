/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/text.h"
#include "master/admin/admin.h"

#include "common/base/banned.h"

static void set_one(const struct admin *a, struct node *n, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	char key[64], why[YAML_WHY_MAX];

	if (equals == NULL || (size_t)(equals - assignment) >= sizeof(key))
		usage_error(&a->options, "`%s` is not KEY=VALUE", vis_str(assignment));
	snprintf(key, sizeof(key), "%.*s", (int)(equals - assignment), assignment);
	if (node_settings_set(n, key, equals + 1, why) == -1)
		usage_error(&a->options, "%s", why);
}

int admin_set(struct admin *a, int argc, char **argv)
{
	struct node n = { .port = 0 };
	const char *name;

	admin_options(a, argc, argv, false);
	if (argc - optind < 2)
		usage_error(
		    &a->options, "the name of a node and at least one KEY=VALUE are expected");
	name = argv[optind];
	if (!name_valid(name))
		die(EX_DATAERR, "`%s` is not the name of a node", vis_str(name));
	for (int i = optind + 1; i < argc; i++)
		set_one(a, &n, argv[i]);
	admin_config(a);
	admin_store(a);
	if (store_node(a->store, name, &n) == -1)
		admin_fail("setting", name);
	for (int i = optind + 1; i < argc; i++)
		set_one(a, &n, argv[i]);
	if (store_node_put(a->store, &n) == -1)
		admin_fail("setting", name);
	return 0;
}
