/* SPDX-License-Identifier: ISC */
/* The page of `status --html`: nothing that is shown becomes markup, the worst
 * comes first, and the lines of the last day. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "master/status/html.h"
#include "master/status/markup.h"
#include "master/status/spark.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define NOW INT64_C(1800000000)

static const struct status_master master = { .name = "m1", .now = NOW };

static struct status_row row(const char *name, enum status_word word, const char *notes)
{
	struct status_row r = { .readable = true, .word = word, .reason = "", .newest_age = 60 };

	snprintf(r.node.name, sizeof(r.node.name), "%s", name);
	snprintf(r.notes, sizeof(r.notes), "%s", notes);
	r.state.contact = NOW - 60;
	return r;
}

/* --- Text --- */

/* Anything, in bytes and in pieces of markup. */
static void hostile(char *out, size_t size)
{
	static const char *const pieces[] = { "<", ">", "\"", "'", "&", "</td>", "<script>", "-->",
		"</style>", "&lt;", "=", " ", "\\", "\n", "\r", "\t", "\x1b[0m", "\x80",
		"\xe2\x80\xae", "\xff", "a", "onload=", "javascript:", "%s", "]]>", "\x01" };
	size_t len = 0;

	out[0] = '\0';
	while (len + 16 < size && random() % 12 != 0)
		len += (size_t)snprintf(out + len, size - len, "%s",
		    pieces[(size_t)random() % (sizeof(pieces) / sizeof(pieces[0]))]);
}

/* What could end a text or an attribute, and how often; -1: an & that begins no
 * entity of ours, or a byte that is not printable. */
static int marks(const struct buf *b)
{
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
	int n = 0;

	for (const char *s = b->data; s < b->data + b->len; s++) {
		bool known = *s != '&';

		for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]) && !known; i++)
			known = strncmp(s, entities[i], strlen(entities[i])) == 0;
		if (!known || ((*s < ' ' || *s > '~') && *s != '\n'))
			return -1;
		n += *s != '\0' && strchr("<>\"'", *s) != NULL;
	}
	return n;
}

/* Of the row that page_row() writes. */
static int row_marks(struct page *p, const struct status_row *r, int *lines)
{
	struct buf *b =
	    r->word == STATUS_OK && r->notes[0] != '\0' ? &p->remarked : &p->rows[r->word];
	int n;

	buf_reset(b);
	page_row(p, r);
	n = marks(b);
	*lines = 0;
	for (size_t i = 0; i < b->len; i++)
		*lines += b->data[i] == '\n';
	return n;
}

START_TEST(hostile_names_leave_no_markup)
{
	struct page p;
	char name[NODE_NAME_MAX + 1], notes[256];
	int plain[STATUS_WORDS], plain_lines[STATUS_WORDS];

	srandom(1);
	page_begin(&p, &master);
	for (int i = 0; i < STATUS_WORDS; i++) {
		struct status_row r = row("a", (enum status_word)i, "b");

		plain[i] = row_marks(&p, &r, &plain_lines[i]);
		ck_assert_int_gt(plain[i], 0);
	}
	for (int i = 0; i < 100000; i++) {
		int w = i % STATUS_WORDS, new_lines;
		struct status_row r;

		hostile(name, sizeof(name));
		hostile(notes, sizeof(notes));
		r = row(name, (enum status_word)w, notes[0] != '\0' ? notes : "b");
		ck_assert_int_eq(row_marks(&p, &r, &new_lines), plain[w]);
		ck_assert_int_eq(new_lines, plain_lines[w]);
	}
	page_end(&p);
}
END_TEST

START_TEST(each_byte_is_text)
{
	struct buf b = BUF_INIT(4096);

	markup_text(&b, "a<b>\"c\"'&amp;\\ \n\x7f\xc3");
	ck_assert_str_eq(b.data, "a&lt;b&gt;&quot;c&quot;&#39;&amp;amp;\\ \\n\\x7f\\xc3");
	buf_reset(&b);
	markup(&b, "<td>", "<", "<td title=\"", "\"", "\">");
	ck_assert_str_eq(b.data, "<td>&lt;<td title=\"&quot;\">");
	buf_free(&b);
}
END_TEST

/* --- The whole page --- */

static struct buf page_of(const struct status_master *m, const struct status_row *v, size_t n)
{
	struct page p;
	struct buf b;

	page_begin(&p, m);
	for (size_t i = 0; i < n; i++)
		page_row(&p, &v[i]);
	b = page_end(&p);
	ck_assert(buf_ok(&b));
	return b;
}

static void shows(const struct buf *b, const char *what)
{
	ck_assert_msg(strstr(b->data, what) != NULL, "%s is not in the page", what);
}

START_TEST(titles)
{
	struct status_row v[] = { row("a", STATUS_OK, ""), row("b", STATUS_ERROR, "why"),
		row("c", STATUS_SILENT, ""), row("d", STATUS_SILENT, ""),
		row("e", STATUS_OFF, "") };
	struct status_master m = master;
	struct buf b = page_of(&m, v, 5);

	shows(&b, "<title>2 silent, 1 error \xe2\x80\x93 Bijk</title>");
	shows(&b, ">3 of 5 nodes need attention<");
	buf_free(&b);
	b = page_of(&m, v, 1);
	shows(&b, "<title>1 ok \xe2\x80\x93 Bijk</title>");
	buf_free(&b);
	snprintf(m.wrong, sizeof(m.wrong), "no room in <x>");
	b = page_of(&m, NULL, 0);
	shows(&b, "<title>this master, no nodes \xe2\x80\x93 Bijk</title>");
	shows(&b, "no room in &lt;x&gt;</p>");
	buf_free(&b);
}
END_TEST

