/* SPDX-License-Identifier: ISC */
/*
 * The login shell of user bijk: answers a pull and does nothing else. The
 * holder of the pull key decides on the command and part of the environment, so
 * both are checked first, and nothing of them is used.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/owner.h"
#include "common/base/sandbox.h"
#include "common/base/sock.h"
#include "common/base/start.h"
#include "common/base/text.h"
#include "common/config.h"
#include "common/contact.h"
#include "common/exchange/sender.h"
#include "common/log/spool.h"
#include "common/names.h"
#include "common/trust/masters.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

#define SLOTS 32      /* of one address, for pulls without a proof */
#define LIFETIME 3600 /* seconds, for the largest backlog over the slowest line */

/* Refuses in one line; the log says what was asked for. */
_Noreturn static void refuse_login(const char *asked)
{
	msg_error("refused: %s", asked);
	msg_peer("this account only answers `pull`");
	exit(EX_NOPERM);
}

/* The caller's address, as sshd says it; "" where sshd did not start us. */
static void note_caller(char address[SOCK_ADDR_MAX])
{
	const char *from = getenv("SSH_CONNECTION");

	address[0] = '\0';
	if (from == NULL)
		return;
	snprintf(address, SOCK_ADDR_MAX, "%.*s", (int)strcspn(from, " "), from);
	msg_info("asked from %s", address);
}

/*
 * A slot of the caller, held until the master has proved itself: whoever has
 * only the pull key can hold so many, and keeps nobody out. -1: the session
 * goes on without one.
 */
static int take_slot(const struct node_config *config, const char *caller)
{
	/* Its slots; almost certainly nobody else's. */
	uint64_t first = address_number(caller) % (INT64_MAX / SLOTS) * SLOTS;
	char *path = caller[0] != '\0' ? path_join(config->state, "state") : NULL;
	int dir = path != NULL ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int fd = dir == -1
	    ? -1
	    : lock_slot_evicting(dir, "sources", first, SLOTS, randombytes_uniform(SLOTS));

	if (path != NULL && fd == -1 && errno == EWOULDBLOCK)
		die(EX_TEMPFAIL, "%s has %d unproved pulls in progress", caller, SLOTS);
	if (path != NULL && fd == -1)
		msg_warn("the pulls of %s are not counted: %s", caller, strerror(errno));
	close_fd(dir);
	free(path);
	return fd;
}

/*
 * Others start a login shell, so it takes [-v] [-f FILE] -c pull and nothing
 * else: no help, no version, no usage errors. Returns the path of the
 * configuration.
 */
static const char *check_command(int argc, char **argv)
{
	const char *asked = getenv("SSH_ORIGINAL_COMMAND");
	const char *config = NODE_CONFIG_FILE;
	int i = 1;

	/* What was asked for; with command="pull" our argument is that. */
	if (asked != NULL && strcmp(asked, "pull") != 0)
		refuse_login(asked);
	if (argc < 2 || argv[0][0] == '-')
		refuse_login("a login without a command");
	for (; i < argc && strcmp(argv[i], "-c") != 0; i++) {
		if (strcmp(argv[i], "-v") == 0)
			msg_more(1);
		else if (strcmp(argv[i], "-f") == 0 && i + 1 < argc)
			config = argv[++i];
		else
			refuse_login(argv[i]);
	}
	if (i + 2 != argc)
		refuse_login("anything but one command");
	if (strcmp(argv[i + 1], "pull") != 0)
		refuse_login(argv[i + 1]);
	if (isatty(STDIN_FILENO))
		refuse_login("a terminal");
	return config;
}

/* Read before the sandbox. Without the cards nothing is freed. */
static const struct copies *read_copies(const struct node_config *config, struct copies *c)
{
	const struct copies *who;
	struct masters *ms = NULL;
	struct fail f;

	if (config->copies > 1 && (ms = masters_open(config, MASTERS_READ, 0, &f)) == NULL)
		msg_error("which masters there are is unknown, and nothing is freed: %s", f.text);
	who = masters_copies(config, ms, c);
	masters_close(ms);
	return who;
}

static int answer_pull(struct node_config *config, const char *caller)
{
	/* From here on: spool, state, the two descriptors, and syslog. */
	struct sandbox box = { .needs = SANDBOX_FILES | SANDBOX_LOG };
	struct send s = {
		.config = config, .direction = DIRECTION_PULL, .timeout = config->timeout
	};
	struct copies copies;
	const char *why;
	int rc, slot;

	if (hash_read(AT_FDCWD, config->hash, s.hash, &why) == -1) {
		msg_error("reading the hash %s: %s", config->hash, why);
		msg_peer("this node is not set up; see its log");
		return EX_CONFIG;
	}
	s.copies = read_copies(config, &copies);
	spool_reach(config, &box);
	slot = take_slot(config, caller);
	s.slot = &slot;
	sandbox_enter_or_die(&box);
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
	msg_info("pulled by %s: %" PRIu64 " record%s", s.master_name, s.records, num_s(s.records));
	return 0;
}

int main(int argc, char **argv)
{
	struct node_config config;
	const char *file;
	char why[YAML_WHY_MAX], caller[SOCK_ADDR_MAX];

	start_process(argc > 0 ? argv[0] : "bijk-login");
	start_guard_stderr();
	msg_quiet_stderr();
	file = check_command(argc, argv);
	note_caller(caller);
	start_clear_environment();
	alarm(LIFETIME); /* the last resort */
	proof_init();
	if (node_config_read(file, &config, why) == -1 || node_config_name(&config, why) == -1) {
		int code = config_exit_code(errno);

		msg_peer("this node's configuration is wrong; see its log");
		die(code, "%s", why);
	}
	why_watch(config.state, "spool");
	if (owner_become_alone(config.state) == -1)
		die(EX_OSERR, "switching to the owner of %s: %s", config.state, strerror(errno));
	return answer_pull(&config, caller);
}
