/* SPDX-License-Identifier: ISC */
/* What another program of this machine says, within a few seconds. */
#ifndef BIJK_DOCTOR_ASK_H
#define BIJK_DOCTOR_ASK_H

#include <stdbool.h>

#include "common/base/buf.h"

#define ASK_MAX (64u << 20) /* bytes of an answer */
#define ASK_SECONDS 5

struct answer {
	struct buf out, err; /* texts; never NULL inside after ask(), if that returned 0 */
	int code;	     /* its exit code, or 128 + the signal that ended it */
};

/*
 * Runs it (argv[0] an absolute path, NULL at the end) and waits for its end. 0;
 * -1: errno (ENOENT: it is not here; ETIMEDOUT). To be freed in any case.
 */
int ask(struct answer *a, const char *const argv[]);
/* The same, within so many seconds. */
int ask_for(struct answer *a, const char *const argv[], unsigned seconds);

#define KEPT_SECONDS 20
/* Its standard output, in a file in memory; -1: it failed, is not here, or said
 * nothing; ETIMEDOUT: it took too long. */
int ask_kept(const char *const argv[]);
/* Has it read this file from its beginning, within KEPT_SECONDS. False: why, in
 * its own words. */
bool ask_with(const char *const argv[], int in, char why[256]);

void answer_free(struct answer *a);
/* The first of these programs that is here, from a list that NULL ends; NULL:
 * none. */
const char *first_program(const char *const paths[]);

#endif
