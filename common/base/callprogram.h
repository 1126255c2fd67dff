/* SPDX-License-Identifier: ISC */
/*
 * The seccomp filters as programs for the kernel. They are made when the programs are built, by
 * common/base/gen/callprograms.c, which has the lists of calls.
 */
#ifndef BIJK_BASE_CALLPROGRAM_H
#define BIJK_BASE_CALLPROGRAM_H

#include <linux/filter.h>
#include <stdbool.h>

/* Stands in the place of the process group that signals may be sent to. */
#define CALLFILTER_GROUP 0x5a6b7c8du

#define CALLPROGRAM_MAX 512 /* instructions; a longer one ends the build */

struct callprogram {
	/* For which sandbox: enum sandbox_needs, and whether it has a group and a port. */
	unsigned needs;
	bool group, port;
	int calls;	  /* that it allows */
	unsigned short n; /* instructions */
	const struct sock_filter *code;
};

extern const struct callprogram callprograms[];
extern const unsigned n_callprograms;

#endif
