/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "master/status/status.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define NOW INT64_C(1700000000)
#define HOUR 3600
#define DAY (24 * HOUR)

static struct node_state state;
static int64_t now = NOW;

static const char *notes_of(enum status_word word, const char *reason)
{
	static struct {
		char out[STATUS_NOTES_MAX], behind[64];
	} at;

	memset(&at, 'x', sizeof(at));
	status_notes(&state, word, reason, now, at.out);
	ck_assert_ptr_nonnull(memchr(at.out, '\0', sizeof(at.out)));
	for (size_t i = 0; i < sizeof(at.behind); i++)
		ck_assert_int_eq(at.behind[i], 'x');
	return at.out;
}

static const char *notes(void)
{
	return notes_of(STATUS_OK, "");
}

static void well(void)
{
	state = (struct node_state){ .contact = NOW - 60, .has_log = true, .log_since = NOW - 60 };
}

START_TEST(nothing_to_say)
{
	static const enum status_word words[] = { STATUS_OK, STATUS_LATE, STATUS_SILENT,
		STATUS_DAMAGED, STATUS_BEHIND, STATUS_NEVER, STATUS_ERROR, STATUS_OFF };

	well(); /* its first log is no new one */
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		ck_assert_str_eq(notes_of(words[i], ""), "");
	/* 0 is never, also where it is 1970. */
	now = HOUR / 2;
	state = (struct node_state){ .has_old_log = true, .gaps = 1 };
	ck_assert_str_eq(notes(), "");
}
END_TEST

START_TEST(why_it_failed)
{
	static const struct {
		enum status_word word;
		bool said;
	} cases[] = {
		{ STATUS_OK, false }, /* it pushes, and no pull reaches it */
		{ STATUS_BEHIND, false },
		{ STATUS_DAMAGED, false },
		{ STATUS_LATE, true },
		{ STATUS_SILENT, true },
		{ STATUS_NEVER, true },
		{ STATUS_ERROR, true },
		{ STATUS_OFF, true },
	};

	well();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(notes_of(cases[i].word, "it %s"), cases[i].said ? "it %s" : "");
}
END_TEST

START_TEST(what_is_wrong_now_comes_first)
{
	well();
	state.has_old_log = true;
	state.damaged = NOW - DAY;
	ck_assert_str_eq(notes_of(STATUS_ERROR, "it is out of reach"),
	    "it is out of reach; its archive here is damaged (found 24 h ago): bijk-cat says "
	    "where, "
	    "and what it lost; it began a new log 60 s ago: the machine was restored or cloned, "
	    "or its spool was lost");
}
END_TEST

START_TEST(clone)
{
	well();
	state.has_old_log = true;
	snprintf(state.log_address, sizeof(state.log_address), "192.0.2.1");
	ck_assert_str_eq(notes_of(STATUS_CLONED, "why not"),
	    "two machines use this name, from 192.0.2.1 and from (unknown: it pushes): give the "
	    "clone a name and hash of its own");
	snprintf(state.old_log_address, sizeof(state.old_log_address), "2001:db8::1");
	state.log_address[0] = '\0';
	ck_assert_str_eq(notes_of(STATUS_CLONED, ""),
	    "two machines use this name, from (unknown: it pushes) and from 2001:db8::1: give the "
	    "clone a name and hash of its own");
}
END_TEST

#define ANEW(ago)                                                                                  \
	"it began a new log " ago " ago: the machine was restored or cloned, or its spool was "    \
	"lost"

START_TEST(new_log)
{
	well();
	state.has_old_log = true;
	ck_assert_str_eq(notes(), ANEW("60 s"));
	state.log_since = NOW - DAY;
	ck_assert_str_eq(notes(), ANEW("24 h"));
	state.log_since--;
	ck_assert_str_eq(notes(), "");
	state.log_since = NOW + HOUR; /* the clock was set back */
	ck_assert_str_eq(notes(), ANEW("0 s"));
	state.log_since = 0;
	ck_assert_str_eq(notes(), "");
}
END_TEST

#define LOST(what, ago) what " lost (found " ago " ago): neither the node nor this archive has it"

START_TEST(lost)
{
	well();
	state.gap_from = 7;
	state.gap_to = 8;
	state.gap_time = NOW - 2 * HOUR;
	ck_assert_str_eq(notes(), ""); /* no gap was ever found */
	state.gaps = 1;
	ck_assert_str_eq(notes(), LOST("record 7 is", "2 h"));
	state.gap_to = 10;
	ck_assert_str_eq(notes(), LOST("records 7 to 9 are", "2 h"));
	state.gap_from = UINT64_MAX - 2;
	state.gap_to = UINT64_MAX;
	ck_assert_str_eq(
	    notes(), LOST("records 18446744073709551613 to 18446744073709551614 are", "2 h"));
	state.gap_time = NOW - DAY;
	ck_assert_str_ne(notes(), "");
	state.gap_time--;
	ck_assert_str_eq(notes(), "");
}
END_TEST

#define CUT(records, ago)                                                                          \
	"its oldest records were removed here " ago                                                \
	" ago, because it exceeded archive.max_size: " records                                     \
	" that had not passed archive.max_age"

START_TEST(cut)
{
	well();
	state.cut_records = 5;
	ck_assert_str_eq(notes(), "");
	state.cut = NOW - 5 * 60;
	ck_assert_str_eq(notes(), CUT("5 records", "5 min"));
	state.cut = NOW - DAY;
	ck_assert_str_ne(notes(), "");
	state.cut--;
	ck_assert_str_eq(notes(), "");
}
END_TEST

START_TEST(all_of_them)
{
	well();
	state.has_old_log = true;
	state.gaps = state.gap_to = 1;
	state.gap_time = state.cut = NOW - 1;
	state.cut_records = 1;
	ck_assert_str_eq(notes_of(STATUS_ERROR, "why not"),
	    "why not; " ANEW("60 s") "; " LOST("record 0 is", "1 s") "; " CUT("1 record", "1 s"));
}
END_TEST

/* The longest that each field can hold, and then some: whole sentences, or cut
 * at the end of the room. */
START_TEST(room)
{
	char why[2 * STATUS_NOTES_MAX];

	well();
	memset(state.log_address, 'a', sizeof(state.log_address) - 1);
	memset(state.old_log_address, 'b', sizeof(state.old_log_address) - 1);
	state.gaps = 1;
	state.gap_from = UINT64_MAX - 2;
	state.gap_to = UINT64_MAX;
	state.gap_time = state.cut = NOW - DAY + 1;
	state.cut_records = UINT64_MAX;
	memset(state.reason, 'r', sizeof(state.reason) - 1);
	ck_assert_ptr_nonnull(
	    strstr(notes_of(STATUS_CLONED, state.reason), "passed archive.max_age"));
	state.has_old_log = true;
	ck_assert_ptr_nonnull(
	    strstr(notes_of(STATUS_ERROR, state.reason), "passed archive.max_age"));

	for (size_t len = STATUS_NOTES_MAX - 200; len < STATUS_NOTES_MAX + 8; len++) {
		memset(why, 'r', len);
		why[len] = '\0';
		notes_of(STATUS_ERROR, why); /* ends within its room */
	}
}
END_TEST

SUITE_MAIN("status notes", nothing_to_say, why_it_failed, what_is_wrong_now_comes_first, clone,
    new_log, lost, cut, all_of_them, room)
