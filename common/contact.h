/* SPDX-License-Identifier: ISC */
/*
 * What a node remembers of its sessions with masters, and when a push is due by it (design.md,
 * "When a push is due"). Small state in two files, each written by one program only:
 *
 *   state/last-pull   time, master                                  bijk-login
 *   state/last-renewal time             bijk-login, bijk-push
 *   state/last-push   began, ended, address, master, period,
 *                     wait_until, wait_address, busy, busy_until    bijk-push
 *
 * Times are seconds since 1970, 0 for never. One that lies in the future says nothing: the clock
 * was set back.
 */
#ifndef BIJK_CONTACT_H
#define BIJK_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/names.h"

#define CONTACT_WAIT_MAX 86400 /* the longest WAIT (protocol.md, section 4) */
#define CONTACT_RENEWAL 3600   /* seconds between two new ids of the log */
#define CONTACT_BUSY_MIN 60    /* the first distance after "busy" or "penalised"; it doubles */
#define CONTACT_BUSY_MAX 960
#define CONTACT_ADDRESS_MAX 256

struct contact {
	int64_t last_pull; /* the last contact by pull ended */
	char pull_master[NODE_NAME_MAX + 1];
	int64_t push_began, push_ended; /* the last good push */
	char push_master[NODE_NAME_MAX + 1];
	char push_address[CONTACT_ADDRESS_MAX]; /* that master, as sender.masters has it */
	uint64_t period;			/* the shortest that it allowed */
	int64_t wait_until;			/* the master at wait_address said WAIT */
	char wait_address[CONTACT_ADDRESS_MAX];
	uint64_t busy; /* runs in a row that ended at "busy" or "penalised" */
	int64_t busy_until;
};

/* Notes a contact by pull: an acknowledgement that advanced, or a session with nothing to send. -1:
 * errno. */
int contact_pulled(const struct node_config *c, const char *master);
/*
 * May the log get a new id, at a master's word? Once an hour: one master could else fill the
 * archives of all others with ids. It is noted when it is done, for who notes it before and is
 * killed would wait an hour for nothing.
 */
bool contact_may_renew(const struct node_config *c);
void contact_renewed(const struct node_config *c);
/* What is remembered; what cannot be read is as if it had never been. */
void contact_read(const struct node_config *c, struct contact *k);
/* Keeps all of it that concerns pushes. -1: errno. */
int contact_write_push(const struct node_config *c, const struct contact *k);

/* These change k only. A push that `began` then is over and good; its master allows this period. */
void contact_pushed(struct contact *k, int64_t began, int64_t now, const char *address,
    const char *master, uint64_t period);
void contact_told_to_wait(struct contact *k, int64_t now, const char *address, uint64_t seconds);
/* The others are busy: the next try comes after twice the distance, give or take half; `random` is
 * any number. */
void contact_busy(struct contact *k, int64_t now, uint32_t random);

/*
 * After how many seconds a period counts as over, at the node and at the master: 30 s before its
 * end, at 60 s or less after half of it. Or cron's minute would stretch 240 s to 300.
 */
uint64_t period_counts(uint64_t period);

enum push_due {
	PUSH_DUE,
	PUSH_OFF,	/* sender.mode is never */
	PUSH_PULLED,	/* a pull came lately */
	PUSH_TOO_EARLY, /* the period since the last good push is not over */
	PUSH_WAIT,	/* a master's WAIT holds */
	PUSH_BACK_OFF,	/* the others were busy */
};

/*
 * What a master said of its period, or with WAIT, holds pushes up only as long as it is the first of sender.masters: a later
 * one has no say about those before it, and one that was taken out none at all.
 */
enum push_due push_due(int64_t now, const struct node_config *c, const struct contact *k);
/* In words, for -v. */
const char *push_due_text(enum push_due d);

#endif
