/* SPDX-License-Identifier: ISC */
#include "master/admin/admin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/text.h"
#include "common/names.h"

#include "common/base/banned.h"

bool admin_flag_or_die(struct admin *a, int argc, char **argv, const char *flag)
{
	const struct option longs[] = { OPTIONS_LONG, { flag, no_argument, NULL, OPTION_OWN },
		{ 0 } };
	bool given = false;

	while (options_next(argc, argv, OPTIONS_SHORT, longs, &a->options) != -1)
		given = true;
	return given;
}

const char *admin_name_or_die(const struct admin *a, int argc, char **argv)
{
	if (optind == argc)
		usage_error(&a->options, "missing node name");
	if (optind + 1 < argc)
		usage_error(&a->options, "unexpected argument: %s", vis_str(argv[optind + 1]));
	return admin_valid_or_die(argv[optind]);
}

void admin_no_operand_or_die(const struct admin *a, int argc)
{
	if (optind < argc)
		usage_error(&a->options, "too many arguments");
}

const char *admin_valid_or_die(const char *name)
{
	if (!name_valid(name))
		die(EX_DATAERR, "`%s` is not the name of a node", vis_str(name));
	return name;
}

void admin_config_or_die(struct admin *a)
{
	master_config_or_die(a->options.config, &a->config);
}

void admin_store_or_die(struct admin *a)
{
	a->store = store_open_or_die(&a->config);
	msg_info("this is master %s", a->config.name);
}

void admin_open_or_die(struct admin *a)
{
	admin_config_or_die(a);
	admin_store_or_die(a);
}

void admin_close(struct admin *a)
{
	store_close(a->store);
	a->store = NULL;
	master_config_free(&a->config);
}

int admin_exit_code(int error)
{
	switch (error) {
	case ENOENT: return EX_DATAERR;
	case EACCES:
	case EPERM:
	case EROFS: return EX_NOPERM;
	case EWOULDBLOCK: return EX_TEMPFAIL;
	default: return EX_IOERR;
	}
}

void admin_die(const char *doing, const char *name)
{
	int error = errno;
	const char *why = strerror(error);

	if (error == ENOENT)
		why = "there is no node of this name";
	else if (error == EWOULDBLOCK)
		why = "another program is using it";
	else if (error == EBADMSG)
		why = "one of its files is damaged";
	die(admin_exit_code(error), "%s %s: %s", doing, name, why);
}

void admin_input_or_die(const char *path, const char *kind, struct buf *b)
{
	const char *name = path != NULL ? path : "standard input";
	int fd = path != NULL ? open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC) : STDIN_FILENO;

	if (fd == -1)
		die(errno == EACCES ? EX_NOPERM : EX_NOINPUT, "opening %s: %s", name,
		    strerror(errno));
	if (path == NULL && isatty(fd))
		msg_notice("reading %s from the terminal", kind);
	if (read_all(fd, b, DEADLINE_NEVER) == -1) {
		if (errno == EMSGSIZE)
			die(EX_DATAERR, "%s: too long for %s", name, kind);
		die(EX_IOERR, "reading %s: %s", name, strerror(errno));
	}
	if (path != NULL)
		close_fd(fd);
}
