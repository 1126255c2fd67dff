/* SPDX-License-Identifier: ISC */
/* Finds what keeps data from flowing, and prints the line that mends it. Changes nothing. */
#include <sysexits.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "common/base/msg.h"
#include "common/base/start.h"
#include "common/options.h"
#include "common/proof.h"
#include "common/sshd.h"

#include "common/base/banned.h"

#define OPTION_JSON OPTION_OWN
#define OPTION_MASTER (OPTION_OWN + 1)

static const struct option longs[] = { OPTIONS_LONG, { "json", no_argument, NULL, OPTION_JSON },
	{ "master", no_argument, NULL, OPTION_MASTER }, { 0 } };

static const struct check node_checks[] = {
	{ "config", check_config },
};

static const struct check master_checks[] = {
	{ "config", check_config },
};

static void run(struct doctor *d, const struct check *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		report_check(d->report, v[i].name);
		v[i].run(d);
	}
}

uint16_t doctor_ssh_port(const struct doctor *d)
{
	uint16_t port = d->node.port != 0 ? (uint16_t)d->node.port : sshd_port("/dev/null");

	return port != 0 ? port : 22;
}

int main(int argc, char **argv)
{
	struct options o = { .usage = "bijk-doctor [-hVv] [-f FILE] [--json] [--master]" };
	struct doctor d = { .root = geteuid() == 0 };
	bool json = false, master = false;
	int c, failed;

	start_process(argv[0]);
	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, &o)) != -1) {
		json |= c == OPTION_JSON;
		master |= c == OPTION_MASTER;
	}
	if (optind < argc)
		usage_error(&o, "%s is too much", argv[optind]);
	d.config_path = o.config != NULL ? o.config
	    : master			 ? MASTER_CONFIG_FILE
					 : NODE_CONFIG_FILE;
	proof_init();
	d.report = report_begin(json, msg_shows(MSG_INFO));
	if (master)
		run(&d, master_checks, sizeof(master_checks) / sizeof(master_checks[0]));
	else
		run(&d, node_checks, sizeof(node_checks) / sizeof(node_checks[0]));
	failed = report_end(d.report);
	masters_free(&d.masters);
	node_config_free(&d.node);
	if (failed == -1)
		return EX_IOERR;
	return failed > 0 ? EX_TEMPFAIL : 0;
}
