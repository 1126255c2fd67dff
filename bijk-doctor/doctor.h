/* SPDX-License-Identifier: ISC */
/*
 * One visit of the doctor, and the checks that it makes. Checks run in the order of a table in
 * bijk-doctor.c, each at most a few seconds; none changes anything. A check whose question makes no
 * sense because an earlier one failed says VERDICT_SKIP and why, so that one fault has one name.
 */
#ifndef BIJK_DOCTOR_H
#define BIJK_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "bijk-doctor/masters.h"
#include "bijk-doctor/report.h"
#include "common/config.h"

struct doctor {
	const char *config_path;
	struct node_config node;     /* with defaults if the file is wrong */
	struct master_config master; /* with --master */
	bool root;		     /* some things only root can see */
	struct report *report;
	struct masters masters; /* of node.sender; see masters.h */
};

struct check {
	const char *name; /* for scripts: stable */
	void (*run)(struct doctor *d);
};

/* The port where a pull reaches this node's sshd: node.port, else what sshd listens on, else 22. */
uint16_t doctor_ssh_port(const struct doctor *d);

/* On a node, in this order. */
void check_config(struct doctor *d);

#endif
