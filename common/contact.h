/* SPDX-License-Identifier: ISC */
/*
 * What a node remembers of its sessions with masters, and when a push is due
 * (design.md, "When a push is due"). Small state, and who writes it:
 *
 *   state/last-pull     bijk-login             time, master; with copies above 1
 *                       pulls: master and time of each within pull_timeout
 *   state/last-renewal  bijk-login, bijk-push  time
 *   state/last-push     bijk-push              began, ended, address, master,
 *                       period, wait_until, wait_address, busy, busy_until,
 *                       failures, failed
 *
 * Times are seconds since 1970, 0 for never. A time in the future is ignored:
 * the clock was set back.
 */
#ifndef BIJK_CONTACT_H
#define BIJK_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/names.h"

#define CONTACT_WAIT_MAX 86400 /* the longest WAIT (protocol.md, section 4) */
#define CONTACT_RENEWAL 3600   /* seconds between two new ids of the log */
#define CONTACT_BUSY_MIN 60    /* the first delay after "busy" or "penalised"; it doubles */
#define CONTACT_BUSY_MAX 960
#define CONTACT_ADDRESS_MAX 256
#define CONTACT_PULLS 32

struct pulled {
	char master[NODE_NAME_MAX + 1];
	int64_t time;
};

struct contact {
	int64_t last_pull; /* the last contact by pull ended */
	char pull_master[NODE_NAME_MAX + 1];
	struct pulled pulls[CONTACT_PULLS]; /* and those by other masters; each has one */
	size_t pulls_n;
	int64_t push_began, push_ended; /* the last good push */
	char push_master[NODE_NAME_MAX + 1];
	char push_address[CONTACT_ADDRESS_MAX]; /* that master, as sender.masters has it */
	uint64_t period;			/* the shortest that it allowed */
	int64_t wait_until;			/* the master at wait_address said WAIT */
	char wait_address[CONTACT_ADDRESS_MAX];
	uint64_t busy; /* runs in a row that ended with "busy" or "penalised" */
	int64_t busy_until;
	uint64_t failures; /* runs in a row in which a push was due and no master took it, */
	int64_t failed;	   /* and when the last of them ended */
};

/* A pull moved the acknowledgement, or had nothing to do. -1: errno. */
int contact_pulled(const struct node_config *c, const char *master);
/*
 * May the log get a new id because a master asks for it? Once an hour: else one
 * master could fill the archives of all others with ids. It is noted when it is
 * done: a process that noted it before and was killed would wait an hour for
 * nothing.
 */
bool contact_may_renew(const struct node_config *c);
void contact_renewed(const struct node_config *c);
/* Reads it all; what is unreadable counts as never. */
void contact_read(const struct node_config *c, struct contact *k);
/* Writes all that concerns pushes. -1: errno. */
int contact_write_push(const struct node_config *c, const struct contact *k);

/*
 * These change k only. A push that began at `began` is done; its master allows
 * this period.
 */
void contact_pushed(struct contact *k, int64_t began, int64_t now, const char *address,
    const char *master, uint64_t period);
void contact_told_to_wait(struct contact *k, int64_t now, const char *address, uint64_t seconds);
/* No master took it. */
void contact_failed(struct contact *k, int64_t now);
/* How many failed in a row: a pull since then, or no pushing, ends the row. */
uint64_t contact_failures(const struct node_config *c, const struct contact *k);
/* All masters were busy: double the delay, with 50 % jitter. */
void contact_busy(struct contact *k, int64_t now, uint32_t random);

/*
 * When a period counts as over, at the node and at the master: 30 s before its
 * end, or after half of it at 60 s or less. Otherwise cron's minute would
 * stretch 240 s to 300.
 */
uint64_t period_counts(uint64_t period);

enum push_due {
	PUSH_DUE,
	PUSH_OFF,	/* sender.mode is never */
	PUSH_PULLED,	/* enough masters pulled recently */
	PUSH_TOO_EARLY, /* the period since the last good push is not over */
	PUSH_WAIT,	/* a master said WAIT */
	PUSH_BACK_OFF,	/* the others were busy */
};

/* Did this master pull within pull_timeout? Only if sender.copies is above 1. */
bool contact_pulled_by(
    int64_t now, const struct node_config *c, const struct contact *k, const char *master);
/*
 * A master's period, or its WAIT, holds up pushes only while it is the first of
 * sender.masters: a later one has no say about those before it, and a removed
 * one none at all.
 */
enum push_due push_due(int64_t now, const struct node_config *c, const struct contact *k);
/* No push is due, because a master pulls this node. */
bool contact_pulls_come(const struct node_config *c);
/* In words, for -v. */
const char *push_due_text(enum push_due d);

#endif
