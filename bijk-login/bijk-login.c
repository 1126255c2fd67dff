/* SPDX-License-Identifier: ISC */
/*
 * The login shell of user bijk: answers a pull and does nothing else. Whoever holds the pull key
 * decides about the command and part of the environment, so both are looked at before anything
 * is done, and nothing of them is used.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/msg.h"
#include "common/base/owner.h"
#include "common/base/start.h"
#include "common/base/vis.h"
#include "common/config.h"
#include "common/contact.h"
#include "common/hashfile.h"
#include "common/options.h"
#include "common/send.h"

#include "common/base/banned.h"

#define LIFETIME 3600 /* seconds, for the largest backlog over the slowest line */

static const struct option longs[] = { OPTIONS_LONG, { 0 } };

/* Refuses in one line, and says in the log what was asked for. */
_Noreturn static void refuse(const char *asked)
{
	msg_error("refused: %s", asked);
	msg_peer("this account only answers `pull`");
	exit(EX_NOPERM);
}

/* Who asks, for the log. */
static void log_caller(void)
{
	const char *from = getenv("SSH_CONNECTION");

	msg_info("pull from %.*s", from != NULL ? (int)strcspn(from, " ") : 5,
	    from != NULL ? from : "?????");
}

static void check_command(int argc, char **argv, struct options *o)
{
	const char *asked = getenv("SSH_ORIGINAL_COMMAND");
	const char *command = NULL;
	int c;

	/* The key's command="pull" comes as ours whatever was asked for: that stands here. */
	if (asked != NULL && strcmp(asked, "pull") != 0)
		refuse(asked);
	if (argc >= 1 && argv[0][0] == '-')
		refuse("a login without a command");
	while ((c = options_next(argc, argv, OPTIONS_SHORT "c:", longs, o)) != -1) {
		if (c == 'c')
			command = optarg;
	}
	if (command == NULL)
		refuse("no command");
	if (strcmp(command, "pull") != 0)
		refuse(command);
	if (optind != argc)
		refuse("more than `pull`");
	if (isatty(STDIN_FILENO))
		refuse("a terminal");
}

static int answer(struct node_config *config)
{
	struct send s = { .config = config, .way = WAY_PULL, .timeout = config->timeout };
	const char *why;
	int rc;

	if (hash_read(AT_FDCWD, config->hash, s.hash, &why) == -1) {
		msg_error("reading the hash %s: %s", config->hash, why);
		msg_peer("this node is not set up; see its log");
		return EX_CONFIG;
	}
	rc = send_session(&s, STDIN_FILENO, STDOUT_FILENO);
	sodium_memzero(s.hash, sizeof(s.hash));
	if (s.proved && (s.acked > s.acked_from || (rc == 0 && s.nothing_to_send)) &&
	    contact_pulled(config, s.master_name) == -1)
		msg_warn("noting the pull: %s", strerror(errno));
	if (rc == -1) {
		msg_error("pull by %s: %s",
		    s.master_name[0] != '\0' ? s.master_name : "an unknown master", s.fail.text);
		msg_peer("the pull failed; see this node's log");
		return s.fail.exit_code;
	}
	msg_info("pulled by %s: %llu records", s.master_name, (unsigned long long)s.records);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .usage = "bijk-login [-Vhv] [-f FILE] -c pull",
		.config = NODE_CONFIG_FILE };
	struct node_config config;
	char why[YAML_WHY_MAX];

	start_process(argc > 0 ? argv[0] : "bijk-login");
	start_guard_stderr();
	msg_quiet_stderr();
	check_command(argc, argv, &o);
	log_caller();
	start_clear_environment();
	start_limit_lifetime(LIFETIME);
	proof_init();
	if (node_config_read(o.config, &config, why) == -1 ||
	    node_config_name(&config, why) == -1) {
		msg_peer("this node's configuration is wrong; see its log");
		die(EX_CONFIG, "%s", why);
	}
	if (owner_become(config.state) == -1)
		die(EX_OSERR, "working as the owner of %s: %s", config.state, strerror(errno));
	return answer(&config);
}
