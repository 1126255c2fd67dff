/* SPDX-License-Identifier: ISC */
/*
 * How far each master has the spool (design.md, "Copies"): the file `acks`
 * beside the segments, with a line for each master:
 *
 *   NAME LOGID ACKED SENT
 *
 * Records below ACKED are on this master, as its last FROM or ACK said; records
 * from SENT on it cannot have. A line of another log id counts for nothing.
 *
 * It is small state, written under the session lock, unsynced. Losing it costs
 * nothing, for each FROM repeats it, and an older one says too little; only a
 * number that went down must not come back: see acks_forget().
 */
#ifndef BIJK_LOG_ACKS_H
#define BIJK_LOG_ACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/names.h"

#define ACKS_MAX 32 /* as many as sender.masters holds */

struct ack {
	char master[NODE_NAME_MAX + 1];
	struct log_id log;
	uint64_t acked, sent;
};

struct acks {
	struct ack v[ACKS_MAX]; /* a master has one */
	size_t n;
};

/* A record may be freed when `wanted` of these masters have it. */
struct copies {
	uint64_t wanted;
	char master[ACKS_MAX][NODE_NAME_MAX + 1];
	size_t n; /* each name is there once */
};

/* Pure. A line that is not understood is as if it were not there. */
void acks_parse(struct acks *a, const char *text, size_t len);
/* `dir`: that of the spool. What cannot be read is empty. -1: errno. */
void acks_read(struct acks *a, int dir);
int acks_write(const struct acks *a, int dir);
/* Removes the file, durably: after a crash nothing in it is believed. */
int acks_forget(int dir);

/* This master's line, if it is of this log; or NULL. */
const struct ack *acks_find(const struct acks *a, const char *master, const struct log_id *log);
/*
 * Sets the line of a->master. Lines of other logs, and of masters that are not
 * in c, are dropped, unless c is NULL. False: nothing changed.
 */
bool acks_set(struct acks *a, const struct ack *line, const struct copies *c);
/* So many masters of c have every record below this number; 0: none. */
uint64_t acks_common(const struct acks *a, const struct log_id *log, const struct copies *c);
/* No master has a record of this log from this number on. */
uint64_t acks_sent(const struct acks *a, const struct log_id *log);

/* Adds a name, once. */
void copies_add(struct copies *c, const char *master);

#endif
