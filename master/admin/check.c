/* SPDX-License-Identifier: ISC */
/*
 * Subcommand check: a monitoring plugin. Each node has a state by its status
 * and by the limits that were given; the line names the worst nodes first, and
 * the numbers behind it are of the worst node each.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/plugin.h"
#include "master/admin/admin.h"
#include "master/admin/fleet.h"
#include "master/feed/lag.h"

#include "common/base/banned.h"

#define TEXT_MAX 1000 /* of the nodes that are named; the others are counted */

/* The last is not of a node. */
enum { CONTACT, NEWEST, BACKLOG, LOST, SKEW, FEED, LIMITS };

struct check {
	struct fleet fleet;
	struct plugin_limit limits[LIMITS];
	int64_t worst[LIMITS]; /* PLUGIN_NONE: no node has such a value */
	uint64_t nodes, with_status[STATUS_OFF + 1];
	/* By PLUGIN_WARNING and PLUGIN_CRITICAL. */
	uint64_t bad[PLUGIN_CRITICAL + 1], unnamed[PLUGIN_CRITICAL + 1];
	enum plugin_state feeds;
	struct buf feeds_named;
	struct buf named[PLUGIN_CRITICAL + 1];
};

static const struct check nothing_yet = {
	.limits = { [CONTACT] = { "contact", true, PLUGIN_NONE, PLUGIN_NONE },
	    [NEWEST] = { "newest", true, PLUGIN_NONE, PLUGIN_NONE },
	    [BACKLOG] = { "backlog", false, PLUGIN_NONE, PLUGIN_NONE },
	    [LOST] = { "lost", false, 0, PLUGIN_NONE },
	    [SKEW] = { "skew", true, PLUGIN_NONE, PLUGIN_NONE },
	    [FEED] = { "feed", true, PLUGIN_NONE, PLUGIN_NONE } },
	.worst = { PLUGIN_NONE, PLUGIN_NONE, PLUGIN_NONE, PLUGIN_NONE, PLUGIN_NONE, PLUGIN_NONE },
	.feeds_named = BUF_INIT(TEXT_MAX),
	.named = { [PLUGIN_WARNING] = BUF_INIT(TEXT_MAX), [PLUGIN_CRITICAL] = BUF_INIT(TEXT_MAX) },
};

/* --- A node --- */

/* Where there is a limit for its age, the last contact is judged by that alone,
 * and so is the backlog by its own. */
static enum plugin_state of_status(const struct check *k, enum status_word word)
{
	switch (word) {
	case STATUS_OK:
	case STATUS_OFF: return PLUGIN_OK;
	case STATUS_LATE: return plugin_limited(&k->limits[CONTACT]) ? PLUGIN_OK : PLUGIN_WARNING;
	case STATUS_SILENT:
		return plugin_limited(&k->limits[CONTACT]) ? PLUGIN_OK : PLUGIN_CRITICAL;
	case STATUS_BEHIND: return plugin_limited(&k->limits[BACKLOG]) ? PLUGIN_OK : PLUGIN_WARNING;
	case STATUS_NEVER:
	case STATUS_ERROR: return PLUGIN_WARNING;
	case STATUS_DAMAGED:
	case STATUS_CLONED: break;
	}
	return PLUGIN_CRITICAL;
}

/* One failure is a warning; it is critical when the node would be silent. */
static enum plugin_state of_error(const struct check *k, const struct status_row *r)
{
	enum plugin_state s = PLUGIN_WARNING;
	struct node_state before = r->state;

	if (!r->readable)
		return PLUGIN_CRITICAL;
	before.reason[0] = '\0';
	plugin_raise(&s,
	    of_status(
		k, status_of(&r->node, &before, k->fleet.master.now, &k->fleet.admin->config)));
	return s;
}

static int64_t age(int64_t then, int64_t now)
{
	return then < now ? now - then : 0;
}

static int64_t bounded(uint64_t n)
{
	return n < INT64_MAX ? (int64_t)n : INT64_MAX;
}

static uint64_t magnitude(int64_t n)
{
	return n < 0 ? (uint64_t)0 - (uint64_t)n : (uint64_t)n;
}

static void take_values(const struct status_row *r, int64_t now, int64_t value[LIMITS])
{
	const struct node_state *st = &r->state;
	const bool heard = st->contact != 0;

	value[CONTACT] = heard ? age(st->contact, now) : PLUGIN_NONE;
	value[NEWEST] = r->newest_age >= 0 ? r->newest_age : PLUGIN_NONE;
	value[BACKLOG] = heard ? bounded(st->left) : PLUGIN_NONE;
	value[LOST] = bounded(st->lost);
	value[FEED] = PLUGIN_NONE;
	value[SKEW] = heard ? bounded(magnitude(st->skew)) : PLUGIN_NONE;
}

/* "web1 late, contact 20 min". A node that does not fit is only counted. */
static void name_node(
    struct check *k, enum plugin_state s, const struct status_row *r, const int64_t value[LIMITS])
{
	struct buf *b = &k->named[s];
	size_t before = b->len;
	char text[32];

	buf_addf(b, "%s %s", r->node.name, status_name(r->word));
	for (int i = 0; i < LIMITS; i++) {
		if (value[i] == PLUGIN_NONE || plugin_judge(&k->limits[i], value[i]) == PLUGIN_OK)
			continue;
		if (k->limits[i].seconds)
			num_show_span(text, sizeof(text), value[i]);
		else
			snprintf(text, sizeof(text), "%" PRId64, value[i]);
		buf_addf(b, ", %s %s", k->limits[i].key, text);
	}
	if (r->notes[0] != '\0')
		buf_addf(b, " (%.300s)", r->notes);
	buf_adds(b, "; ");
	if (!buf_ok(b)) {
		b->len = before;
		k->unnamed[s]++;
	}
}

