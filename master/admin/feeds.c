/* SPDX-License-Identifier: ISC */
/* Subcommand feeds, and the lines that status has of feeds. */
#include "master/admin/feeds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/admin/listing.h"
#include "master/feed/lag.h"

#include "common/base/banned.h"

struct feed_list {
	struct listing out;
	int64_t now;
};

static json_t *json_feed(const struct feed_lag *l)
{
	const struct feed_state *st = &l->state;

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:i}",
	    "name", l->name, "begun", json_boolean(l->begun), "lag", json_count(l->lag),
	    "oldest_age", l->oldest >= 0 ? json_integer(l->oldest) : json_null(), "missed",
	    json_count(l->missed), "rejected", (int)l->rejects, "left_out", json_count(st->refused),
	    "records", json_count(st->records), "batches", json_count(st->batches), "last_success",
	    json_when(st->success), "last_failure", json_when(st->failure), "reason",
	    json_text(st->reason), "unreadable", (int)l->unread);
}

static int list_feed(const struct feed_lag *l, void *arg)
{
	struct feed_list *f = arg;
	char lag[32], oldest[32] = "-", missed[32], rejected[32], success[32] = "-";
	const struct feed_state *st = &l->state;

	if (f->out.json) {
		listing_object(&f->out, json_feed(l));
		return 0;
	}
	snprintf(lag, sizeof(lag), "%" PRIu64, l->lag);
	snprintf(missed, sizeof(missed), "%" PRIu64, l->missed);
	snprintf(rejected, sizeof(rejected), "%u", l->rejects);
	if (l->oldest >= 0)
		num_show_span(oldest, sizeof(oldest), l->oldest);
	if (st->success != 0)
		num_show_span(
		    success, sizeof(success), f->now > st->success ? f->now - st->success : 0);
	listing_row(&f->out, (const char *[]){ l->name, lag, oldest, missed, rejected, success },
	    l->begun ? st->reason : "it has never run, and archive.keep_for waits for it");
	return 0;
}

int admin_feeds(struct admin *a, int argc, char **argv)
{
	static const char *const heads[] = { "FEED", "LAG", "OLDEST", "MISSED", "REJECTED",
		"SUCCESS" };
	bool json = admin_flag_or_die(a, argc, argv, "json");
	struct feed_list f = { .now = now_s() };

	admin_no_operand_or_die(a, argc);
	admin_open_or_die(a);
	listing_begin(&f.out, json, sizeof(heads) / sizeof(heads[0]), heads);
	f.out.right = 0x3e;
	if (feed_each_lag(a->store, f.now, list_feed, &f) == -1)
		die(EX_IOERR, "reading the feeds: %s", strerror(errno));
	listing_end(&f.out);
	return out_flush();
}

struct feed_lines {
	int64_t now;
	int n;
};

static int print_feed(const struct feed_lag *l, void *arg)
{
	struct feed_lines *f = arg;
	char text[FEED_TEXT_MAX];

	f->n++;
	feed_lag_text(l, f->now, text);
	printf("feed %s: %s\n", l->name, text);
	return 0;
}

int feeds_print(struct store *s, int64_t now)
{
	struct feed_lines f = { .now = now };

	if (feed_each_lag(s, now, print_feed, &f) == -1)
		msg_warn("reading the feeds: %s", strerror(errno));
	return f.n;
}
