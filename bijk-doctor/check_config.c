/* SPDX-License-Identifier: ISC */
/* The configuration: it parses, and its values can work together. */
#include "bijk-doctor/doctor.h"

#include "common/base/banned.h"

void check_config(struct doctor *d)
{
	char why[YAML_WHY_MAX];

	node_config_free(&d->node);
	if (node_config_read(d->config_path, &d->node, why) == -1) {
		report_found(d->report, VERDICT_FAIL, "configuration", "%s", why);
		node_config_free(&d->node);
		node_config_read("/dev/null", &d->node, why);
		return;
	}
	report_found(d->report, VERDICT_OK, "configuration", "%s can be read", d->config_path);
}
