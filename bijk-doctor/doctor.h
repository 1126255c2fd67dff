/* SPDX-License-Identifier: ISC */
/*
 * One visit of the doctor, and the checks that it makes. Checks run in the
 * order of a table in bijk-doctor.c, each at most a few seconds; none changes
 * anything. A check whose question makes no sense because an earlier one failed
 * says VERDICT_SKIP and why, so that one fault has one name.
 */
#ifndef BIJK_DOCTOR_H
#define BIJK_DOCTOR_H

#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/facts.h"
#include "bijk-doctor/report.h"
#include "bijk-doctor/sshd_facts.h"
#include "common/base/child.h"
#include "common/base/deadline.h"
#include "common/config.h"

#define NODE_USER "bijk"
#define LOGIN_SHELL BIJK_PREFIX "/sbin/bijk-login"
#define MASTER_USER "bijk-master"
/* What an installation makes, and the configuration has by itself. */
#define NODE_STATE "/var/lib/bijk"
#define MASTER_STATE "/var/lib/bijk-master"

struct doctor {
	const char *config_path;
	char config_why[YAML_WHY_MAX]; /* what is wrong with it; "": nothing */
	struct report *report;
	bool root;	/* some things only root can see */
	bool is_master; /* --master */
	/* Gathered before the first check. */
	char key[PATH_MAX]; /* our private key */
	struct facts facts;
	struct sshd_facts sshd;
	/* Of a node. */
	struct node_config node;
	struct child push_run; /* doctor_ask_push() */
	deadline_t push_end;
	struct answer push;  /* what it said by now; its code, once it has ended */
	bool pulled;	     /* a master may pull it: sshd and what stands before it count */
	bool way_out_closed; /* by this machine itself: rehearse.c */
	bool pushes;	     /* it may push */
	/* With --master. */
	struct master_config master;
};

struct check {
	const char *name; /* for scripts: stable */
	void (*run)(struct doctor *d);
};

/* The port where a pull reaches this node's sshd: node.port, else what sshd
 * listens on, else 22. */
uint16_t doctor_ssh_port(struct doctor *d);

/*
 * A command (words of a shell) that this account is to run: root follows no
 * link that the account lays on a path below its home. It leaves root's
 * terminal, into which another process of the account's could type by way of it.
 */
void doctor_mend_as(struct doctor *d, const char *user, const char *command);
/*
 * Has all below the state given to this account, which only root can do, while
 * the account may be changing what lies there: find holds each directory open
 * that it is in, and chown -h follows no link. A hard link to a file of
 * another's the kernel refuses to make (fs.protected_hardlinks); without that,
 * or in another place than that of an installation, it is no command but a
 * question.
 */
void doctor_mend_owner(struct doctor *d, const char *user, const char *state);

/* A line of `bijk-push --test`: "bad   HOST, WHAT: TEXT", or without a host
 * where it is about this node itself. */
struct said {
	enum verdict verdict;
	char host[320]; /* of a master, or "" */
	char what[320]; /* with the host */
	char text[1024];
};
/* Asks bijk-push, once: it goes the way to the masters, which may take long,
 * while other things are looked at. */
void doctor_ask_push(struct doctor *d);
/* The next line, once it is said; *at is NULL at first. False: there is no
 * other. Its own things come before those of a master. */
bool doctor_push_said(struct doctor *d, const char **at, struct said *s);
/* What is wrong with the program itself, behind its last line. */
void doctor_tell_push(struct doctor *d);

/* A note of who listens on this port here. */
void doctor_note_owner(struct doctor *d, uint16_t port);

/* In this order, on both: */
void check_config(struct doctor *d);
/* At a master. */
void check_master_own(struct doctor *d);
void check_listeners(struct doctor *d);
void check_master_rehearsal(struct doctor *d);
void check_dropin(struct doctor *d);
void check_fleet(struct doctor *d);
/* Addresses of nodes, as numbers, at most max; how many. */
size_t fleet_addresses(struct doctor *d, char out[][SOCK_ADDR_MAX], size_t max);

/* On a node. */
void check_own(struct doctor *d);
void check_rehearsal(struct doctor *d);
void check_outward(struct doctor *d);
/* On both. */
void check_cron(struct doctor *d);
#endif
