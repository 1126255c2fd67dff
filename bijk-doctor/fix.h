/* SPDX-License-Identifier: ISC */
/*
 * Candidates for a fix. Each is a command line for root's shell on this
 * machine. The rehearsal runs them in the copy, one after another, exactly as
 * they are; it reports the first after which the attempt got further, and
 * forgets the others. A candidate may therefore be wrong, but never harmful:
 * it changes as little as it can, and holds after a reboot as well as now.
 */
#ifndef BIJK_DOCTOR_FIX_H
#define BIJK_DOCTOR_FIX_H

#include <stdbool.h>
#include <stddef.h>

#include "bijk-doctor/attempt.h"

#define FIX_CANDIDATES 8
#define FIX_TEXT 1536

struct fixes {
	struct {
		char run[FIX_TEXT];
		char note[384]; /* what a person should know besides; "" */
	} v[FIX_CANDIDATES];
	size_t n;
	/*
	 * Never printed: what the copy's shell must read in front of each of
	 * them, or it finds nobody to talk to; "". It may take seconds.
	 */
	char first[FIX_TEXT];
};

/*
 * fix.c: adds one, unless there are FIX_CANDIDATES, or it is longer than
 * FIX_TEXT allows. note may be NULL.
 */
void fix_add(struct fixes *f, const char *note, const char *run, ...)
    __attribute__((format(printf, 3, 4)));

/* fix_filter.c: for a packet that was dropped, in the form of the firewall
 * manager that is in charge, else of nft or iptables. */
void fix_drop(struct fixes *f, const struct drop *d, const struct route *r);

/* sentences.c: what the last words of sshd, PAM or our programs mean. */
struct meaning {
	char words[512];  /* the line that tells it, as it was said */
	char what[128];	  /* what was looked at: "AllowUsers of sshd" */
	char means[384];  /* a sentence */
	char choice[384]; /* what a person must decide if no fix helps; or "" */
	struct fixes fixes;
};
/*
 * Finds the line of a->said that the table knows, the nearest to the cause
 * first. False: none; *m then has the last words of who refused, no fix.
 */
bool meaning_find(struct meaning *m, const struct attempt *a, const struct route *r);

#endif
