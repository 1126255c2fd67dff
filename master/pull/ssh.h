/* SPDX-License-Identifier: ISC */
/*
 * The ssh of one pull: its standard input and output are one socket of ours, and what it says on
 * standard error goes to a file in memory. A pipe could fill up while the session runs, and then
 * ssh would stand still; the file is bounded instead: an ssh that passes PULL_SAID_MAX is killed.
 */
#ifndef BIJK_PULL_SSH_H
#define BIJK_PULL_SSH_H

#include "common/base/child.h"
#include "common/config.h"
#include "master/store/store.h"

#define PULL_CONNECT_SECONDS 15
#define PULL_SAID_MAX 262144

struct pull_ssh {
	struct child child;
	int in, out; /* the session's */
	int said;    /* the file */
};

/* Starts it towards this node at its address. -1: errno. End it in any case. */
int pull_ssh_start(struct pull_ssh *p, const struct master_config *c, struct store *s,
    const struct node *n, const char *address, const char *known_hosts);
/* What it said so far, in plain text that is to be freed; NULL: no memory. */
char *pull_ssh_said(const struct pull_ssh *p);
/* Ends it; all that it said, in plain text that is to be freed (NULL: no memory). */
char *pull_ssh_end(struct pull_ssh *p);

#endif
