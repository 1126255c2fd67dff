/* SPDX-License-Identifier: ISC */
/* The administrator's program: a table of subcommands, which are in
 * master/admin/. */
#include <stddef.h>
#include <string.h>

#include "common/base/msg.h"
#include "common/base/start.h"
#include "common/base/text.h"
#include "common/exchange/proof.h"
#include "master/admin/admin.h"

#include "common/base/banned.h"

static const char usage[] =
    "bijk-master [-hVv] [-f CONFIG] [--syslog] COMMAND [ARGUMENT...]; COMMAND is "
    "acknowledge, add, check, import, export, set, remove, feeds, list, pending, rotate, status or "
    "test";

static const struct command {
	const char *name;
	int (*run)(struct admin *a, int argc, char **argv);
	const char *usage;
} commands[] = {
	{ "acknowledge", admin_acknowledge, "bijk-master acknowledge NAME" },
	{ "add", admin_add,
	    "bijk-master add NAME [--address A] [--port P] [--mode auto|pull|push|off] "
	    "[--min-period T] [--pull-period T] [--hash FILE] [--replace-hash]" },
	{ "check", admin_check,
	    "bijk-master check [-w KEY=LIMIT[,...]] [-c KEY=LIMIT[,...]] [NAME...]" },
	{ "import", admin_import, "bijk-master import [NAME] <CARD" },
	{ "export", admin_export, "bijk-master export [--address A]" },
	{ "set", admin_set, "bijk-master set NAME KEY=VALUE..." },
	{ "remove", admin_remove, "bijk-master remove NAME [--purge]" },
	{ "feeds", admin_feeds, "bijk-master feeds [--json]" },
	{ "list", admin_list, "bijk-master list [--json]" },
	{ "pending", admin_pending, "bijk-master pending [--json]" },
	{ "rotate", admin_rotate, "bijk-master rotate [--finish]" },
	{ "status", admin_status,
	    "bijk-master status [--watch | --json | --html [--output FILE]] [NAME...] | --prom" },
	{ "test", admin_test, "bijk-master test NAME" },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = { OPTIONS_LONG, { 0 } };
	struct admin a = { .options = { .usage = usage, .config = MASTER_CONFIG_FILE } };
	const struct command *command;
	int rc;

	start_process(argv[0]);
	proof_init();
	/* The plus: options after the command belong to it. */
	while (options_next(argc, argv, "+" OPTIONS_SHORT, longs, &a.options) != -1)
		;
	if (optind == argc)
		usage_error(&a.options, "missing command");
	command = find_command(argv[optind]);
	if (command == NULL)
		usage_error(&a.options, "unknown command: %s", vis_str(argv[optind]));
	a.options.usage = command->usage;
	argc -= optind;
	argv += optind;
	optind = 0; /* restarts getopt in glibc */
	rc = command->run(&a, argc, argv);
	admin_close(&a);
	return rc;
}
