/* SPDX-License-Identifier: ISC */
/*
 * A copy of this machine, in namespaces of its own, and its peer in front of
 * it. Nothing of the real machine can be changed from inside: every mount is
 * read-only, but /etc, our sbin, /var/log and the account's home, which are
 * overlays, and /run, /tmp and /dev, which are new. It has the interfaces by name and
 * address, the rule sets of nft, iptables and ipset, and the kernel's settings
 * for IP; the interface towards the peer is one end of a pair whose other end
 * stands, with the peer's address, in a network namespace of its own.
 *
 * It lives as long as the process that made it, which is process 1 inside, and
 * the process that called copy_live().
 */
#ifndef BIJK_DOCTOR_COPY_H
#define BIJK_DOCTOR_COPY_H

#include <stdbool.h>

#include "bijk-doctor/attempt.h"

#define COPY_DIR "/tmp/copy" /* ours, inside */
/* It exists when a fix had sshd started or reloaded through an init system. */
#define COPY_AGAIN COPY_DIR "/again"

struct copy {
	struct route *route; /* its `ours` and `interface` are filled in */
	bool local;	     /* the peer is this machine: no second namespace */
	int here, there;     /* network namespaces */
	int syslog;	     /* what is logged in the copy arrives here; a socket */
	/* Rule sets that could not be copied, and why: a line each. */
	char lost[1024];
};

/*
 * Runs work(arg) as process 1 of fresh namespaces, which ends with this process;
 * the copy before ends now. The rule sets of this machine are read before the
 * first copy, for all of them. False: it could not be started, or came to no
 * end within `seconds`; why.
 */
bool copy_live(int (*work)(void *arg), void *arg, unsigned seconds, char why[256]);
/* The same work once more, in the copy that is there. */
bool copy_again(unsigned seconds, char why[256]);
void copy_end(void);

/*
 * Makes the copy, in such a process; `home` is a directory that becomes an
 * overlay, besides the others. -1: why. It is not undone: the process ends.
 */
int copy_make(struct copy *c, struct route *route, const char *home, char why[256]);
/* Makes what lies below a directory one that can be changed. -1: why. */
int copy_overlay(const char *dir, char why[256]);
/* Children that are started from now on live in the namespace of the peer. */
void copy_there(const struct copy *c);
void copy_here(const struct copy *c);
/* Runs a command line in the copy, as root's shell would. Its exit code, or -1. */
int copy_shell(const char *line);
/* Appends what was logged since the last call, visible, a line each. */
void copy_logged(const struct copy *c, char *said, size_t size);

/* --- copy_rules.c and copy_net.c, of which copy_make() is made --- */

/* Keeps the rule sets of this network namespace. */
void copy_rules_keep(void);
/* In the copy's; c->lost then names those that are not all there. */
void copy_rules_make(struct copy *c);
/* The first time it is called: the same, and the routing. */
void copy_net_keep(void);
/* In the real network namespace: keeps the rest of what the copy is made from,
 * and fills in the route. -1: why. */
int copy_net_look(struct copy *c, char why[256]);
/* Makes both namespaces, and enters the one of the copy. -1: why. */
int copy_net_make(struct copy *c, char why[256]);

#endif
