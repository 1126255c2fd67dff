/* SPDX-License-Identifier: ISC */
/* Subcommand status: a table of the nodes, JSON objects, metrics, or a page. The
 * keys are in bijk-master(8). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/term.h"
#include "common/base/text.h"
#include "master/admin/admin.h"
#include "master/admin/feeds.h"
#include "master/admin/fleet.h"
#include "master/admin/listing.h"
#include "master/status/html.h"
#include "master/status/prom.h"
#include "master/when.h"

#include "common/base/banned.h"

#define WATCH_MS 2000

struct report {
	struct fleet fleet;
	struct listing out;
	int lines; /* of the terminal, that are left for the table; 0: no limit */
};

/* --- The table --- */

static enum listing_colour colour_of(enum status_word w)
{
	switch (w) {
	case STATUS_OK: return LISTING_GOOD;
	case STATUS_LATE:
	case STATUS_BEHIND: return LISTING_WARN;
	case STATUS_NEVER:
	case STATUS_OFF: return LISTING_PLAIN;
	default: return LISTING_BAD;
	}
}

static void show_row(struct report *p, const struct status_row *r)
{
	const struct node_state *st = &r->state;
	int64_t now = p->fleet.master.now;
	char since[32] = "-", newest[32] = "-", records[32], bytes[32], left[32], gaps[32];
	char lost[32], skew[32] = "-";

	if (st->direction_since != 0)
		num_show_span(since, sizeof(since),
		    now > st->direction_since ? now - st->direction_since : 0);
	if (r->newest_age >= 0)
		num_show_span(newest, sizeof(newest), r->newest_age);
	snprintf(records, sizeof(records), "%" PRIu64, st->records);
	num_show_size(bytes, sizeof(bytes), st->bytes);
	snprintf(left, sizeof(left), "%" PRIu64, st->left);
	snprintf(gaps, sizeof(gaps), "%" PRIu64, st->gaps);
	snprintf(lost, sizeof(lost), "%" PRIu64, st->lost);
	if (st->contact != 0)
		num_show_span(skew, sizeof(skew), st->skew);
	listing_row(&p->out,
	    (const char *[]){ r->node.name, status_name(r->word),
		st->has_direction ? direction_name(st->direction) : "-", since, newest, records,
		bytes, left, gaps, lost, skew },
	    r->notes);
	listing_mark(&p->out, 1 + status_rank(r->word), colour_of(r->word));
}

/* --- JSON --- */

static json_t *json_log(bool has, const struct log_id *id)
{
	char hex[2 * LOG_ID_SIZE + 1];

	if (!has)
		return json_null();
	hex_encode(hex, id->b, sizeof(id->b));
	return json_string(hex);
}

static json_t *json_newest(const struct status_row *r)
{
	char text[WHEN_MAX];

	if (r->newest_age < 0)
		return json_null();
	when_format_ns(r->state.newest_ns, text);
	return json_string(text);
}

static json_t *json_last_gap(const struct node_state *st)
{
	if (st->gap_to <= st->gap_from)
		return json_null();
	return json_pack(
	    "{s:o, s:o}", "from", json_count(st->gap_from), "to", json_count(st->gap_to - 1));
}

static json_t *json_removed_early(const struct node_state *st)
{
	if (st->cut == 0)
		return json_null();
	return json_pack(
	    "{s:o, s:o}", "time", json_when(st->cut), "records", json_count(st->cut_records));
}

static json_t *json_cloned(const struct status_row *r)
{
	const struct node_state *st = &r->state;

	if (r->word != STATUS_CLONED)
		return json_null();
	return json_pack("{s:o, s:[o, o], s:[o, o]}", "time", json_when(st->cloned), "logs",
	    json_log(st->has_log, &st->log), json_log(st->has_old_log, &st->old_log), "addresses",
	    json_text(st->log_address), json_text(st->old_log_address));
}

