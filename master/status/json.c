/* SPDX-License-Identifier: ISC */

#include "common/base/num.h"
#include "master/json_list.h"
#include "master/status/form.h"
#include "master/when.h"

#include "common/base/banned.h"

static struct json_list list;

static void begin(void)
{
	json_list_begin(&list);
}

static json_t *log_text(bool has, const struct log_id *id)
{
	char hex[2 * LOG_ID_SIZE + 1];

	if (!has)
		return json_null();
	hex_encode(hex, id->b, sizeof(id->b));
	return json_string(hex);
}

static json_t *newest(const struct status_row *r)
{
	char text[WHEN_MAX];

	if (r->newest_age < 0)
		return json_null();
	when_format_ns(r->state.newest_ns, text);
	return json_string(text);
}

static json_t *last_gap(const struct node_state *st)
{
	if (st->gap_to <= st->gap_from)
		return json_null();
	return json_pack(
	    "{s:o, s:o}", "from", json_count(st->gap_from), "to", json_count(st->gap_to - 1));
}

static json_t *cloned(const struct status_row *r)
{
	const struct node_state *st = &r->state;

	if (r->word != STATUS_CLONED)
		return json_null();
	return json_pack("{s:o, s:[o, o], s:[o, o]}", "time", json_when(st->cloned), "logs",
	    log_text(st->has_log, &st->log), log_text(st->has_old_log, &st->old_log), "addresses",
	    json_text(st->log_address), json_text(st->old_log_address));
}

static void row(const struct status_row *r)
{
	const struct node_state *st = &r->state;
	json_t *o = json_object();

	if (o == NULL)
		json_list_add(&list, NULL);
	json_object_set_new(o, "name", json_string(r->node.name));
	json_object_set_new(
	    o, "mode", r->readable ? json_string(node_mode_words[r->node.mode]) : json_null());
	json_object_set_new(o, "status", json_string(status_name(r->word)));
	json_object_set_new(o, "reason", json_text(r->reason));
	json_object_set_new(o, "direction",
	    st->has_direction ? json_string(direction_name(st->direction)) : json_null());
	json_object_set_new(o, "direction_since", json_when(st->direction_since));
	json_object_set_new(
	    o, "newest_age", r->newest_age >= 0 ? json_integer(r->newest_age) : json_null());
	json_object_set_new(o, "newest", newest(r));
	json_object_set_new(o, "last_contact", json_when(st->contact));
	json_object_set_new(o, "records", json_count(st->records));
	json_object_set_new(o, "bytes", json_count(st->bytes));
	json_object_set_new(o, "left", json_count(st->left));
	json_object_set_new(o, "gaps", json_count(st->gaps - st->gaps_known));
	json_object_set_new(o, "lost", json_count(st->lost - st->lost_known));
	json_object_set_new(o, "last_gap", last_gap(st));
	json_object_set_new(o, "skew", st->contact != 0 ? json_integer(st->skew) : json_null());
	json_object_set_new(o, "address",
	    json_text(st->log_address[0] != '\0' ? st->log_address : node_address(&r->node, st)));
	json_object_set_new(o, "log", log_text(st->has_log, &st->log));
	json_object_set_new(o, "failures", json_count(st->failures));
	json_object_set_new(o, "failed", json_when(st->failed));
	json_object_set_new(o, "damaged", json_when(st->damaged));
	json_object_set_new(o, "removed_early",
	    st->cut != 0 ? json_pack("{s:o, s:o}", "time", json_when(st->cut), "records",
			       json_count(st->cut_records))
			 : json_null());
	json_object_set_new(o, "master", json_text(r->master));
	json_object_set_new(o, "notes", json_text(r->notes));
	if (json_object_set_new(o, "cloned", cloned(r)) == -1 || json_object_size(o) != 25) {
		json_decref(o);
		o = NULL; /* no memory for one of them */
	}
	json_list_add(&list, o);
}

static void end(void)
{
	json_list_end(&list);
}

const struct status_form status_json = { .option = "json", .begin = begin, .row = row, .end = end };
