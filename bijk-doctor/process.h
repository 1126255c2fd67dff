/* SPDX-License-Identifier: ISC */
/* Programs that run on this machine, from /proc. Anybody gives a process any
 * name: what it executes and what it holds open is what counts. */
#ifndef BIJK_DOCTOR_PROCESS_H
#define BIJK_DOCTOR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bijk-doctor/sockets.h"

#define PROCESS_ARGV_MAX 1024
#define PROCESS_EXE_MAX 512

struct process {
	pid_t pid;
	int64_t started;	     /* seconds since 1970 */
	bool here;		     /* not in a container: it sees the files that we see */
	bool roots;		     /* root runs it */
	char exe[PROCESS_EXE_MAX];   /* what it executes, a path; "" where we may not know */
	char argv[PROCESS_ARGV_MAX]; /* as it shows it: words that end with NUL each */
	size_t argv_len;	     /* in bytes, of all words */
};

/*
 * Who accepts from this socket: of the processes that hold it open the oldest,
 * and the first of all (systemd, which hands sockets on) only if there is no
 * other. False: none, or not ours to see; only root sees all.
 */
bool listener_owner(const struct listener *l, struct process *p);

/*
 * Of the processes here with one of these names (its comm, of which nothing is
 * to be concluded; NULL ends the list) the one for which `rank` is highest and
 * above 0. False: there is none.
 */
bool process_find(
    struct process *p, const char *const names[], int (*rank)(const struct process *p));
/* A rank: one that root runs. */
int process_is_roots(const struct process *p);
/* Does it execute this program? True also where we may not know. */
bool process_executes(const struct process *p, const char *program);

#endif
