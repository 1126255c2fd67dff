/* SPDX-License-Identifier: ISC */
/* Below store.h, for its own files only: the logs in a node's directory, as their files show them.
 */
#ifndef BIJK_STORE_LOGS_H
#define BIJK_STORE_LOGS_H

#include <stddef.h>
#include <stdint.h>

#include "common/names.h"

struct log_use {
	char name[2 * LOG_ID_SIZE + 1];
	struct log_id id;
	uint64_t first; /* of the oldest segment; 0: there is no segment */
	size_t segments;
	uint64_t size;	   /* bytes of all of them */
	int64_t oldest;	   /* when the oldest segment was last written, seconds */
	int64_t newest_ns; /* and the newest one, nanoseconds: when the log was last used */
};

/* All logs in the directory `logs`, the one longest unused first. Free *v. -1: errno. */
int log_uses_read(int logs, struct log_use **v, size_t *n);
/* Looks again at one of them. */
int log_use_read(int logs, struct log_use *u);

#endif
