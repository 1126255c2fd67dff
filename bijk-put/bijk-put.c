/* SPDX-License-Identifier: ISC */
/*
 * Stores what it reads in the spool. Opens input, and runs a command, with the
 * caller's rights; stores as the spool's owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-put/input.h"
#include "bijk-put/storer.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/owner.h"
#include "common/base/start.h"
#include "common/config.h"
#include "common/exchange/proof.h"
#include "common/log/spool.h"
#include "common/options.h"

#include "common/base/banned.h"

static const struct option longs[] = { OPTIONS_LONG, { "lines", no_argument, NULL, 'l' },
	{ "source", required_argument, NULL, 's' }, { "timeout", required_argument, NULL, 't' },
	{ 0 } };

#define FILE_OPERAND 1
#define TIMEOUT 60 /* seconds, of a command: cron starts the next one then */
#define TIMEOUT_MAX 86400

struct request {
	const char *source; /* NULL: by the name of what is read */
	bool lines;
	char **operands;
	int n;
	bool command;	  /* the operands are one */
	uint64_t timeout; /* seconds, of the command; 0: the default */
	int *fds;	  /* of the files; none: standard input */
	struct buf output;
};

static void parse_command_line(int argc, char **argv, struct options *o, struct request *q)
{
	int c, files = 0;

	/* The minus: operands come in order; what is left is behind `--`. */
	while ((c = options_next(argc, argv, "-" OPTIONS_SHORT "ls:t:", longs, o)) != -1) {
		switch (c) {
		case FILE_OPERAND: argv[files++] = optarg; break;
		case 'l': q->lines = true; break;
		case 's': q->source = optarg; break;
		default:
			if (num_parse_span(optarg, &q->timeout) == -1 || q->timeout < 1 ||
			    q->timeout > TIMEOUT_MAX)
				usage_error(o, "--timeout: `%s` is not a time of 1s to 1d", optarg);
		}
	}
	q->command = optind < argc;
	q->operands = q->command ? argv + optind : argv;
	q->n = q->command ? argc - optind : files;
	if (q->command && files > 0)
		usage_error(o, "FILE cannot be used with a command");
	if (!q->command && q->timeout != 0)
		usage_error(o, "--timeout requires a command");
	if (q->command && q->lines)
		usage_error(o, "-l cannot be used with a command");
	if (!q->command && strcmp(argv[argc - 1], "--") == 0 && q->source != argv[argc - 1])
		usage_error(o, "missing command after --");
	if (q->source != NULL && !source_valid(q->source))
		usage_error(o,
		    "`%s` is not a source: 1 to 64 letters, digits, dots, underscores and hyphens",
		    q->source);
}

/* The source of one input: that of -s, or the name of its file. */
static const char *source_for(const struct options *o, const struct request *q, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (q->source != NULL)
		return q->source;
	name = slash != NULL ? slash + 1 : name;
	if (!source_valid(name))
		usage_error(o, "`%s` cannot be used as a source; give one with -s", name);
	return name;
}

struct command_slot {
	const struct node_config *config;
	const char *source;
};

static int take_command_slot(void *arg)
{
	const struct command_slot *p = arg;

	return spool_command_lock(p->config, p->source);
}

/* The slot is held until we end: a hanging command is not started again. */
static int run_once(const struct options *o, const struct node_config *c, struct request *q)
{
	struct command_slot p = { .config = c, .source = source_for(o, q, q->operands[0]) };
	uint64_t timeout = q->timeout != 0 ? q->timeout : TIMEOUT;
	int rc;

	if (owner_do(c->state, take_command_slot, &p) == -1) {
		if (errno == EWOULDBLOCK) {
			msg_error("an earlier command of source %s is still running; "
				  "nothing is stored",
			    p.source);
			return EX_TEMPFAIL;
		}
		/* Where no file can be made, storing may still work. */
		msg_warn("%s/state/command.lock: %s; another command of source %s may be running",
		    c->state, strerror(errno), p.source);
	}
	start_restore_umask();
	rc = run_command(q->operands, c->max_record, timeout, &q->output);
	umask(077);
	return rc;
}

/* Does what needs the caller's rights. 0 or an exit code. */
static int open_input(const struct options *o, const struct node_config *c, struct request *q)
{
	struct rlimit files;

	if (q->command)
		return run_once(o, c, q);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	q->fds = calloc((size_t)q->n + 1, sizeof(*q->fds));
	if (q->fds == NULL)
		die(EX_OSERR, "out of memory");
	for (int i = 0; i < q->n; i++) {
		source_for(o, q, q->operands[i]);
		q->fds[i] = open(q->operands[i], O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (q->fds[i] == -1) {
			msg_error(
			    "opening %s: %s; nothing is stored", q->operands[i], strerror(errno));
			return EX_NOINPUT;
		}
	}
	return 0;
}

static int put_one(struct storer *s, const struct request *q, int fd, const char *name)
{
	return q->lines ? put_lines(s, fd, name) : put_whole(s, fd, name);
}

static int put_all(const struct options *o, struct storer *s, struct request *q)
{
	int rc = 0, last;
	uint64_t n;

	if (q->command) {
		s->source = source_for(o, q, q->operands[0]);
		rc = storer_add(s, q->output.data, q->output.len);
	} else if (q->n == 0) {
		s->source = q->source != NULL ? q->source : "stdin";
		rc = put_one(s, q, STDIN_FILENO, "standard input");
	}
	for (int i = 0; rc == 0 && !q->command && i < q->n; i++) {
		s->source = source_for(o, q, q->operands[i]);
		rc = put_one(s, q, q->fds[i], q->operands[i]);
	}
	/* Also after an error in the input: the records before it are whole. */
	last = storer_flush(s);
	rc = rc == 0 ? last : rc;
	n = s->stored;
	if (rc != 0 && (q->lines || q->n > 1))
		msg_error("%" PRIu64 " record%s %s stored, the rest is not", n, num_s(n),
		    n == 1 ? "is" : "are");
	return rc;
}

int main(int argc, char **argv)
{
	struct options o = { .usage = "bijk-put [-Vhlv] [-f FILE] [-s SOURCE] [FILE...] | "
				      "[--timeout T] -- COMMAND [ARG...]",
		.config = NODE_CONFIG_FILE };
	struct request q = { .output = BUF_INIT(0) };
	struct node_config config;
	struct storer storer;
	int rc;

	start_process(argv[0]);
	parse_command_line(argc, argv, &o, &q);
	node_config_or_die(o.config, &config);
	if (!owner_is_us(config.state))
		die(EX_NOPERM, "only root and the owner of %s may store there: %s", config.state,
		    strerror(errno));
	proof_init();
	rc = open_input(&o, &config, &q);
	if (rc != 0)
		return rc;
	if (owner_become(config.state) == -1)
		die(EX_OSERR, "switching to the owner of %s: %s", config.state, strerror(errno));
	storer_init(&storer, &config);
	rc = put_all(&o, &storer, &q);
	storer_end(&storer);
	return rc;
}
