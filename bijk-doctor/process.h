/* SPDX-License-Identifier: ISC */
/* Programs that run on this machine, from /proc; those of containers of their
 * own (another mount namespace) do not count. */
#ifndef BIJK_DOCTOR_PROCESS_H
#define BIJK_DOCTOR_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_TITLE_MAX 1024
#define PROCESS_PROGRAM_MAX 512

struct process {
	pid_t pid;
	char title[PROCESS_TITLE_MAX]; /* the command line, with spaces between its words */
	bool roots; /* root runs it; of others, name and title are whatever they like */
	/* What it executes, as a path; "" where we may not know. */
	char program[PROCESS_PROGRAM_MAX];
	int64_t started; /* seconds since 1970 */
};

/*
 * Of the processes of one of these names (its comm; NULL ends the list) the one
 * for which `rank` is highest and above 0 (NULL: the first). False: there is
 * none.
 */
bool process_find(
    struct process *p, const char *const names[], int (*rank)(const struct process *p));
/* A rank: one that root runs. */
int process_is_roots(const struct process *p);
/* Does it execute this program, and not only say so? True also where we may not
 * know: then nothing hangs on it. */
bool process_executes(const struct process *p, const char *program);

#endif
