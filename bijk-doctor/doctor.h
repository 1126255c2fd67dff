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

#include "bijk-doctor/facts.h"
#include "bijk-doctor/masters.h"
#include "bijk-doctor/report.h"
#include "bijk-doctor/sshd_facts.h"
#include "common/config.h"

#define NODE_USER "bijk"
#define LOGIN_SHELL "/usr/sbin/bijk-login"
#define MASTER_USER "bijk-master"
/* What an installation makes, and the configuration has by itself. */
#define NODE_STATE "/var/lib/bijk"
#define MASTER_STATE "/var/lib/bijk-master"

struct doctor {
	const char *config_path;
	struct report *report;
	bool root;	/* some things only root can see */
	bool is_master; /* --master */
	/* Of a node, gathered before the first check. */
	struct node_config node; /* with defaults if the file is wrong */
	struct facts facts;
	struct master_addresses masters;
	bool pulled; /* a master may pull it: sshd and what stands before it count */
	bool pushes; /* it may push */
	/* With --master. */
	struct master_config master;
	struct sshd_facts sshd; /* of either */
};

struct check {
	const char *name; /* for scripts: stable */
	void (*run)(struct doctor *d);
};

/* The port where a pull reaches this node's sshd: node.port, else what sshd
 * listens on, else 22. */
uint16_t doctor_ssh_port(const struct doctor *d);

/*
 * Has all below `path` given to this account. As a command only below the
 * directory that an installation makes: anywhere else the path may be a wrong
 * one, of which root would give away what is others'.
 */
void doctor_mend_owner(struct doctor *d, const char *user, const char *path);
/* FAIL, and the mend, when something directly in this directory does not belong
 * to this account. */
void doctor_look_inside(
    struct doctor *d, const char *what, const char *path, const char *user, uid_t owner);

/* At a master, in this order. */
void check_master_config(struct doctor *d);
void check_master_own(struct doctor *d);
void check_master_account(struct doctor *d);
void check_master_sshd(struct doctor *d);
void check_listeners(struct doctor *d);
void check_master_cron(struct doctor *d);
void check_fleet(struct doctor *d);

/* On a node, in this order. */
void check_config(struct doctor *d);
void check_own(struct doctor *d);
void check_records(struct doctor *d);
void check_rehearsal(struct doctor *d);
void check_outward(struct doctor *d);
void check_cron(struct doctor *d);
#endif
