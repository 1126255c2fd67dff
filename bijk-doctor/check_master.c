/* SPDX-License-Identifier: ISC */
/* A master's configuration. */
#include "bijk-doctor/check_config.h"

#include "common/base/banned.h"

void check_master_config(struct doctor *d)
{
	static const char *const ours[] = { "master", "pull", "push", "register", "archive", NULL };
	char why[YAML_WHY_MAX];
	struct master_config c;

	if (master_config_read(d->config_path, &c, why) == -1)
		config_is_wrong(d, why);
	else if (!config_has_slips(d, ours, VERDICT_WARN))
		report_found(d->report, VERDICT_OK, "configuration",
		    "%s can be read; this is master %s", d->config_path, c.name);
	master_config_free(&c);
}
