/* SPDX-License-Identifier: ISC */
/* Registers this node's key with its masters, and carries the two cards where no master is reached.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-keyreg/keyreg.h"
#include "common/base/file.h"
#include "common/base/msg.h"
#include "common/base/owner.h"
#include "common/base/start.h"
#include "common/base/text.h"
#include "common/exchange/proof.h"
#include "common/options.h"
#include "common/trust/masters.h"

#include "common/base/banned.h"

enum action { REGISTER, ROTATE = OPTION_OWN, EXPORT, IMPORT };

static const struct option longs[] = { OPTIONS_LONG, { "rotate", no_argument, NULL, ROTATE },
	{ "export", no_argument, NULL, EXPORT }, { "import", no_argument, NULL, IMPORT }, { 0 } };

static enum action parse_options(int argc, char **argv, struct options *o)
{
	enum action action = REGISTER;
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, o)) != -1) {
		if (action != REGISTER && (int)action != c)
			usage_error(o, "--rotate, --export and --import exclude each other");
		action = (enum action)c;
	}
	if ((action == ROTATE || action == EXPORT) && optind < argc)
		usage_error(o, "%s: no operand is expected", argv[optind]);
	if (action == IMPORT && optind + 1 < argc)
		usage_error(o, "%s: one file is expected", argv[optind + 1]);
	return action;
}

static void check_masters(const struct node_config *c, const struct options *o, char *const *v)
{
	for (; *v != NULL; v++) {
		if (!masters_configured(c, *v))
			usage_error(o, "%s is not in sender.masters of %s", *v, o->config);
	}
}

/* With the caller's rights, before those are given up. */
static int open_card(const char *file)
{
	int fd;

	if (file == NULL || strcmp(file, "-") == 0)
		return STDIN_FILENO;
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		die(errno == EACCES ? EX_NOPERM : EX_NOINPUT, "opening %s: %s", file,
		    strerror(errno));
	return fd;
}

/* An editor of another system wrote it, and may have changed more than it showed. */
static void tell_mark(const char *path)
{
	struct buf b = BUF_INIT(YAML_FILE_MAX);

	if (file_read(AT_FDCWD, path, &b) == 0 && text_mark(b.data, b.len) > 0)
		msg_notice("%s: the byte order mark at its beginning is passed over", path);
	buf_free(&b);
}

int main(int argc, char **argv)
{
	struct options o = {
		.usage = "bijk-keyreg [-hVv] [-f FILE] [--syslog] "
			 "[MASTER... | --rotate | --export | --import [FILE]]",
		.config = NODE_CONFIG_FILE,
	};
	struct node_config config;
	enum action action;
	int fd = STDIN_FILENO, rc;

	start_process(argc > 0 ? argv[0] : "bijk-keyreg");
	action = parse_options(argc, argv, &o);
	node_config_or_die(o.config, &config);
	tell_mark(o.config);
	node_config_name_or_die(&config);
	if (action == REGISTER)
		check_masters(&config, &o, argv + optind);
	else if (action == IMPORT)
		fd = open_card(argv[optind]);
	if (owner_become(config.state) == -1)
		die(EX_CANTCREAT, "working as the owner of %s: %s", config.state, strerror(errno));
	proof_init();
	switch (action) {
	case EXPORT: rc = keyreg_export(&config); break;
	case IMPORT: rc = keyreg_import(&config, fd); break;
	case ROTATE: rc = keyreg_register(&config, NULL, 0, true); break;
	case REGISTER:
	default:
		rc = keyreg_register(&config, argv + optind, (size_t)(argc - optind), false);
		break;
	}
	node_config_free(&config);
	return rc;
}
