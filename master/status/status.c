/* SPDX-License-Identifier: ISC */
#include "master/status/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/num.h"

#include "common/base/banned.h"

#define HOUR 3600
#define DAY 86400

/* --- The word --- */

static const char *const status_names[] = {
	[STATUS_OK] = "ok",
	[STATUS_LATE] = "late",
	[STATUS_SILENT] = "silent",
	[STATUS_DAMAGED] = "damaged",
	[STATUS_BEHIND] = "behind",
	[STATUS_NEVER] = "never",
	[STATUS_ERROR] = "error",
	[STATUS_CLONED] = "cloned",
	[STATUS_OFF] = "off",
};

const char *status_name(enum status_word w)
{
	return status_names[w];
}

/* For a node never heard of: the direction its mode allows. */
static enum direction direction_of(const struct node *n, const struct node_state *st)
{
	if (n->mode == NODE_PULL || n->mode == NODE_PUSH || !st->has_direction)
		return n->mode == NODE_PUSH ? DIRECTION_PUSH : DIRECTION_PULL;
	return st->direction;
}

uint64_t status_period(
    const struct node *n, const struct node_state *st, const struct master_config *c)
{
	uint64_t min;

	if (direction_of(n, st) == DIRECTION_PULL)
		return n->pull_period != NODE_UNSET ? n->pull_period : c->pull_period;
	min = n->min_period != NODE_UNSET ? n->min_period : c->min_period;
	return min > STATUS_PUSH_PERIOD ? min : STATUS_PUSH_PERIOD;
}

/* Longer ago than that; a time in the future is not. */
static bool older(int64_t then, int64_t now, uint64_t seconds)
{
	return then < now && (uint64_t)now - (uint64_t)then > seconds;
}

static bool in_error(const struct node *n, const struct node_state *st)
{
	if (st->reason[0] == '\0')
		return false;
	return st->failed_direction == DIRECTION_PUSH || direction_of(n, st) == DIRECTION_PULL;
}

enum status_word status_of(
    const struct node *n, const struct node_state *st, int64_t now, const struct master_config *c)
{
	uint64_t period = status_period(n, st, c);

	if (n->mode == NODE_OFF)
		return STATUS_OFF;
	if (st->cloned != 0 && !older(st->cloned, now, 4 * period > HOUR ? 4 * period : HOUR))
		return STATUS_CLONED;
	if (in_error(n, st))
		return STATUS_ERROR;
	if (st->contact == 0)
		return STATUS_NEVER;
	if (older(st->contact, now, 2 * period))
		return older(st->contact, now, HOUR) ? STATUS_SILENT : STATUS_LATE;
	if (st->damaged != 0)
		return STATUS_DAMAGED;
	return st->left > 0 ? STATUS_BEHIND : STATUS_OK;
}

/* --- The notes --- */

/* As far as there is room. */
__attribute__((format(printf, 2, 3))) static void add_note(char *out, const char *fmt, ...)
{
	size_t len = strlen(out);
	va_list ap;

	if (len > 0)
		len += (size_t)snprintf(out + len, STATUS_NOTES_MAX - len, "; ");
	if (len >= STATUS_NOTES_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(out + len, STATUS_NOTES_MAX - len, fmt, ap);
	va_end(ap);
}

/* Writes "3 min ago" if it was within so many seconds. */
static bool is_recent(int64_t then, int64_t now, int64_t within, char ago[40])
{
	char span[32];

	if (then == 0 || now - then > within)
		return false;
	snprintf(ago, 40, "%s ago", num_show_span(span, sizeof(span), now > then ? now - then : 0));
	return true;
}

static const char *shown_address(const char *address)
{
	return address[0] != '\0' ? address : "(unknown: it pushes)";
}

/* Two machines with one name, or one machine with a new log. */
static void add_log(const struct node_state *st, enum status_word word, int64_t now, char *out)
{
	char ago[40];

	if (word == STATUS_CLONED)
		add_note(out,
		    "two machines use this name, from %s and from %s: give the clone a name and "
		    "hash of its own",
		    shown_address(st->log_address), shown_address(st->old_log_address));
	else if (st->has_old_log && is_recent(st->log_since, now, DAY, ago))
		add_note(out,
		    "it began a new log %s: the machine was restored or cloned, or its spool was "
		    "lost",
		    ago);
}

static void add_loss(const struct node_state *st, int64_t now, char *out)
{
	char ago[40], which[RANGE_MAX];

	if (st->gaps > 0 && st->gap_to > st->gap_from && is_recent(st->gap_time, now, DAY, ago))
		add_note(out, "%s %s lost (found %s): neither the node nor this archive has it",
		    num_show_range(which, "record", st->gap_from, st->gap_to),
		    st->gap_to - st->gap_from == 1 ? "is" : "are", ago);
	if (st->cut_records > 0 && is_recent(st->cut, now, DAY, ago))
		add_note(out,
		    "its oldest records were removed here %s, because it exceeded "
		    "archive.max_size: %s that had not passed archive.max_age",
		    ago, num_show_count(which, st->cut_records, "record"));
}

void status_notes(const struct node_state *st, enum status_word word, const char *reason,
    int64_t now, char out[STATUS_NOTES_MAX])
{
	char span[32];

	out[0] = '\0';
	/* Present faults first. A node that pushes well need not be reachable
	 * for a pull. */
	if (reason[0] != '\0' && word != STATUS_OK && word != STATUS_BEHIND &&
	    word != STATUS_DAMAGED && word != STATUS_CLONED)
		add_note(out, "%s", reason);
	if (st->damaged != 0)
		add_note(out,
		    "its archive here is damaged (found %s ago): bijk-cat says where, and what it "
		    "lost",
		    num_show_span(span, sizeof(span), now > st->damaged ? now - st->damaged : 0));
	add_log(st, word, now, out);
	add_loss(st, now, out);
}
