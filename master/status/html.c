/* SPDX-License-Identifier: ISC */
/*
 * A page of thousands of nodes must stay small: end tags that HTML makes
 * optional are left out, the labels that a phone shows beside each value are in
 * the style, and so is the size of the lines.
 */
#include "master/status/html.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/num.h"
#include "master/status/markup.h"
#include "master/status/spark.h"
#include "master/status/style.h"
#include "master/when.h"

#include "common/base/banned.h"

#define PAGE_MAX ((size_t)1 << 30)
#define DELAY_TOP 900	/* seconds: a line of less delay is not stretched to the top */
#define OPEN_REMARKS 20 /* so many nodes that are ok are not folded away */

/* --- A node --- */

/* The number, then a picture of what it comes from. */
static void put_spark(struct buf *b, const struct spark *s, uint64_t top, const char *text)
{
	char d[SPARK_MAX];

	spark_path(s, top, d);
	if (d[0] == '\0')
		buf_adds(b, "<td>-");
	else
		markup(b, "<td><svg><path d=\"", d, "\"/></svg>", text);
}

static void put_day(struct buf *b, const struct day_slot *day)
{
	char delay[32], bytes[32];
	struct spark s;

	spark_delay(&s, day);
	put_spark(b, &s, s.top > DELAY_TOP ? s.top : DELAY_TOP,
	    num_show_span(delay, sizeof(delay), (int64_t)s.top));
	spark_bytes(&s, day);
	put_spark(b, &s, s.top, num_show_size(bytes, sizeof(bytes), s.sum));
}

static const char *show_gaps(const struct node_state *st, char out[64])
{
	if (st->gaps == 0)
		return "0";
	snprintf(out, 64, "%" PRIu64 " (%" PRIu64 " lost)", st->gaps, st->lost);
	return out;
}

static const char *show_damage(const struct node_state *st, int64_t now, char out[40])
{
	char span[32];

	if (st->damaged == 0)
		return "-";
	snprintf(out, 40, "%s ago",
	    num_show_span(span, sizeof(span), now > st->damaged ? now - st->damaged : 0));
	return out;
}

static void put_facts(struct buf *b, const struct status_row *r, int64_t now)
{
	const struct node_state *st = &r->state;
	char newest[32], left[32], gaps[64], skew[32], found[40];

	snprintf(left, sizeof(left), "%" PRIu64, st->left);
	markup(b, "<tr><th>", r->node.name, "<td>",
	    st->has_direction ? direction_name(st->direction) : "-", "<td>",
	    r->newest_age >= 0 ? num_show_span(newest, sizeof(newest), r->newest_age) : "-", "<td>",
	    left, "<td>", show_gaps(st, gaps), "<td>",
	    st->contact != 0 ? num_show_span(skew, sizeof(skew), st->skew) : "-", "<td>",
	    show_damage(st, now, found));
	put_day(b, r->day);
	buf_adds(b, "\n");
}

/* Below its facts: what is the matter, and the command that shows more. */
static void put_note(struct buf *b, const struct status_row *r, int64_t now)
{
	char present[ADVICE_MAX], command[ADVICE_MAX];
	bool there;

	advice_present(r, now, present);
	advice_command(r, command, &there);
	if (present[0] == '\0' && r->notes[0] == '\0' && command[0] == '\0')
		return;
	markup(b, "<tr class=n><td colspan=9>", present,
	    present[0] != '\0' && r->notes[0] != '\0' ? " " : "", r->notes);
	if (command[0] != '\0')
		markup(b, " <code>", command, there ? "</code> there" : "</code>");
	buf_adds(b, "\n");
}

void page_row(struct page *p, const struct status_row *r)
{
	bool remark = r->word == STATUS_OK && r->notes[0] != '\0';
	struct buf *b = remark ? &p->remarked : &p->rows[r->word];

	p->n[r->word]++;
	p->remarks += remark;
	put_facts(b, r, p->master->now);
	put_note(b, r, p->master->now);
}

void page_feed(struct page *p, const struct feed_lag *l)
{
	char text[FEED_TEXT_MAX];

	feed_lag_text(l, p->master->now, text);
	markup(&p->feeds, "<dt>", l->name, "<dd>", text, "\n");
	if (l->begun && l->unread == 0 && l->state.reason[0] == '\0')
		return;
	p->bad_feeds++;
	markup(&p->alerts, "<p class=alert><strong>Feed ", l->name, ":</strong> ", text, "</p>\n");
}