/* NULL: no memory. */
static json_t *json_row(const struct report *p, const struct status_row *r)
{
	const struct node_state *st = &r->state;
	const char *address =
	    st->log_address[0] != '\0' ? st->log_address : node_address(&r->node, st);

	/* clang-format off */
	return json_pack("{"
	    "s:s, s:o, s:s, s:o, s:o,"
	    "s:o, s:o, s:o, s:o,"
	    "s:o, s:o, s:o, s:o, s:o, s:o,"
	    "s:o, s:o, s:o,"
	    "s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "name", r->node.name,
	    "mode", r->readable ? json_string(node_mode_words[r->node.mode]) : json_null(),
	    "status", status_name(r->word),
	    "reason", json_text(r->reason),
	    "direction", json_text(st->has_direction ? direction_name(st->direction) : ""),

	    "direction_since", json_when(st->direction_since),
	    "newest_age", r->newest_age >= 0 ? json_integer(r->newest_age) : json_null(),
	    "newest", json_newest(r),
	    "last_contact", json_when(st->contact),

	    "records", json_count(st->records),
	    "bytes", json_count(st->bytes),
	    "left", json_count(st->left),
	    "gaps", json_count(st->gaps),
	    "lost", json_count(st->lost),
	    "last_gap", json_last_gap(st),

	    "skew", st->contact != 0 ? json_integer(st->skew) : json_null(),
	    "address", json_text(address),
	    "log", json_log(st->has_log, &st->log),

	    "failures", json_count(st->failures),
	    "failed", json_when(st->failed),
	    "damaged", json_when(st->damaged),
	    "removed_early", json_removed_early(st),
	    "master", json_text(p->fleet.master.wrong),
	    "notes", json_text(r->notes),
	    "cloned", json_cloned(r));
	/* clang-format on */
}

/* --- The page --- */

static void show_page_row(const struct status_row *r, void *arg)
{
	page_row(arg, r);
}

static int show_page_feed(const struct feed_lag *l, void *arg)
{
	page_feed(arg, l);
	return 0;
}

static void show_page(struct fleet *f, char **names, int n, const char *output)
{
	struct page page;
	struct buf html;

	f->with_day = true;
	page_begin(&page, &f->master);
	fleet_each_or_die(f, names, n, show_page_row, &page);
	if (n == 0 && feed_each_lag(f->admin->store, f->master.now, show_page_feed, &page) == -1)
		die(EX_IOERR, "reading the feeds: %s", strerror(errno));
	html = page_end(&page);
	if (!buf_ok(&html))
		die(EX_OSERR, "out of memory");
	if (output == NULL)
		fwrite(html.data, 1, html.len, stdout);
	else if (file_replace(AT_FDCWD, output, html.data, html.len, 0644, FILE_DURABLE) == -1)
		die(EX_CANTCREAT, "writing %s: %s", output, strerror(errno));
	buf_free(&html);
}

/* --- The command --- */

enum form { TABLE, JSON = OPTION_OWN, PROM, HTML, OUTPUT, WATCH };

struct asked {
	enum form form;
	const char *output; /* a file for the page; NULL: standard output */
	bool watch;	    /* the table, again and again */
};

static void parse_status_options(struct admin *a, int argc, char **argv, struct asked *k)
{
	static const struct option longs[] = { OPTIONS_LONG, { "json", no_argument, NULL, JSON },
		{ "prom", no_argument, NULL, PROM }, { "html", no_argument, NULL, HTML },
		{ "output", required_argument, NULL, OUTPUT },
		{ "watch", no_argument, NULL, WATCH }, { 0 } };
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, &a->options)) != -1) {
		if (c == OUTPUT) {
			k->output = optarg;
			continue;
		}
		if (c == WATCH) {
			k->watch = true;
			continue;
		}
		if (k->form != TABLE && k->form != (enum form)c)
			usage_error(&a->options, "--json, --prom and --html exclude each other");
		k->form = (enum form)c;
	}
	if (k->output != NULL && k->form != HTML)
		usage_error(&a->options, "--output is for --html");
	if (k->watch && (k->form != TABLE || !term_is(STDOUT_FILENO)))
		usage_error(&a->options, "--watch shows the table, on a terminal");
	if (k->form == PROM && optind < argc)
		usage_error(&a->options, "--prom shows all nodes: it takes no name");
}

