/* SPDX-License-Identifier: ISC */
/* Prints records: of nodes, from the archive, or of this node, from its
 * spool. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/msg.h"
#include "common/base/owner.h"
#include "common/base/start.h"
#include "common/base/text.h"
#include "common/config.h"
#include "common/exchange/proof.h"
#include "common/options.h"
#include "master/cat/cat.h"
#include "master/when.h"

#include "common/base/banned.h"

#define FOLLOW_MS 500 /* between two looks for new records */

enum { SINCE = OPTION_OWN, UNTIL, SOURCE, JSON, FOLLOW, SPOOL };

static const struct option longs[] = { OPTIONS_LONG, { "since", required_argument, NULL, SINCE },
	{ "until", required_argument, NULL, UNTIL }, { "source", required_argument, NULL, SOURCE },
	{ "json", no_argument, NULL, JSON }, { "follow", no_argument, NULL, FOLLOW },
	{ "spool", no_argument, NULL, SPOOL }, { 0 } };

static struct options options = {
	.usage =
	    "bijk-cat [-hVv] [-f CONFIG] [--since T] [--until T] [--source S] [--json] [--follow] "
	    "NODE... | --spool",
};
static struct cat_filter filter = { .since_ns = INT64_MIN, .until_ns = INT64_MAX };
static bool follow, spool;

static void read_time(const char *s, int64_t *ns)
{
	if (when_parse(s, now_ns(), ns) == -1)
		usage_error(&options,
		    "`%s` is not a time: 2026-11-22T10:15:00Z, 2026-11-22 10:15, @1700000000, "
		    "or a span ago as 90m, 1h or 2d",
		    vis_str(s));
}

static void read_cat_options(int argc, char **argv)
{
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, &options)) != -1) {
		switch (c) {
		case SINCE: read_time(optarg, &filter.since_ns); break;
		case UNTIL: read_time(optarg, &filter.until_ns); break;
		case JSON: filter.json = true; break;
		case FOLLOW: follow = true; break;
		case SPOOL: spool = true; break;
		default:
			if (!source_valid(optarg))
				usage_error(&options, "`%s` is not a source", vis_str(optarg));
			filter.source = optarg;
		}
	}
	if (filter.since_ns >= filter.until_ns)
		usage_error(&options, "no record can match: --since is not before --until");
	if (spool && optind < argc)
		usage_error(&options, "--spool takes no node name");
	if (!spool && optind == argc)
		usage_error(&options, "missing node name");
}

_Noreturn static void die_reading(const char *what, int error)
{
	int code = error == EACCES || error == EPERM ? EX_NOPERM : EX_IOERR;

	die(code, "reading %s: %s", what, strerror(error));
}

_Noreturn static void die_of_node(const char *name, int error)
{
	if (ferror(stdout))
		die(EX_IOERR, "writing to standard output: %s", strerror(error));
	if (error == ENOENT)
		die(EX_DATAERR, "%s: there is no node of this name", name);
	die_reading(name, error);
}

static void become_owner_or_die(const char *dir)
{
	if (owner_become(dir) == -1)
		die_reading(dir, errno);
}

/* All of them once, or with --follow until the reader has gone. */
static int print_all(struct cat_node *v, size_t n)
{
	bool damaged = false;

	do {
		struct pollfd reader = { .fd = STDOUT_FILENO };

		for (size_t i = 0; i < n; i++) {
			if (cat_node_print(&v[i], &filter) == -1) {
				die_of_node(v[i].name, errno);
			}
			damaged |= v[i].damaged;
		}
		if (out_flush() != 0)
			exit(EX_IOERR);
		if (follow && poll(&reader, 1, FOLLOW_MS) > 0 &&
		    (reader.revents & (POLLERR | POLLNVAL)))
			break;
	} while (follow);
	return damaged ? EX_DATAERR : 0;
}

static int print_spool(void)
{
	struct node_config c;
	struct cat_node node = { .follow = follow };
	char *dir;
	int rc;

	node_config_or_die(options.config != NULL ? options.config : NODE_CONFIG_FILE, &c);
	node_config_name_or_die(&c);
	become_owner_or_die(c.state);
	dir = path_join(c.state, "spool");
	if (dir == NULL)
		die(EX_OSERR, "out of memory");
	node.name = c.name;
	node.spool = dir;
	rc = print_all(&node, 1);
	cat_node_free(&node);
	free(dir);
	node_config_free(&c);
	return rc;
}

/* Before anything is printed. */
static void check_node_exists(struct store *s, const char *name)
{
	struct log_id *ids = NULL;

	if (store_logs(s, name, &ids) == -1)
		die_of_node(name, errno);
	free(ids);
}

static int print_archive(char **names, size_t n)
{
	struct cat_node *v = calloc(n, sizeof(*v));
	struct master_config c;
	struct store *s;
	int rc;

	if (v == NULL)
		die(EX_OSERR, "out of memory");
	master_config_or_die(options.config != NULL ? options.config : MASTER_CONFIG_FILE, &c);
	for (size_t i = 0; i < n; i++) {
		if (!name_valid(names[i]))
			die(EX_DATAERR, "`%s` is not the name of a node", vis_str(names[i]));
	}
	become_owner_or_die(c.state);
	s = store_open(&c);
	if (s == NULL)
		die_reading(c.state, errno);
	for (size_t i = 0; i < n; i++) {
		check_node_exists(s, names[i]);
		v[i] = (struct cat_node){ .name = names[i], .store = s, .follow = follow };
	}
	rc = print_all(v, n);
	for (size_t i = 0; i < n; i++)
		cat_node_free(&v[i]);
	free(v);
	store_close(s);
	master_config_free(&c);
	return rc;
}

int main(int argc, char **argv)
{
	start_process(argv[0]);
	signal(SIGPIPE, SIG_DFL); /* end silently when the reader has gone */
	proof_init();
	read_cat_options(argc, argv);
	return spool ? print_spool() : print_archive(argv + optind, (size_t)(argc - optind));
}