START_TEST(the_worst_comes_first)
{
	static const char *const order[] = { "id=damaged", "id=cloned", "id=silent", "id=error",
		"id=late", "id=behind", "id=never", "id=remarks", "id=ok", "id=off",
		"class=master" };
	struct status_row v[STATUS_WORDS + 1];
	struct buf b;
	const char *at;

	for (int i = 0; i < STATUS_WORDS; i++)
		v[i] = row("n", (enum status_word)i, "");
	v[STATUS_WORDS] = row("n", STATUS_OK, "a remark");
	b = page_of(&master, v, STATUS_WORDS + 1);
	at = b.data;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		at = strstr(at, order[i]);
		ck_assert_msg(at != NULL, "%s comes too early", order[i]);
	}
	buf_free(&b);
}
END_TEST

START_TEST(what_to_do)
{
	struct status_row r = row("n1", STATUS_ERROR, "");
	char text[ADVICE_MAX];
	bool there;

	r.state.failures = 3;
	r.state.failed = NOW - 240;
	advice_present(&r, NOW, text);
	ck_assert_str_eq(text, "The last 3 tries failed, the last one 4 min ago.");
	advice_command(&r, text, &there);
	ck_assert_str_eq(text, "bijk-master test n1");
	ck_assert(!there);
	/* A node that pushes cannot be tested from here. */
	r.state.has_direction = true;
	r.state.direction = DIRECTION_PUSH;
	advice_command(&r, text, &there);
	ck_assert_str_eq(text, "bijk-doctor");
	ck_assert(there);
	r.word = STATUS_OK;
	advice_command(&r, text, &there);
	ck_assert_str_eq(text, "");
	for (int i = 0; i < STATUS_WORDS; i++)
		ck_assert_int_eq(status_rank(status_worst_first[i]), i);
}
END_TEST

START_TEST(feeds)
{
	struct feed_lag good = { .name = "a", .begun = true, .lag = 7, .oldest = 120 };
	struct feed_lag bad = { .name = "b", .begun = true, .lag = 9, .oldest = 7300 };
	struct page p;
	struct buf b;

	snprintf(bad.state.reason, sizeof(bad.state.reason), "<it> exits with 1");
	page_begin(&p, &master);
	page_feed(&p, &good);
	page_feed(&p, &bad);
	b = page_end(&p);
	ck_assert(buf_ok(&b));
	shows(&b, "<title>1 feed, no nodes");
	shows(&b, "<dt>a<dd>7 records behind, the oldest 2 min old\n");
	shows(&b, "<p class=alert><strong>Feed b:</strong> 9 records behind, the oldest 2 h old");
	shows(&b, "&lt;it&gt; exits with 1</p>");
	buf_free(&b);
}
END_TEST

/* --- Lines --- */

START_TEST(lines)
{
	struct day_slot day[DAY_SLOTS] = { 0 };
	struct spark s;
	char d[SPARK_MAX];

	spark_bytes(&s, day);
	spark_path(&s, s.top, d);
	ck_assert_str_eq(d, "");
	/* Two slots of the first point add up; one of the last is a dot. */
	day[0] = day[7] = (struct day_slot){ .used = true, .delay = 30, .bytes = 450 };
	day[8] = (struct day_slot){ .used = true, .delay = 20, .bytes = 1 };
	day[16] = (struct day_slot){ .used = true, .delay = 40 };
	day[24] = (struct day_slot){ .used = true, .delay = 0, .bytes = 500 };
	day[287] = (struct day_slot){ .used = true, .delay = 90, .bytes = 400 };
	spark_bytes(&s, day);
	ck_assert_uint_eq(s.sum, 1801);
	ck_assert_uint_eq(s.top, 900);
	spark_path(&s, s.top, d);
	ck_assert_str_eq(d, "M0 0l1 8 1 1 1-5M35 5h0");
	spark_delay(&s, day);
	ck_assert_uint_eq(s.top, 90);
	spark_path(&s, 90, d);
	ck_assert_str_eq(d, "M0 6l1 1 1-2 1 4M35 0h0");
}
END_TEST

START_TEST(a_line_fits)
{
	struct day_slot day[DAY_SLOTS];
	struct spark s;
	char d[SPARK_MAX];

	for (int i = 0; i < DAY_SLOTS; i++) /* the longest: only dots; up and down */
		day[i] = (struct day_slot){ .used = i / 8 % 2 == 0, .bytes = 1 };
	spark_bytes(&s, day);
	spark_path(&s, s.top, d);
	ck_assert_uint_lt(strlen(d), SPARK_MAX - 1);
	for (int i = 0; i < DAY_SLOTS; i++)
		day[i] = (struct day_slot){ .used = true, .bytes = i / 8 % 2 ? UINT64_MAX / 8 : 0 };
	spark_bytes(&s, day);
	spark_path(&s, s.top, d);
	ck_assert_uint_lt(strlen(d), 160);
}
END_TEST

SUITE_MAIN("page", hostile_names_leave_no_markup, each_byte_is_text, titles, the_worst_comes_first,
    what_to_do, feeds, lines, a_line_fits)
