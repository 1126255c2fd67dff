/* SPDX-License-Identifier: ISC */
/*
 * The tunnel to a master's bijk-recv: our own ssh with one forwarding, and a
 * connection through it. Its local end is a port, or ssh's own standard input
 * and output (sender.local).
 *
 * Another program on the local end learns nothing, for what goes through is
 * sealed. We connect only after our ssh has said that it listens, to tell such
 * a program from a master that is away.
 */
#ifndef BIJK_SSH_TUNNEL_H
#define BIJK_SSH_TUNNEL_H

#include "common/base/buf.h"
#include "common/base/child.h"
#include "common/config.h"
#include "common/fail.h"
#include "common/ssh/diagnosis.h"

struct tunnel {
	int fd;		 /* for the session, in both directions */
	struct buf said; /* by ssh, as far as it was read */
	struct child ssh;
	const char *local; /* our end, as sender.local has it */
};

struct tunnel_to {
	const struct node_config *config;
	const char *address;	 /* of the master, as sender.masters has it */
	const char *identity[2]; /* private keys; the second may be NULL */
	const char *known_hosts; /* the master's host keys, under its address */
};

/*
 * Starts ssh to this master and connects. 0: t->fd is ready (over stdio ssh may
 * still be logging in). -1: f, and *v is the diagnosis, SSH_TROUBLE_NONE where
 * it was not ssh. Close it in any case.
 */
int tunnel_open(
    struct tunnel *t, const struct tunnel_to *to, struct ssh_verdict *v, struct fail *f);
/* Diagnoses an ssh that failed, or a session that got nowhere. Returns -1. */
int tunnel_explain(struct tunnel *t, struct ssh_verdict *v, struct fail *f);
/* Ends ssh. */
void tunnel_close(struct tunnel *t);

#endif
