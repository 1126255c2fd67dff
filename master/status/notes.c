/* SPDX-License-Identifier: ISC */
#include "master/status/notes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/num.h"

#include "common/base/banned.h"

#define DAY 86400
#define EARLY_SHOWN 3600 /* seconds: a node that comes too early does so again and again */

/* As far as there is room. */
static void vadd(char *out, const char *fmt, va_list ap)
{
	size_t len = strlen(out);

	vsnprintf(out + len, STATUS_NOTES_MAX - len, fmt, ap);
}

__attribute__((format(printf, 2, 3))) static void add_on(char *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vadd(out, fmt, ap);
	va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void add(char *out, const char *fmt, ...)
{
	va_list ap;

	if (out[0] != '\0')
		add_on(out, "; ");
	va_start(ap, fmt);
	vadd(out, fmt, ap);
	va_end(ap);
}

/* "3 min ago", if it was within so many seconds. */
static bool lately(int64_t then, int64_t now, int64_t within, char ago[40])
{
	char span[32];

	if (then == 0 || now - then > within)
		return false;
	snprintf(ago, 40, "%s ago", num_show_span(span, sizeof(span), now > then ? now - then : 0));
	return true;
}

static const char *place(const char *address)
{
	return address[0] != '\0' ? address : "(unknown: it pushes)";
}

/* One machine after another under a name, or one whose log is not the one that was there before. */
static void add_log(const struct node_state *st, enum status_word word, int64_t now, char *out)
{
	char ago[40];

	if (word == STATUS_CLONED)
		add(out,
		    "two machines use this name, from %s and from %s: give the clone a name and "
		    "hash of its own",
		    place(st->log_address), place(st->old_log_address));
	else if (st->has_old_log && lately(st->log_since, now, DAY, ago))
		add(out,
		    "its log began anew %s: the machine was restored, cloned, or its spool is new",
		    ago);
}

static void add_loss(const struct node_state *st, int64_t now, char *out)
{
	char ago[40], size[32], which[RANGE_MAX];

	if (st->gaps > st->gaps_known && st->gap_to > st->gap_from &&
	    lately(st->gap_time, now, DAY, ago))
		add(out, "%s %s lost (found %s): neither the node nor this archive has it",
		    num_show_range(which, "record", st->gap_from, st->gap_to),
		    st->gap_to - st->gap_from == 1 ? "is" : "are", ago);
	if (!lately(st->cut, now, DAY, ago))
		return;
	add(out, "its oldest %s were removed here %s, for it passed archive.max_size",
	    num_show_size(size, sizeof(size), st->cut_bytes), ago);
	if (st->cut_records > 0)
		add_on(out, ": %s that had not passed archive.max_age",
		    num_show_count(which, st->cut_records, "record"));
}

void status_notes(const struct node_state *st, enum status_word word, const char *reason,
    int64_t now, char out[STATUS_NOTES_MAX])
{
	char ago[40], span[32];

	out[0] = '\0';
	/* What is wrong now comes before what was. A node that pushes and is well need not be within reach of a pull. */
	if (reason[0] != '\0' && word != STATUS_OK && word != STATUS_BEHIND &&
	    word != STATUS_DAMAGED && word != STATUS_CLONED)
		add(out, "%s", reason);
	if (st->damaged != 0)
		add(out,
		    "its archive here is damaged (found %s ago): bijk-cat says where, and what it "
		    "lost",
		    num_show_span(span, sizeof(span), now > st->damaged ? now - st->damaged : 0));
	add_log(st, word, now, out);
	add_loss(st, now, out);
	if (lately(st->waited, now, EARLY_SHOWN, ago))
		add(out, "it pushed too early %s and was told to wait %s", ago,
		    num_show_span(span, sizeof(span), (int64_t)st->wait));
}

void status_note_add(char out[STATUS_NOTES_MAX], const char *sentence)
{
	add(out, "%s", sentence);
}