static void show_node(const struct status_row *r, void *arg)
{
	struct report *p = arg;

	if (p->out.json)
		listing_object(&p->out, json_row(p, r));
	else
		show_row(p, r);
}

static void show_list(struct report *p, bool json, char **names, int n)
{
	static const char *const heads[] = { "NODE", "STATUS", "VIA", "FOR", "NEWEST", "RECORDS",
		"BYTES", "LEFT", "GAPS", "LOST", "SKEW" };
	const char *wrong = p->fleet.master.wrong;

	int above = 0;

	if (wrong[0] != '\0' && !json)
		above += printf("this master: %s\n", vis_str(wrong)) > 0;
	if (n == 0 && !json)
		above += feeds_print(p->fleet.admin->store, p->fleet.master.now);
	listing_begin(&p->out, json, sizeof(heads) / sizeof(heads[0]), heads);
	p->out.right = 0x7f8; /* from FOR on */
	if (p->lines > 0)
		p->out.lines = p->lines - above > 2 ? p->lines - above : 2;
	fleet_each_or_die(&p->fleet, names, n, show_node, p);
	listing_end(&p->out);
}

/*
 * Each look fills the terminal, the worst first. Lines that are too long are
 * cut there (7l): wrapped, they would push the first ones out.
 */
_Noreturn static void watch_status(struct report *p, char **names, int n)
{
	char when[WHEN_MAX];

	setvbuf(stdout, NULL, _IOFBF, 1 << 16); /* a look at a time */
	for (;;) {
		struct admin *a = p->fleet.admin;

		when_format(p->fleet.master.now, when);
		printf("\033[H\033[2J\033[?7las of %s; Ctrl-C ends\n", when);
		p->lines = term_lines(STDOUT_FILENO) - 1;
		show_list(p, false, names, n);
		printf("\033[?7h");
		if (out_flush() != 0)
			exit(EX_IOERR);
		sleep_ms(WATCH_MS);
		fleet_begin_or_die(&p->fleet, a, names, n);
	}
}

static void add_node_metrics(const struct status_row *r, void *arg)
{
	(void)arg;
	status_prom_row(r);
}

static int add_feed_metrics(const struct feed_lag *l, void *arg)
{
	const struct fleet *f = arg;

	status_prom_feed(l, f->master.now);
	return 0;
}

static void show_metrics(struct fleet *f)
{
	status_prom_master(&f->master);
	fleet_each_or_die(f, NULL, 0, add_node_metrics, NULL);
	if (feed_each_lag(f->admin->store, f->master.now, add_feed_metrics, f) == -1)
		die(EX_IOERR, "reading the feeds: %s", strerror(errno));
	if (status_prom_print(stdout) == -1)
		die(EX_OSERR, "out of memory");
}

int admin_status(struct admin *a, int argc, char **argv)
{
	struct asked k = { .form = TABLE };
	struct report p = { .lines = 0 };
	char **names;
	int n;

	parse_status_options(a, argc, argv, &k);
	admin_open_or_die(a);
	names = argv + optind;
	n = argc - optind;
	fleet_begin_or_die(&p.fleet, a, names, n);
	if (k.form == PROM)
		show_metrics(&p.fleet);
	else if (k.form == HTML)
		show_page(&p.fleet, names, n, k.output);
	else if (k.watch)
		watch_status(&p, names, n);
	else
		show_list(&p, k.form == JSON, names, n);
	return out_flush();
}
