/* SPDX-License-Identifier: ISC */
/* Registers with the masters; prints and takes cards where none is reached. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/owner.h"
#include "common/base/sandbox.h"
#include "common/base/start.h"
#include "common/base/text.h"
#include "common/exchange/proof.h"
#include "common/options.h"
#include "common/trust/register.h"

#include "common/base/banned.h"

#define LOCK_SECONDS 40	  /* somebody else's registration with one master is over by then */
#define INPUT_SECONDS 600 /* for an import, whose other end may be a person at a prompt */

enum action { REGISTER, ROTATE = OPTION_OWN, EXPORT, IMPORT };

static const struct option longs[] = { OPTIONS_LONG, { "rotate", no_argument, NULL, ROTATE },
	{ "export", no_argument, NULL, EXPORT }, { "import", no_argument, NULL, IMPORT }, { 0 } };

static enum action parse_keyreg_options(int argc, char **argv, struct options *o)
{
	enum action action = REGISTER;
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, o)) != -1) {
		if (action != REGISTER && (int)action != c)
			usage_error(o, "only one of --rotate, --export and --import can be given");
		action = (enum action)c;
	}
	if ((action == ROTATE || action == EXPORT) && optind < argc)
		usage_error(o, "unexpected argument: %s", argv[optind]);
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

/* An editor of another system wrote it, and may have changed more. */
static void tell_mark(const char *path)
{
	struct buf b = BUF_INIT(YAML_FILE_MAX);

	if (file_read(AT_FDCWD, path, &b) == 0 && text_mark(b.data, b.len) > 0)
		msg_notice("%s: ignoring the byte order mark at its beginning", path);
	buf_free(&b);
}

/* --- Registering --- */

static int begin_registration(struct registration *e, const struct node_config *c,
    char *const *masters, size_t n, bool rotate, struct fail *f)
{
	if (register_begin(e, c, deadline_in_s(LOCK_SECONDS), f) == -1 ||
	    (rotate && register_rotate(e, f) == -1))
		return -1;
	return register_restrict(e, masters, n, f);
}

static int register_with_masters(
    const struct node_config *c, char *const *masters, size_t n, bool rotate)
{
	int local = 0, code = 0; /* exit codes of a failure on this node, and of another */
	struct registration e;
	size_t taken = 0;
	struct fail f;

	if (n == 0) {
		masters = c->masters.v;
		n = c->masters.n;
	}
	if (begin_registration(&e, c, masters, n, rotate, &f) == -1) {
		msg_error("registering: %s", f.text);
		local = f.exit_code;
		n = 0;
	} else if (n == 0) {
		msg(rotate ? MSG_NOTICE : MSG_INFO,
		    "sender.masters names no master; bijk-keyreg --export has the card for one");
	}
	for (size_t i = 0; i < n; i++) {
		enum register_result r = register_with(&e, masters[i], &f);

		if (r == REGISTER_TAKEN) {
			taken++;
		} else if (r == REGISTER_FAILED) {
			msg_error("registering: %s", f.text);
			local = f.exit_code;
		} else {
			msg_error("registering with %s: %s", masters[i], f.text);
			code = code != EX_TEMPFAIL ? f.exit_code : code;
		}
	}
	if (register_end(&e, &f) == -1) {
		msg_error("ending the rotation: %s", f.text);
		local = f.exit_code;
	}
	if (local != 0 || code == 0)
		return local;
	return taken > 0 ? EX_TEMPFAIL : code;
}

/* --- Cards --- */

static int print_card(const struct card *card)
{
	struct buf text = BUF_INIT(CARD_MAX);
	int rc = 0;

	if (card_format(card, &text) == -1 ||
	    write_full(STDOUT_FILENO, text.data, text.len) == -1) {
		msg_error("writing the card: %s", strerror(errno));
		rc = EX_IOERR;
	}
	buf_wipe(&text); /* it holds the hash */
	return rc;
}

static int export_card(const struct node_config *c)
{
	struct card card = { .kind = CARD_NODE };
	struct pushkey keys;
	struct fail f;
	int rc;

	if (pushkey_open(&keys, c, &f) == -1 || own_card_make(&card, c, &keys, &f) == -1) {
		msg_error("making the card: %s", f.text);
		rc = f.exit_code;
	} else {
		sandbox_enter_or_die(&(struct sandbox){ .needs = 0 });
		rc = print_card(&card);
	}
	card_free(&card);
	pushkey_close(&keys);
	return rc;
}

static int store_card(const struct node_config *c, struct card *card)
{
	struct fail f;
	struct masters *p = masters_open(c, MASTERS_CHANGE, deadline_in_s(LOCK_SECONDS), &f);
	bool changed;
	int rc = 0;

	if (p == NULL || masters_import(p, card, &changed, &f) == -1) {
		msg_error("saving the card: %s", f.text);
		rc = f.exit_code;
	} else {
		msg_info("the card of master %s at %s is kept%s", card->name, card->address,
		    changed ? "" : "; it has nothing new");
	}
	masters_close(p);
	return rc;
}

static int import_master_card(const struct node_config *c, int fd)
{
	struct buf text = BUF_INIT(CARD_MAX);
	struct card card = { .kind = CARD_MASTER };
	const char *why;
	unsigned line;
	int rc = EX_DATAERR;

	sandbox_enter_or_die(&(struct sandbox){ .needs = SANDBOX_FILES, .dirs = { c->state } });
	if (read_all(fd, &text, deadline_in_s(INPUT_SECONDS)) == -1) {
		msg_error("reading the card: %s", strerror(errno));
		rc = errno == EMSGSIZE ? EX_DATAERR : EX_IOERR;
	} else if (text.len == 0) {
		msg_error("reading the card: it is empty");
	} else if (card_parse(&card, text.data, text.len, &line, &why) == -1) {
		msg_error("the card, line %u: %s", line, why);
	} else if (card.kind != CARD_MASTER) {
		msg_error("the card is that of a node, not of a master");
	} else {
		rc = store_card(c, &card);
	}
	card_free(&card);
	buf_free(&text);
	return rc;
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
	action = parse_keyreg_options(argc, argv, &o);
	node_config_or_die(o.config, &config);
	tell_mark(o.config);
	node_config_name_or_die(&config);
	if (action == REGISTER)
		check_masters(&config, &o, argv + optind);
	else if (action == IMPORT)
		fd = open_card(argv[optind]);
	if (owner_become(config.state) == -1)
		die(EX_CANTCREAT, "switching to the owner of %s: %s", config.state,
		    strerror(errno));
	proof_init();
	switch (action) {
	case EXPORT: rc = export_card(&config); break;
	case IMPORT: rc = import_master_card(&config, fd); break;
	case ROTATE: rc = register_with_masters(&config, NULL, 0, true); break;
	case REGISTER:
	default:
		rc = register_with_masters(&config, argv + optind, (size_t)(argc - optind), false);
		break;
	}
	node_config_free(&config);
	return rc;
}
