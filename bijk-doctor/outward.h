/* SPDX-License-Identifier: ISC */
/*
 * The way to one master, really taken: its sshd, registration, the tunnel, and
 * the exchange up to FROM, with the rights of the spool's owner and in a
 * process of its own. Nothing is sent of the spool, and nothing is kept on
 * either side, but that a master which has forgotten this node lists it as
 * pending.
 */
#ifndef BIJK_DOCTOR_OUTWARD_H
#define BIJK_DOCTOR_OUTWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bijk-doctor/report.h"
#include "common/config.h"
#include "common/fail.h"
#include "common/names.h"

#define OUTWARD_STEPS 8

/* What is to be done; the words of it are the caller's. */
enum advice {
	ADVICE_NONE,
	ADVICE_AT_MASTER,    /* look there */
	ADVICE_START_SSHD,   /* there */
	ADVICE_CARDS,	     /* instead of the port of registration */
	ADVICE_ADD,	     /* this node, there */
	ADVICE_REPLACE_HASH, /* of this node, there */
	ADVICE_SWITCH_ON,    /* this node, there */
	ADVICE_NAME,	     /* is `known_as` our name, or is this another machine? */
	ADVICE_REGISTER,
	ADVICE_REGISTER_HOSTKEY,
	ADVICE_LOCAL_PORT, /* is taken */
	ADVICE_CLOCK,
};

struct outward {
	/* What is to be tried. */
	const struct node_config *config;
	const char *host;   /* as configured */
	bool push;	    /* also the way of a push */
	bool greeting_only; /* a push would come too early, and the master would note that */
	bool pulled;	    /* lately */
	enum verdict told_otherwise; /* of a master that knows another sshd than the one here */
	/* What came of it, in order; nothing is tried behind a failure. */
	struct outward_step {
		enum verdict verdict;
		char what[24];
		char found[FAIL_TEXT_MAX + 64];
		enum advice advice;
	} step[OUTWARD_STEPS];
	size_t n;
	char known_as[NODE_NAME_MAX + 1]; /* for ADVICE_NAME */
	int64_t skew; /* for ADVICE_CLOCK: the master's clock less ours, seconds */
};

/* The node's key pair must be there. False: the process did not come to its
 * end; what is filled in holds. */
bool outward_try(struct outward *o);

#endif
