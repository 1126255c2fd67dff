/* SPDX-License-Identifier: ISC */
/* Finds what keeps data from flowing, and prints the line that mends it.
 * Changes nothing. */
#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "common/base/msg.h"
#include "common/base/start.h"
#include "common/exchange/proof.h"
#include "common/options.h"

#include "common/base/banned.h"

#define OPTION_JSON OPTION_OWN
#define OPTION_MASTER (OPTION_OWN + 1)

static const struct option longs[] = { OPTIONS_LONG, { "json", no_argument, NULL, OPTION_JSON },
	{ "master", no_argument, NULL, OPTION_MASTER }, { 0 } };

/* What stands nearest to the records comes first, so that a fault is named
 * before what follows from it. */
static const struct check node_checks[] = {
	{ "config", check_config },
	{ "own", check_own },
	{ "own", check_records },
	{ "sshd", check_rehearsal },
	{ "outward", check_outward },
	{ "cron", check_cron },
};

static const struct check master_checks[] = {
	{ "config", check_master_config },
	{ "own", check_master_own },
	{ "listeners", check_listeners },
	{ "sshd", check_master_rehearsal },
	{ "sshd", check_dropin },
	{ "cron", check_cron },
	{ "fleet", check_fleet },
};

struct request {
	bool json, master;
};

static void parse(int argc, char **argv, struct options *o, struct request *q)
{
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, o)) != -1) {
		q->json |= c == OPTION_JSON;
		q->master |= c == OPTION_MASTER;
	}
	if (optind < argc)
		usage_error(o, "%s is too much", argv[optind]);
	if (o->config == NULL)
		o->config = q->master ? MASTER_CONFIG_FILE : NODE_CONFIG_FILE;
}

/* A file that was named, and is not there, is no fault of this machine. */
static void refuse_missing(const struct doctor *d, const char *usual, const char *why)
{
	if (config_exit_code(errno) == EX_NOINPUT && strcmp(d->config_path, usual) != 0)
		die(EX_NOINPUT, "%s", why);
}

/* What several checks want to know; a file that is wrong is told of by the
 * first of them. */
static void gather_node(struct doctor *d)
{
	char why[YAML_WHY_MAX];

	if (node_config_read(d->config_path, &d->node, why) == -1 ||
	    node_config_name(&d->node, why) == -1) {
		refuse_missing(d, NODE_CONFIG_FILE, why);
		node_config_free(&d->node);
		node_config_read("/dev/null", &d->node, why);
	}
	facts_gather(&d->facts, &d->node);
	master_addresses_resolve(&d->masters, &d->node);
	sshd_facts_gather(&d->sshd);
	d->pulled = d->sshd.there && d->node.mode != PUSH_ALWAYS;
	d->pushes = d->node.mode != PUSH_NEVER && d->node.masters.n > 0;
}

static void gather_master(struct doctor *d)
{
	char why[YAML_WHY_MAX];

	if (master_config_read(d->config_path, &d->master, why) == -1) {
		refuse_missing(d, MASTER_CONFIG_FILE, why);
		master_config_free(&d->master);
		master_config_read("/dev/null", &d->master, why);
	}
	sshd_facts_gather(&d->sshd);
}

/* Neither the account nor the directory: every check would say so in its own
 * way. */
static bool installed(struct doctor *d)
{
	const char *user = d->is_master ? MASTER_USER : NODE_USER;
	const char *state = d->is_master ? d->master.state : d->node.state;

	if (getpwnam(user) != NULL || access(state, F_OK) == 0)
		return true;
	report_check(d->report, "own");
	report_found(d->report, VERDICT_FAIL, "this machine",
	    "it is no %s: there is neither an account %s nor %s", d->is_master ? "master" : "node",
	    user, state);
	report_note(d->report,
	    d->is_master
		? "install it: ./install.sh master; a node is looked at without --master"
		: "install it: ./install.sh node --masters HOST,...; a master is looked at with "
		  "--master");
	return false;
}

/* Without a configuration no program of ours does anything, and the rest would
 * be seen in the light of defaults. */
static void run(struct doctor *d, const struct check *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		report_check(d->report, v[i].name);
		v[i].run(d);
		if (i == 0 && report_check_failed(d->report)) {
			report_found(d->report, VERDICT_SKIP, "everything else",
			    "it is looked at once the configuration is right");
			return;
		}
	}
}

int main(int argc, char **argv)
{
	static struct doctor d;
	struct options o = { .usage = "bijk-doctor [-hVv] [-f FILE] [--json] [--master]" };
	struct request q = { .json = false };
	int failed;

	start_process(argv[0]);
	parse(argc, argv, &o, &q);
	proof_init();
	d.config_path = o.config;
	d.root = geteuid() == 0;
	d.report = report_begin(q.json, msg_shows(MSG_INFO));
	d.is_master = q.master;
	if (q.master)
		gather_master(&d);
	else
		gather_node(&d);
	if (installed(&d)) {
		if (q.master)
			run(&d, master_checks, sizeof(master_checks) / sizeof(master_checks[0]));
		else
			run(&d, node_checks, sizeof(node_checks) / sizeof(node_checks[0]));
	}
	failed = report_end(d.report);
	master_addresses_free(&d.masters);
	node_config_free(&d.node);
	master_config_free(&d.master);
	if (failed == -1)
		return EX_IOERR;
	return failed > 0 ? EX_TEMPFAIL : 0;
}
