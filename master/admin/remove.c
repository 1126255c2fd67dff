/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "master/admin/admin.h"

#include "common/base/banned.h"

int admin_remove(struct admin *a, int argc, char **argv)
{
	static const struct option longs[] = { OPTIONS_LONG,
		{ "purge", no_argument, NULL, OPTION_OWN }, { 0 } };
	bool purge = false;
	const char *name, *how = "";
	struct log_id *ids = NULL;

	while (options_next(argc, argv, OPTIONS_SHORT, longs, &a->options) != -1)
		purge = true;
	name = admin_name_operand(a, argc, argv);
	admin_config(a);
	admin_store(a);
	if (store_node_remove(a->store, name, purge) == -1) {
		if (errno == EWOULDBLOCK && purge)
			die(EX_TEMPFAIL,
			    "removing %s: a session is still at work on it; say it again to "
			    "have its records removed",
			    name);
		admin_fail("removing", name);
	}
	if (purge)
		how = ", with its records";
	else if (store_logs(a->store, name, &ids) > 0)
		how = "; its records are kept";
	printf("%s: removed%s\n", name, how);
	free(ids);
	return out_flush();
}
