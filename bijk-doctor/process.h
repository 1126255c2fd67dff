/* SPDX-License-Identifier: ISC */
/* What listens on this machine, in the words of the kernel, and what runs, from
 * /proc. Anybody gives a process any name: what it executes and what it holds
 * open is what counts. */
#ifndef BIJK_DOCTOR_PROCESS_H
#define BIJK_DOCTOR_PROCESS_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/hostaddr.h"

#define LISTENERS_MAX 1024
#define PROCESS_ARGV_MAX 1024
#define PROCESS_EXE_MAX 512

/* A TCP socket of this network namespace that listens. */
struct listener {
	char address[SOCK_ADDR_MAX]; /* "0.0.0.0", "::", "127.0.0.1" */
	uint16_t port;
	bool six_only; /* "::" takes no connections over IPv4 */
	unsigned long inode;
};

/* How many; those beyond the maximum are left out. */
size_t listeners(struct listener v[LISTENERS_MAX]);
/* A line of /proc/net/tcp or tcp6; false: it is of none that listens. No I/O. */
bool listener_parse(struct listener *l, const char *line);
bool address_is_loopback(const char *address);
/* Would a connection to this address and port of ours be taken by this
 * listener? */
bool listener_takes(const struct listener *l, const char *address, uint16_t port);

struct process {
	pid_t pid;
	int64_t started;	     /* seconds since 1970 */
	bool here;		     /* not in a container: it sees the files that we see */
	bool roots;		     /* root runs it, or who it is is not ours to know */
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
/* The next process of /proc that can be looked at; false: there is none. */
bool process_next(DIR *proc, struct process *p);
/* Has the file that it executes this name? */
bool process_is(const struct process *p, const char *name);
/* Does it execute this program? True also where we may not know. */
bool process_executes(const struct process *p, const char *program);
/* May it start a program of this name for a connection: does it say so, or is it
 * an init system or super-server? True also where we may not know. */
bool process_may_start(const struct process *p, const char *program);

#endif