void page_begin(struct page *p, const struct status_master *m)
{
	*p = (struct page){ .master = m,
		.remarked = BUF_INIT(PAGE_MAX),
		.feeds = BUF_INIT(PAGE_MAX),
		.alerts = BUF_INIT(PAGE_MAX) };
	for (int i = 0; i < STATUS_WORDS; i++)
		p->rows[i] = (struct buf)BUF_INIT(PAGE_MAX);
}

/* --- The head --- */

static bool needs_attention(enum status_word w)
{
	return w != STATUS_OK && w != STATUS_OFF;
}

static size_t count_attention(const struct page *p, size_t *all)
{
	size_t bad = 0;

	*all = 0;
	for (int i = 0; i < STATUS_WORDS; i++) {
		*all += p->n[i];
		bad += needs_attention((enum status_word)i) ? p->n[i] : 0;
	}
	return bad;
}

/* "2 silent, 1 error", or "37 ok". */
static void put_summary(struct buf *b, const struct page *p)
{
	const char *comma = "";
	size_t all, bad = count_attention(p, &all);
	char n[32];

	if (p->master->wrong[0] != '\0') {
		buf_adds(b, "this master");
		comma = ", ";
	}
	if (p->bad_feeds > 0) {
		snprintf(n, sizeof(n), "%zu feed%s", p->bad_feeds, num_s(p->bad_feeds));
		markup(b, "", comma, "", n);
		comma = ", ";
	}
	for (int i = 0; i < STATUS_WORDS; i++) {
		enum status_word w = status_worst_first[i];
		if (p->n[w] == 0 || (bad > 0 && !needs_attention(w)))
			continue;
		snprintf(n, sizeof(n), "%zu ", p->n[w]);
		markup(b, "", comma, "", n, "", status_name(w));
		comma = ", ";
	}
	if (all == 0)
		markup(b, "", comma, "no nodes");
}

static void put_head(struct buf *b, const struct page *p)
{
	buf_adds(b,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta http-equiv=\"refresh\" content=\"60\">\n<title>");
	put_summary(b, p);
	buf_adds(b, " \xe2\x80\x93 Bijk</title>\n<style>\n");
	buf_adds(b, page_style);
	buf_adds(b, "</style>\n</head>\n<body>\n");
}

/* What page_row() and page_feed() made. */
static void add_rows(struct buf *b, struct buf *rows)
{
	if (rows->len > 0)
		buf_add(b, rows->data, rows->len);
	b->failed |= rows->failed;
	buf_free(rows);
}

static void put_headline(struct buf *b, const struct page *p)
{
	size_t all, bad = count_attention(p, &all);
	char text[128];

	if (all == 0)
		snprintf(text, sizeof(text), "No nodes yet");
	else if (bad == 0 && p->n[STATUS_OK] > 0)
		snprintf(text, sizeof(text),
		    p->n[STATUS_OK] == 1 ? "%zu node is well" : "All %zu nodes are well",
		    p->n[STATUS_OK]);
	else if (bad == 0)
		snprintf(text, sizeof(text), "All nodes are switched off");
	else
		snprintf(text, sizeof(text), "%zu of %zu node%s need%s attention", bad, all,
		    num_s(all), bad == 1 ? "s" : "");
	markup(b, p->n[STATUS_OK] == 0 || bad > 0 ? "<p class=lead>" : "<p class=\"lead good\">",
	    text, "</p>\n");
}

static void put_top(struct buf *b, struct page *p)
{
	char when[WHEN_MAX];

	when_format(p->master->now, when);
	when[10] = ' '; /* 2026-11-22 10:15:02Z */
	when[strlen(when) - 1] = '\0';
	markup(b, "<header><h1>Bijk <span>", p->master->name, "</span></h1><p>as of <time>", when,
	    " UTC</time></p></header>\n<main>\n");
	put_headline(b, p);
	if (p->master->wrong[0] != '\0')
		markup(
		    b, "<p class=alert><strong>This master:</strong> ", p->master->wrong, "</p>\n");
	add_rows(b, &p->alerts);
}

/* A card of a word leads to its nodes. */
static void put_cards(struct buf *b, const struct page *p)
{
	char n[32];

	buf_adds(b, "<ul class=cards>\n");
	for (int i = 0; i < STATUS_WORDS; i++) {
		enum status_word w = status_worst_first[i];
		const char *name = status_name(w);

		snprintf(n, sizeof(n), "%zu", p->n[w]);
		if (p->n[w] == 0)
			markup(b, "<li class=none><div><b>0</b> ", name, "</div>\n");
		else
			markup(b, "<li class=", name, "><a href=\"#", name, "\"><b>", n, "</b> ",
			    name, "</a>\n");
	}
	buf_adds(b, "</ul>\n");
}

