/* SPDX-License-Identifier: ISC */
/* Subcommand status: a table of the nodes, or JSON objects. The keys are in
 * bijk-master(8). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/text.h"
#include "master/admin/admin.h"
#include "master/admin/listing.h"
#include "master/pull/schedule.h"
#include "master/pullkey.h"
#include "master/status/status.h"
#include "master/when.h"

#include "common/base/banned.h"

struct report {
	struct admin *admin;
	struct listing out;
	int64_t now;
	char master[512];  /* what is wrong with this machine; "" */
	char next_key[64]; /* fingerprint of the key of a rotation under way; "": none */
};

struct row {
	struct node node;
	struct node_state state;
	bool readable; /* else only node.name is known, and the word is `error` */
	enum status_word word;
	const char *reason; /* of `error`, or why the last try failed; "" */
	char notes[STATUS_NOTES_MAX];
	int64_t newest_age; /* of the newest record by our clock, seconds; -1: there is none */
};

/* --- The table --- */

static void show_row(struct report *p, const struct row *r)
{
	const struct node_state *st = &r->state;
	char since[32] = "-", newest[32] = "-", records[32], bytes[32], left[32], gaps[32];
	char lost[32], skew[32] = "-";

	if (st->direction_since != 0)
		num_show_span(since, sizeof(since),
		    p->now > st->direction_since ? p->now - st->direction_since : 0);
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

static json_t *json_newest(const struct row *r)
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

static json_t *json_cloned(const struct row *r)
{
	const struct node_state *st = &r->state;

	if (r->word != STATUS_CLONED)
		return json_null();
	return json_pack("{s:o, s:[o, o], s:[o, o]}", "time", json_when(st->cloned), "logs",
	    json_log(st->has_log, &st->log), json_log(st->has_old_log, &st->old_log), "addresses",
	    json_text(st->log_address), json_text(st->old_log_address));
}

/* NULL: no memory. */
static json_t *json_row(const struct report *p, const struct row *r)
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
	    "master", json_text(p->master),
	    "notes", json_text(r->notes),
	    "cloned", json_cloned(r));
	/* clang-format on */
}

/* --- What there is to say --- */

static int64_t age_of_newest(const struct node_state *st, int64_t now)
{
	int64_t age;

	if (st->newest_ns == 0)
		return -1;
	age = now - (st->newest_ns / 1000000000 - st->skew);
	return age > 0 ? age : 0;
}

/* What concerns all nodes: no room for records, or a clock that was set. */
static void check_master(struct report *p)
{
	char text[STORE_ROOM_MAX], ago[32];
	const char *why = NULL;
	int64_t since = store_clock_since(p->admin->store);
	struct store_room r;
	size_t len = 0;

	if (store_room(p->admin->store, &r) == 0)
		why = store_room_text(&r, text);
	if (why != NULL)
		len = (size_t)snprintf(p->master, sizeof(p->master),
		    "no records can be kept in %s: %s", p->admin->config.state, why);
	if (since != 0 && since <= p->now && p->now - since < 86400)
		snprintf(p->master + len, sizeof(p->master) - len,
		    "%sthe clock of this machine was set, or nothing ran here, until %s ago: no "
		    "record counts as older than that",
		    len > 0 ? "; " : "", num_show_span(ago, sizeof(ago), p->now - since));
}

static void judge_node(const struct report *p, struct row *r)
{
	r->word = status_of(&r->node, &r->state, p->now, &p->admin->config);
	r->reason = r->state.reason;
	if (r->word == STATUS_NEVER && r->reason[0] == '\0' && r->node.registered == 0)
		r->reason = "it has not registered yet: bijk-keyreg there says why, or "
			    "bring its card with bijk-master import";
	r->newest_age = age_of_newest(&r->state, p->now);
}

static void find_notes(const struct report *p, struct row *r)
{
	size_t len;

	status_notes(&r->state, r->word, r->reason, p->now, r->notes);
	len = strlen(r->notes);
	if (r->readable && p->next_key[0] != '\0' && pull_awaited(&r->node, &r->state, p->next_key))
		snprintf(r->notes + len, sizeof(r->notes) - len,
		    "%sit has not accepted the new pull key yet (bijk-master rotate)",
		    len > 0 ? "; " : "");
}

static int show_node(const char *name, void *arg)
{
	struct report *p = arg;
	struct row r = { .readable = true, .newest_age = -1 };

	if (store_node_and_state(p->admin->store, name, &r.node, &r.state) == -1) {
		if (errno == ENOENT)
			return 0; /* removed just now */
		r.readable = false;
		r.word = STATUS_ERROR;
		r.reason = "its files on this master cannot be read";
		snprintf(r.node.name, sizeof(r.node.name), "%s", name);
	} else {
		judge_node(p, &r);
	}
	find_notes(p, &r);
	if (p->out.json)
		listing_object(&p->out, json_row(p, &r));
	else
		show_row(p, &r);
	return 0;
}

/* Before anything is printed: does each of these nodes exist? */
static void check_names(struct admin *a, int argc, char **argv)
{
	struct node_state st;

	for (int i = optind; i < argc; i++) {
		if (store_state(a->store, admin_valid_or_die(argv[i]), &st) == -1)
			admin_die("showing", argv[i]);
	}
}

int admin_status(struct admin *a, int argc, char **argv)
{
	static const char *const heads[] = { "NODE", "STATUS", "VIA", "FOR", "NEWEST", "RECORDS",
		"BYTES", "LEFT", "GAPS", "LOST", "SKEW" };
	struct report p = { .admin = a, .now = now_s() };
	bool json = admin_flag_or_die(a, argc, argv, "json");

	admin_open_or_die(a);
	check_names(a, argc, argv);
	pullkey_next_print(&a->config, p.next_key);
	check_master(&p);
	if (p.master[0] != '\0' && !json)
		printf("this master: %s\n", vis_str(p.master));
	listing_begin(&p.out, json, sizeof(heads) / sizeof(heads[0]), heads);
	p.out.right = 0x7f8; /* from FOR on */
	for (int i = optind; i < argc; i++)
		show_node(argv[i], &p);
	if (optind == argc && store_each_node(a->store, show_node, &p) == -1)
		die(EX_IOERR, "listing the nodes: %s", strerror(errno));
	listing_end(&p.out);
	return out_flush();
}
