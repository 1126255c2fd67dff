/* SPDX-License-Identifier: ISC */
/*
 * The forms in which `bijk-master status` shows its rows: a table of them, each three functions. A
 * new one needs an entry in status_forms and its option.
 */
#ifndef BIJK_STATUS_FORM_H
#define BIJK_STATUS_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "master/status/notes.h"
#include "master/status/status.h"

struct status_row {
	struct node node;
	struct node_state state;
	bool readable; /* else only node.name is known, and the word is `error` */
	enum status_word word;
	const char *reason;	      /* of `error`, or why the last try failed; "" */
	char notes[STATUS_NOTES_MAX]; /* notes.h; "" */
	const char *master;	      /* what is wrong with this machine; "" */
	int64_t now;
	int64_t newest_age; /* of the newest record by our clock, seconds; -1: there is none */
};

struct status_form {
	const char *option; /* long option that asks for it; NULL: none is needed */
	void (*begin)(void);
	void (*row)(const struct status_row *r);
	void (*end)(void);
};

extern const struct status_form status_table;
/*
 * An array of objects, one a line: name, mode, status, reason, direction ("pull", "push"),
 * direction_since, newest (the newest record's own time), newest_age (seconds, the node's skew
 * taken out), last_contact, records, bytes, left, gaps, lost, last_gap {from, to} (first and last
 * number missing), skew (seconds that the node's clock is ahead), address, log, failures (tries in
 * a row), failed (the last one), damaged (when its archive was last found so), cloned {time, logs, addresses},
 * removed_early {time, records} (since somebody acknowledged it, as gaps and lost), master (what is wrong with the master itself,
 * the same in each object), notes (what the table says in words). Times are RFC 3339. What is not
 * known is null.
 */
extern const struct status_form status_json;

#endif