static void check_node(const struct status_row *r, void *arg)
{
	struct check *k = arg;
	enum plugin_state s = r->word == STATUS_ERROR ? of_error(k, r) : of_status(k, r->word);
	int64_t value[LIMITS];

	k->nodes++;
	k->with_status[r->word]++;
	take_values(r, k->fleet.master.now, value);
	for (int i = 0; i < LIMITS && r->word != STATUS_OFF; i++) {
		if (value[i] == PLUGIN_NONE)
			continue;
		plugin_raise(&s, plugin_judge(&k->limits[i], value[i]));
		if (value[i] > k->worst[i])
			k->worst[i] = value[i];
	}
	if (s == PLUGIN_OK)
		return;
	k->bad[s]++;
	name_node(k, s, r, value);
}

/* --- A feed --- */

static int check_feed(const struct feed_lag *l, void *arg)
{
	struct check *k = arg;
	struct buf *b = &k->feeds_named;
	enum plugin_state s = l->state.reason[0] != '\0' ? PLUGIN_WARNING : PLUGIN_OK;
	int64_t age_of_oldest = l->oldest >= 0 ? l->oldest : 0;
	char span[32];

	plugin_raise(&s, plugin_judge(&k->limits[FEED], age_of_oldest));
	plugin_raise(&k->feeds, s);
	if (age_of_oldest > k->worst[FEED])
		k->worst[FEED] = age_of_oldest;
	if (s == PLUGIN_OK)
		return 0;
	buf_addf(b, "feed %s", l->name);
	if (plugin_judge(&k->limits[FEED], age_of_oldest) != PLUGIN_OK)
		buf_addf(b, ", behind by %s", num_show_span(span, sizeof(span), age_of_oldest));
	if (l->state.reason[0] != '\0')
		buf_addf(b, " (%s)", l->state.reason);
	buf_adds(b, "; ");
	return 0;
}

/* --- The line --- */

static void add_text(struct check *k, struct buf *text)
{
	uint64_t bad = k->bad[PLUGIN_WARNING] + k->bad[PLUGIN_CRITICAL];
	char count[RANGE_MAX];

	num_show_count(count, k->nodes, "node");
	if (bad > 0)
		buf_addf(text, "%" PRIu64 " of %s: ", bad, count);
	else
		buf_addf(text, "%s", count);
	for (int s = PLUGIN_CRITICAL; s >= PLUGIN_WARNING; s--) {
		buf_add(text, k->named[s].data, k->named[s].len);
		if (k->unnamed[s] > 0)
			buf_addf(text, "%" PRIu64 " more; ", k->unnamed[s]);
	}
	if (bad > 0)
		text->data[text->len -= 2] = '\0'; /* "; " */
}

static void add_numbers(const struct check *k, struct buf *perf)
{
	for (int w = STATUS_OK; w <= STATUS_OFF; w++)
		buf_addf(perf, " %s=%" PRIu64 ";;;0", status_name((enum status_word)w),
		    k->with_status[w]);
	for (int i = 0; i < LIMITS; i++) {
		if (k->worst[i] != PLUGIN_NONE)
			plugin_add_value(perf, &k->limits[i], k->worst[i]);
	}
}

static int show_check(struct check *k, bool all)
{
	struct buf text = BUF_INIT((size_t)4 * TEXT_MAX), perf = BUF_INIT(2048);
	const struct status_master *m = &k->fleet.master;
	enum plugin_state s = k->feeds;
	char room[STORE_ROOM_MAX];
	int code;

	for (enum plugin_state of = PLUGIN_WARNING; of <= PLUGIN_CRITICAL; of++) {
		if (k->bad[of] > 0)
			plugin_raise(&s, of);
	}
	if (all && m->has_room && store_room_text(&m->room, room) != NULL) {
		s = PLUGIN_CRITICAL;
		buf_addf(&text, "this master: %s; ", m->wrong);
	}
	buf_add(&text, k->feeds_named.data, k->feeds_named.len);
	add_text(k, &text);
	add_numbers(k, &perf);
	code = plugin_end(s, text.data, &perf);
	buf_free(&text);
	buf_free(&perf);
	buf_free(&k->feeds_named);
	for (s = PLUGIN_WARNING; s <= PLUGIN_CRITICAL; s++)
		buf_free(&k->named[s]);
	return code;
}

int admin_check(struct admin *a, int argc, char **argv)
{
	static const struct option longs[] = { OPTIONS_LONG, PLUGIN_OPTIONS, { 0 } };
	struct check k = nothing_yet;
	char why[PLUGIN_WHY_MAX];
	bool all;
	int c;

	plugin_begin();
	while ((c = options_next(
		    argc, argv, OPTIONS_SHORT PLUGIN_OPTIONS_SHORT, longs, &a->options)) != -1) {
		if (plugin_set_limits(k.limits, LIMITS, optarg,
			c == 'w' ? PLUGIN_WARNING : PLUGIN_CRITICAL, why) == -1)
			die(EX_USAGE, "option -%c: %s", c, why);
	}
	all = optind == argc;
	admin_open_or_die(a);
	fleet_begin_or_die(&k.fleet, a, argv + optind, argc - optind);
	fleet_each_or_die(&k.fleet, argv + optind, argc - optind, check_node, &k);
	if (k.nodes == 0)
		die(EX_DATAERR, "there is no node to check: bijk-master add");
	if (all && feed_each_lag(a->store, k.fleet.master.now, check_feed, &k) == -1)
		die(EX_IOERR, "reading the feeds: %s", strerror(errno));
	return show_check(&k, all);
}
