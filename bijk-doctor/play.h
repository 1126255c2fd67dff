/* SPDX-License-Identifier: ISC */
/* One visit of a copy: sshd is started, fixes are run, and the other side's
 * part is played until something stops it. */
#ifndef BIJK_DOCTOR_PLAY_H
#define BIJK_DOCTOR_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bijk-doctor/attempt.h"
#include "bijk-doctor/fix.h"
#include "common/base/deadline.h"

enum server {
	SERVER_NONE,   /* nothing listens there */
	SERVER_SSHD,   /* sshd itself */
	SERVER_SOCKET, /* an init system or super-server, which starts sshd */
};

enum part {
	PART_LOGIN,    /* the other side logs in, and our program answers */
	PART_SSH,      /* this machine reaches the peer's sshd */
	PART_REGISTER, /* and its port for registrations */
	PART_JOIN,     /* at a master: a new node registers */
	PART_PUSH,     /* and pushes */
	PARTS,
};

#define PLAY_FIXES 6
#define PLAY_SECONDS 60

/* Plain memory, shared with the process that plays. */
struct play {
	/* What is played. */
	struct route route;
	char state[256]; /* the directory of our data here; an overlay */
	bool master;	 /* the copy is one: a node comes to it */
	enum server server;
	char options[1024];		    /* of the real sshd, words */
	uint16_t ssh_port, register_port;   /* of the peer; 0: that part is left out */
	char fix[PLAY_FIXES][2 * FIX_TEXT]; /* run before, in this order */
	size_t fixes;
	/* What came of it. */
	enum part part;		/* that stopped; PARTS: all went well */
	struct attempt attempt; /* of this part */
	bool listens;		/* something of the copy, where the peer comes to */
	char lost[1024];	/* copy.h */
	char why[256];		/* no copy could be made */
};

/*
 * In a fresh copy, in which the fixes are run first. But if the packets of the
 * play before did not even get through the packet filter, and one more fix is
 * all that is new, that copy is as fresh, and it goes on there, unless it is
 * stopped by something else of the same part: tries may have been counted.
 * False: no copy could be made, p->why.
 */
bool play(struct play *p);
/* Lets go of the last copy. */
void play_end(void);

/* --- Between play.c, play_key.c, play_login.c and play_push.c --- */

#define PLAY_KEY "/tmp/copy/key" /* in COPY_DIR */

struct argv;
struct copy;
struct trace;

/* Serves connections to this port by a program of the copy, as a super-server
 * does; as this user, NULL: root. Frees the arguments. */
void play_serve(const char *address, uint16_t port, struct argv *a, const char *user);
/* Adds what sshd and syslog of the copy said to p->attempt. */
void play_say(struct play *p, const struct copy *c);
/* Makes a node that the copy, a master, knows, and serves the master's ports. */
void play_master(struct play *p);
/* The options of the real sshd. */
void play_options(struct argv *a, const struct play *p);
/* Makes PLAY_KEY, and lets it in. */
void play_key(const struct play *p);
/* PART_LOGIN. */
void play_login(struct play *p, const struct copy *c, struct trace *t);

#define PATIENCE_MS 10000 /* for an answer, or it is taken for stopped */

struct patience {
	struct trace *trace;
	unsigned drops;
	int64_t first; /* moment of the first drop that was seen; 0: none */
	deadline_t end;
};
/* Will nothing come of it any more? */
bool play_is_over(struct patience *p);
/* Has a worker do a part of it, as long as something may come of that. */
void play_worker(struct trace *t, int (*work)(void *arg), void *arg);
/* PART_JOIN and PART_PUSH. */
void play_node(struct play *p, const struct copy *c, struct trace *t);

#endif
