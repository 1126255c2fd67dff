/* SPDX-License-Identifier: ISC */
/*
 * Stands between the product's code and the system (by the linker's --wrap, see
 * rules.mk): every call that changes a file or syncs one is done, and noted in
 * a trace. So the log is recorded as it is, and with it what it changes beside
 * its segments (the file `acked`, the directories above). What is said by msg()
 * is kept instead of printed.
 */
#ifndef BIJK_TESTS_RECORD_H
#define BIJK_TESTS_RECORD_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "tests/replay/ops.h"

#define NEVER SIZE_MAX

struct recorder {
	struct trace *trace; /* NULL: nothing is noted */
	/* Counted in every case: calls that changed anything but a file called
	 * "lock", and cuts. */
	size_t changes, cuts;
	/* With a trace, at operation number … of the disk: */
	size_t kill_at; /* the process "dies" before it: longjmp to `killed` */
	jmp_buf killed;
	size_t fail_from,
	    fail_to;	  /* a sync says EIO (and of this file nothing is durable any more) */
	size_t full_at;	  /* a write stops in its middle: ENOSPC */
	size_t fail_next; /* so many syncs from now on fail */
	bool kill_told;	  /* who is told that one failed dies, as by kill_at */
	/* What msg() was given since record_quiet(), one after another. */
	char said[8192];
	size_t said_len;
};

extern struct recorder recorder;

void record_start(struct trace *t);
void record_stop(void);
/* Forgets changes, cuts and said. */
void record_quiet(void);

#endif
