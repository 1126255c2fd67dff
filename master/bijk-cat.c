/* SPDX-License-Identifier: ISC */
/* Prints records: of nodes, from the archive, or of this node, from its
 * spool. */
#include <errno.h>
#include <poll.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/owner.h"
#include "common/base/start.h"
#include "common/base/term.h"
#include "common/base/text.h"
#include "common/config.h"
#include "common/exchange/proof.h"
#include "common/options.h"
#include "master/cat/cat.h"
#include "master/when.h"

#include "common/base/banned.h"

#define FOLLOW_MS 500 /* between two looks for new records */

enum { SINCE = OPTION_OWN, UNTIL, SOURCE, TAIL, LONG, JSON, FOLLOW, ALL, SPOOL };

static const struct option longs[] = { OPTIONS_LONG, { "since", required_argument, NULL, SINCE },
	{ "until", required_argument, NULL, UNTIL }, { "source", required_argument, NULL, SOURCE },
	{ "tail", required_argument, NULL, TAIL }, { "long", no_argument, NULL, LONG },
	{ "json", no_argument, NULL, JSON }, { "follow", no_argument, NULL, FOLLOW },
	{ "all", no_argument, NULL, ALL }, { "spool", no_argument, NULL, SPOOL }, { 0 } };

static struct options options = {
	.usage = "bijk-cat [-hVv] [-f CONFIG] [--since T] [--until T] [--source S]... [--tail N] "
		 "[--long | --json] [--follow] NODE... | --all | --spool",
};
static struct cat_filter filter = { .since_ns = INT64_MIN, .until_ns = INT64_MAX };
static bool follow, all, spool;

static void read_time(const char *s, int64_t *ns)
{
	if (when_parse(s, now_ns(), ns) == -1)
		usage_error(&options,
		    "`%s` is not a time: 2026-11-22T10:15:00Z, 2026-11-22 10:15, 22:00, today, "
		    "yesterday, @1700000000, or a span ago as 90m, 1h or 2d",
		    vis_str(s));
}

static void add_source(const char *s)
{
	void *v = reallocarray(filter.sources, filter.n_sources + 1, sizeof(*filter.sources));

	if (!source_pattern_valid(s))
		usage_error(&options,
		    "`%s` is not a source, nor a pattern for sources as disk.* or cpu[0-9]",
		    vis_str(s));
	if (v == NULL)
		die(EX_OSERR, "out of memory");
	filter.sources = v;
	filter.sources[filter.n_sources++] = s;
}

static void set_form(enum cat_form form)
{
	if (filter.form != CAT_PLAIN && filter.form != form)
		usage_error(&options, "--long and --json exclude each other");
	filter.form = form;
}

static void read_cat_options(int argc, char **argv)
{
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, &options)) != -1) {
		switch (c) {
		case SINCE: read_time(optarg, &filter.since_ns); break;
		case UNTIL: read_time(optarg, &filter.until_ns); break;
		case TAIL:
			if (num_parse(optarg, 1, SEQ_END - 1, &filter.tail) == -1)
				usage_error(&options, "`%s` is not a number of records, 1 or more",
				    vis_str(optarg));
			break;
		case LONG: set_form(CAT_LONG); break;
		case JSON: set_form(CAT_JSON); break;
		case FOLLOW: follow = true; break;
		case ALL: all = true; break;
		case SPOOL: spool = true; break;
		default: add_source(optarg);
		}
	}
	if (filter.since_ns >= filter.until_ns)
		usage_error(&options, "no record can match: --since is not before --until");
	if (spool && all)
		usage_error(&options, "--spool is this node alone, without --all");
	if ((spool || all) && optind < argc)
		usage_error(&options, "--%s takes no node name", spool ? "spool" : "all");
	if (!spool && !all && optind == argc)
		usage_error(&options, "missing node name; --all is every node");
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

/* --- The nodes that are printed --- */

static struct cat_node **nodes;
static size_t n_nodes;
static void *known; /* a tree of them, by name */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct cat_node *)a)->name, ((const struct cat_node *)b)->name);
}

/* One more, unless it is there. Its name is copied. 0, for store_each_node(). */
static int add_node(const char *name, void *store)
{
	struct cat_node new = { .name = name, .store = store, .follow = follow }, *node;
	void *v;

	if (tfind(&new, &known, by_name) != NULL)
		return 0;
	v = reallocarray(nodes, n_nodes + 1, sizeof(struct cat_node *));
	node = malloc(sizeof(*node));
	new.name = strdup(name);
	if (v == NULL || node == NULL || new.name == NULL)
		die(EX_OSERR, "out of memory");
	*node = new;
	nodes = v;
	nodes[n_nodes++] = node;
	if (tsearch(node, &known, by_name) == NULL)
		die(EX_OSERR, "out of memory");
	return 0;
}

static void add_every_node(const struct master_config *c, struct store *s)
{
	if (store_each_node(s, add_node, s) == -1 || store_each_removed(s, add_node, s) == -1)
		die_reading(c->state, errno);
}

/* All of them once, or with --follow until the reader has gone. */
static int print_all(const struct master_config *c, struct store *s)
{
	bool damaged = false;
	struct stat st;

	/* To a terminal the records themselves show it, and a pager wants no other line. */
	if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode))
		progress_begin();
	do {
		struct pollfd reader = { .fd = STDOUT_FILENO };

		if (all)
			add_every_node(c, s);
		for (size_t i = 0; i < n_nodes; i++) {
			if (cat_node_print(nodes[i], &filter) == -1 && !(all && errno == ENOENT))
				die_of_node(nodes[i]->name, errno);
			damaged |= nodes[i]->damaged;
		}
		if (out_flush() != 0)
			exit(EX_IOERR);
		if (follow && poll(&reader, 1, FOLLOW_MS) > 0 &&
		    (reader.revents & (POLLERR | POLLNVAL)))
			break;
	} while (follow);
	progress_end();
	for (size_t i = 0; i < n_nodes; i++)
		cat_node_free(nodes[i]);
	return damaged ? EX_DATAERR : 0;
}

static int print_spool(void)
{
	struct node_config c;
	char *dir;
	int rc;

	node_config_or_die(options.config != NULL ? options.config : NODE_CONFIG_FILE, &c);
	node_config_name_or_die(&c);
	become_owner_or_die(c.state);
	dir = path_join(c.state, "spool");
	if (dir == NULL)
		die(EX_OSERR, "out of memory");
	add_node(c.name, NULL);
	nodes[0]->spool = dir;
	rc = print_all(NULL, NULL);
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

static int print_archive(char **names)
{
	struct master_config c;
	struct store *s;
	int rc;

	master_config_or_die(options.config != NULL ? options.config : MASTER_CONFIG_FILE, &c);
	for (char **name = names; *name != NULL; name++) {
		if (!name_valid(*name))
			die(EX_DATAERR, "`%s` is not the name of a node", vis_str(*name));
	}
	become_owner_or_die(c.state);
	s = store_open(&c);
	if (s == NULL)
		die_reading(c.state, errno);
	for (; *names != NULL; names++) {
		check_node_exists(s, *names);
		add_node(*names, s);
	}
	rc = print_all(&c, s);
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
	return spool ? print_spool() : print_archive(argv + optind);
}
