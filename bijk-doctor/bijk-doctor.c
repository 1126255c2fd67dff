/* SPDX-License-Identifier: ISC */
/* Finds what keeps data from flowing, and prints the line that mends it.
 * Changes nothing. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/plugin.h"
#include "common/base/msg.h"
#include "common/base/plugin.h"
#include "common/base/start.h"
#include "common/exchange/proof.h"
#include "common/options.h"

#include "common/base/banned.h"

#define OPTION_JSON OPTION_OWN
#define OPTION_MASTER (OPTION_OWN + 1)
#define OPTION_CHECK (OPTION_OWN + 2)

static const struct option longs[] = { OPTIONS_LONG, { "json", no_argument, NULL, OPTION_JSON },
	{ "master", no_argument, NULL, OPTION_MASTER },
	{ "check", no_argument, NULL, OPTION_CHECK }, PLUGIN_OPTIONS, { 0 } };

/* What stands nearest to the records comes first, so that a fault is named
 * before what follows from it. */
static const struct check node_checks[] = {
	{ "config", check_config },
	{ "own", check_own },
	{ "sshd", check_rehearsal },
	{ "outward", check_outward },
	{ "cron", check_cron },
	{ NULL, NULL },
};

static const struct check master_checks[] = {
	{ "config", check_config },
	{ "own", check_master_own },
	{ "listeners", check_listeners },
	{ "sshd", check_master_rehearsal },
	{ "sshd", check_dropin },
	{ "cron", check_cron },
	{ "fleet", check_fleet },
	{ NULL, NULL },
};

/* What several checks want to know. A file that is wrong is told of by the
 * first of them; one that was named, and is not there, is no fault of this
 * machine. */
static void gather(struct doctor *d)
{
	const char *usual = d->is_master ? MASTER_CONFIG_FILE : NODE_CONFIG_FILE;
	char *why = d->config_why;
	bool good;

	if (d->config_path == NULL)
		d->config_path = usual;
	if (d->is_master)
		good = master_config_read(d->config_path, &d->master, why) == 0;
	else
		good = node_config_read(d->config_path, &d->node, why) == 0 &&
		    node_config_name(&d->node, why) == 0;
	if (!good && config_exit_code(errno) == EX_NOINPUT && strcmp(d->config_path, usual) != 0)
		die(EX_NOINPUT, "%s", why);
	if (!good)
		return;
	sshd_facts_gather(&d->sshd);
	if (d->is_master) {
		snprintf(d->key, sizeof(d->key), "%s", d->master.key);
		facts_gather(&d->facts, d->master.state, d->key, MASTER_USER, NULL);
		return;
	}
	snprintf(d->key, sizeof(d->key), "%s/id_ed25519", d->node.state);
	facts_gather(&d->facts, d->node.state, d->key, NODE_USER, &d->node);
	doctor_ask_push(d);
	d->pulled = d->sshd.there && d->node.mode != PUSH_ALWAYS;
	d->pushes = d->node.mode != PUSH_NEVER && d->node.masters.n > 0;
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
		? "install it: the package bijk-master, or ./install.sh master; a node is looked "
		  "at without --master"
		: "install it: the package bijk-node, or ./install.sh node --masters HOST,...; a "
		  "master is looked at with --master");
	return false;
}

/* Without a configuration no program of ours does anything, and the rest would
 * be seen in the light of defaults. */
static void run(struct doctor *d, const struct check *c)
{
	report_check(d->report, c->name);
	c->run(d);
	if (report_failed(d->report, "config")) {
		report_found(d->report, VERDICT_SKIP, "everything else",
		    "it is looked at once the configuration is right");
		return;
	}
	if (!installed(d))
		return;
	while ((++c)->name != NULL) {
		report_check(d->report, c->name);
		c->run(d);
	}
}

static enum report_form parse_doctor_options(
    struct doctor *d, int argc, char **argv, struct options *o)
{
	enum report_form form = REPORT_TEXT;
	bool limits = false;
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT PLUGIN_OPTIONS_SHORT, longs, o)) != -1) {
		switch (c) {
		case OPTION_MASTER: d->is_master = true; break;
		case OPTION_JSON: form = REPORT_JSON; break;
		case OPTION_CHECK:
			form = REPORT_SILENT;
			plugin_begin();
			break;
		default: limits = true; doctor_limit_or_die(c, optarg);
		}
	}
	if (optind < argc)
		usage_error(o, "unexpected argument: %s", argv[optind]);
	if (limits && (form != REPORT_SILENT || d->is_master))
		usage_error(o, "limits need --check, and are of a node");
	d->config_path = o->config;
	return form;
}

int main(int argc, char **argv)
{
	static struct doctor d = { .push_run = CHILD_NONE };
	struct options o = { .usage = "bijk-doctor [-hVv] [-f FILE] [--json] [--master], or "
				      "bijk-doctor [-f FILE] --check [--master | [-w KEY=LIMIT"
				      "[,...]] [-c KEY=LIMIT[,...]]]" };
	enum report_form form;
	int failed, code = 0;

	start_process(argv[0]);
	form = parse_doctor_options(&d, argc, argv, &o);
	proof_init();
	d.root = geteuid() == 0;
	if (form == REPORT_SILENT && !d.root)
		die(EX_NOPERM, "only root can make all checks");
	d.report = report_begin(form, msg_shows(MSG_INFO));
	gather(&d);
	run(&d, d.is_master ? master_checks : node_checks);
	if (form == REPORT_SILENT)
		code = doctor_plugin_end(&d);
	child_end(&d.push_run, 0);
	failed = report_end(d.report);
	answer_free(&d.push);
	node_config_free(&d.node);
	master_config_free(&d.master);
	if (form == REPORT_SILENT)
		return code;
	if (failed == -1)
		return EX_IOERR;
	return failed > 0 ? EX_TEMPFAIL : 0;
}
