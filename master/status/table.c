/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>

#include "common/base/num.h"
#include "master/status/form.h"
#include "master/table.h"

#include "common/base/banned.h"

static struct table table;

static void begin(void)
{
	static const char *const heads[] = { "NODE", "STATUS", "VIA", "FOR", "NEWEST", "RECORDS",
		"BYTES", "LEFT", "GAPS", "LOST", "SKEW" };

	table_begin(&table, sizeof(heads) / sizeof(heads[0]), 0x7f8, heads);
}

static void show_age(char *out, size_t size, int64_t then, int64_t now)
{
	if (then == 0)
		snprintf(out, size, "-");
	else
		num_show_span(out, size, now > then ? now - then : 0);
}

static void row(const struct status_row *r)
{
	const struct node_state *st = &r->state;
	char since[32], newest[32] = "-", records[32], bytes[32], left[32], gaps[32], lost[32];
	char skew[32] = "-";

	show_age(since, sizeof(since), st->direction_since, r->now);
	if (r->newest_age >= 0)
		num_show_span(newest, sizeof(newest), r->newest_age);
	snprintf(records, sizeof(records), "%" PRIu64, st->records);
	num_show_size(bytes, sizeof(bytes), st->bytes);
	snprintf(left, sizeof(left), "%" PRIu64, st->left);
	snprintf(gaps, sizeof(gaps), "%" PRIu64, st->gaps - st->gaps_known);
	snprintf(lost, sizeof(lost), "%" PRIu64, st->lost - st->lost_known);
	if (st->contact != 0)
		num_show_span(skew, sizeof(skew), st->skew);
	table_add(&table,
	    (const char *[]){ r->node.name, status_name(r->word),
		st->has_direction ? direction_name(st->direction) : "-", since, newest, records,
		bytes, left, gaps, lost, skew });
	if (r->notes[0] != '\0')
		table_note(&table, r->notes);
}

static void end(void)
{
	table_end(&table);
}

const struct status_form status_table = { .begin = begin, .row = row, .end = end };
