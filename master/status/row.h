/* SPDX-License-Identifier: ISC */
/*
 * What `bijk-master status` shows, whatever the form: what concerns the whole
 * master, and a row for each node. master/admin/fleet.h gathers them; a form
 * (table, JSON, page, metrics) only reads them.
 */
#ifndef BIJK_STATUS_ROW_H
#define BIJK_STATUS_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "master/status/status.h"
#include "master/store/store.h"

struct status_master {
	const char *name;
	int64_t now;	 /* seconds since 1970 */
	char wrong[512]; /* what is wrong with this machine, in words; "" */
	bool has_room;	 /* the file system of the store could be asked: */
	struct store_room room;
	char next_key[64]; /* fingerprint of the key of a rotation under way; "": none */
};

struct status_row {
	struct node node;
	struct node_state state;
	bool readable; /* else only node.name is known, and the word is `error` */
	enum status_word word;
	const char *reason; /* of `error`, or why the last try failed; "" */
	char notes[STATUS_NOTES_MAX];
	struct day_slot day[DAY_SLOTS]; /* where it was asked for; else no slot is used */
	int64_t newest_age; /* of the newest record by our clock, seconds; -1: there is none */
};

#endif
