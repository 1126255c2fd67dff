/* SPDX-License-Identifier: ISC */
/* Gives the records of nodes to a command, in batches. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/start.h"
#include "common/base/text.h"
#include "common/config.h"
#include "common/exchange/proof.h"
#include "common/options.h"
#include "master/feed/run.h"
#include "master/store/store.h"

#include "common/base/banned.h"

#define BATCH ((uint64_t)8 << 20)
#define BATCH_MAX ((uint64_t)1 << 30)
#define TIMEOUT 60
#define TIMEOUT_MAX 86400
#define OPERAND 1

enum { FORMAT = OPTION_OWN, SOURCE, BATCH_SIZE, TIME, FROM };

static const struct option longs[] = { OPTIONS_LONG, { "format", required_argument, NULL, FORMAT },
	{ "source", required_argument, NULL, SOURCE },
	{ "batch", required_argument, NULL, BATCH_SIZE },
	{ "timeout", required_argument, NULL, TIME }, { "from", required_argument, NULL, FROM },
	{ 0 } };

static struct options options = {
	.usage = "bijk-feed [-hVv] [-f CONFIG] [--syslog] [--format json|prom|influx|raw] "
		 "[--source S]... [--batch SIZE] [--timeout T] [--from oldest|now] NAME [NODE...] "
		 "-- COMMAND [ARG...]",
	.config = MASTER_CONFIG_FILE,
};

static enum feed_format read_format(const char *s)
{
	for (int i = 0; feed_format_words[i] != NULL; i++) {
		if (strcmp(s, feed_format_words[i]) == 0)
			return (enum feed_format)i;
	}
	usage_error(&options, "--format: `%s` is not json, prom, influx or raw", vis_str(s));
}

static void read_option(int c, struct feed_plan *o)
{
	switch (c) {
	case FORMAT: o->format = read_format(optarg); break;
	case SOURCE:
		if (o->sources_n == FEED_SOURCES)
			usage_error(&options, "--source: more than %d", FEED_SOURCES);
		o->sources[o->sources_n++] = optarg;
		break;
	case BATCH_SIZE:
		if (num_parse_size(optarg, &o->batch) == -1 || o->batch < 1 || o->batch > BATCH_MAX)
			usage_error(
			    &options, "--batch: `%s` is not a size of 1 to 1G", vis_str(optarg));
		break;
	case TIME:
		if (num_parse_span(optarg, &o->timeout) == -1 || o->timeout < 1 ||
		    o->timeout > TIMEOUT_MAX)
			usage_error(
			    &options, "--timeout: `%s` is not a time of 1s to 1d", vis_str(optarg));
		break;
	default:
		o->from_now = strcmp(optarg, "now") == 0;
		if (!o->from_now && strcmp(optarg, "oldest") != 0)
			usage_error(&options, "--from: `%s` is not oldest or now", vis_str(optarg));
	}
}

/* Leaves the operands before `--` at the beginning of argv; how many. */
static int read_feed_options(int argc, char **argv, struct feed_plan *o)
{
	int c, n = 0;

	/* The minus: operands come in order; what is left is behind `--`. */
	while ((c = options_next(argc, argv, "-" OPTIONS_SHORT, longs, &options)) != -1) {
		if (c == OPERAND)
			argv[n++] = optarg;
		else
			read_option(c, o);
	}
	if (n == 0)
		usage_error(&options, "missing name of the feed");
	if (optind >= argc)
		usage_error(&options, "missing `--` and the command behind it");
	o->command = argv + optind;
	for (int i = 0; i < n; i++) {
		if (!name_valid(argv[i]))
			usage_error(&options,
			    "`%s` is not the name of a %s: a to z, 0 to 9, dots "
			    "and dashes inside, at most 64",
			    vis_str(argv[i]), i == 0 ? "feed" : "node");
	}
	return n;
}

static void check_exists(struct store *s, const char *name)
{
	struct log_id *ids = NULL;

	if (store_logs(s, name, &ids) == -1 && errno == ENOENT)
		die(EX_DATAERR, "%s: there is no node of this name", name);
	free(ids);
}

static int by_word(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	struct feed_plan o = { .batch = BATCH, .timeout = TIMEOUT };
	struct master_config config;
	struct store *s;
	int n, rc;

	start_process(argv[0]);
	n = read_feed_options(argc, argv, &o);
	master_config_or_die(options.config, &config);
	proof_init();
	s = store_open_or_die(&config);
	for (int i = 1; i < n; i++)
		check_exists(s, argv[i]);
	o.name = argv[0];
	o.nodes = argv + 1;
	o.nodes_n = (size_t)n - 1;
	qsort(argv + 1, o.nodes_n, sizeof(*argv), by_word);
	rc = feed_run(s, &o);
	store_close(s);
	master_config_free(&config);
	return rc;
}