/* --- The nodes --- */

static void put_table(struct buf *b, const char *caption, struct buf *rows)
{
	markup(b, "<table><caption>", caption,
	    "</caption><thead><tr><th scope=col>Node<th scope=col>Via<th scope=col>Newest"
	    "<th scope=col>Backlog<th scope=col>Gaps<th scope=col>Clock<th scope=col>Damage"
	    "<th scope=col>Delay, last day<th scope=col>Bytes, last day</thead><tbody>\n");
	add_rows(b, rows);
	buf_adds(b, "</table>\n");
}

static void put_attention(struct buf *b, struct page *p)
{
	char n[32];

	for (int i = 0; i < STATUS_WORDS; i++) {
		enum status_word w = status_worst_first[i];
		const char *name = status_name(w);

		if (p->n[w] == 0 || !needs_attention(w))
			continue;
		snprintf(n, sizeof(n), "%zu", p->n[w]);
		markup(b, "<section id=", name, " class=", name, "><h2><b>", n, "</b> ", name,
		    "</h2><p>", advice_meaning(w), " <span class=do>", advice_to_do(w),
		    "</span></p>\n");
		put_table(b, name, &p->rows[w]);
		buf_adds(b, "</section>\n");
	}
}

static void put_folded(
    struct buf *b, const char *id, const char *title, struct buf *rows, size_t n, bool open)
{
	char count[32];

	if (n == 0)
		return;
	snprintf(count, sizeof(count), "%zu", n);
	markup(b, "<details id=", id, " class=", id, open ? " open" : "");
	markup(b, "><summary><h2><b>", count, "</b> ", title, "</h2></summary>\n");
	put_table(b, title, rows);
	buf_adds(b, "</details>\n");
}

static void put_nodes(struct buf *b, struct page *p)
{
	size_t quiet = p->n[STATUS_OK] - p->remarks;

	put_attention(b, p);
	put_folded(b, quiet > 0 ? "remarks" : "ok", "ok, with remarks", &p->remarked, p->remarks,
	    p->remarks <= OPEN_REMARKS);
	put_folded(b, "ok", "ok", &p->rows[STATUS_OK], quiet, false);
	put_folded(b, "off", "off", &p->rows[STATUS_OFF], p->n[STATUS_OFF], false);
}

/* --- The master --- */

static void put_room(struct buf *b, const struct status_master *m)
{
	char free[32], least[32], inodes[64];

	num_show_size(free, sizeof(free), m->room.free);
	num_show_size(least, sizeof(least), m->room.min_free);
	markup(b, "<dt>Space<dd>", free, " free <small>at least ", least, "</small>\n");
	if (m->room.min_inodes == 0)
		return;
	snprintf(free, sizeof(free), "%" PRIu64, m->room.inodes);
	snprintf(inodes, sizeof(inodes), "%" PRIu64, m->room.min_inodes);
	markup(b, "<dt>Inodes<dd>", free, " free <small>at least ", inodes, "</small>\n");
}

static void put_master(struct buf *b, struct page *p)
{
	size_t all;
	char n[32];

	count_attention(p, &all);
	snprintf(n, sizeof(n), "%zu", all);
	markup(b, "<div class=side><section class=master><h2>This master</h2><dl>\n<dt>Name<dd>",
	    p->master->name, "\n<dt>Nodes<dd>", n, "\n");
	if (p->master->has_room)
		put_room(b, p->master);
	buf_adds(b, "</dl></section>\n");
	if (p->feeds.len > 0) {
		buf_adds(b, "<section class=feeds><h2>Feeds</h2><dl>\n");
		add_rows(b, &p->feeds);
		buf_adds(b, "</dl></section>\n");
	}
	buf_adds(b, "</div>\n");
}

struct buf page_end(struct page *p)
{
	struct buf b = BUF_INIT(PAGE_MAX);
	size_t all;

	put_head(&b, p);
	put_top(&b, p);
	put_cards(&b, p);
	count_attention(p, &all);
	if (all == 0)
		buf_adds(&b,
		    "<p>Add a node with the hash of that machine: <code>ssh root@NODE cat "
		    "/etc/bijk/hash | bijk-master add NAME</code></p>\n");
	put_nodes(&b, p);
	put_master(&b, p);
	buf_adds(&b,
	    "</main>\n<footer>bijk-master " BIJK_VERSION
	    ". Newest: age of the newest record. Backlog: records left on the node. Clock: "
	    "how far that of the node is ahead.</footer>\n</body>\n</html>\n");
	return b;
}
