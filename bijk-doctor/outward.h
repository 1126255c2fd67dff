/* SPDX-License-Identifier: ISC */
/*
 * One master as this node reaches it: registration's port and conversation,
 * ssh, the tunnel, and the exchange up to FROM, all with the rights of the
 * spool's owner and in a process of its own. Nothing is sent of the spool, and
 * nothing is kept on either side, but that a master which has forgotten this
 * node lists it as pending.
 */
#ifndef BIJK_DOCTOR_OUTWARD_H
#define BIJK_DOCTOR_OUTWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/fail.h"
#include "common/names.h"
#include "common/ssh/diagnosis.h"
#include "common/trust/masters.h"
#include "common/trust/register.h"

#define OUTWARD_SECONDS 45

enum reach {
	REACH_NOT_TRIED,
	REACH_GOOD,
	REACH_REFUSED, /* nobody listens, or a firewall answers so */
	REACH_SILENT,  /* no answer in time */
	REACH_NO_WAY,  /* no route, or the network says so */
};

struct outward {
	/* What is to be looked at. */
	const struct node_config *config;
	const char *host;   /* as configured */
	bool push;	    /* also the way of a push */
	bool greeting_only; /* a push would come too early, and the master would note that */
	/* What was found, as far as it went. */
	enum reach register_port, ssh_port;
	/* the conversation of a registration took place: only where it can change nothing */
	bool asked;
	enum register_result result;
	int code;			  /* enum err_code of a refusal */
	char register_why[FAIL_TEXT_MAX]; /* what the master or the network said */
	char master[NODE_NAME_MAX + 1];	  /* how it calls itself */
	/* What the node itself has noted: enum registered, and what the last
	 * try to register came to, a word. */
	int standing;
	char registered_as[NODE_NAME_MAX + 1]; /* it took this node under another name; "": no */
	char noted[16];
	/* the master was told another port or other host keys of our sshd than there are now */
	bool outdated;
	bool tunnel; /* ssh is logged in, and we are connected through it */
	int trouble; /* enum ssh_trouble, if not */
	char tunnel_why[FAIL_TEXT_MAX];
	bool exchanged; /* up to FROM or WAIT */
	char exchange_why[FAIL_TEXT_MAX];
	int exchange_code; /* enum err_code */
	bool greeted;
	uint64_t period, wait;
	int64_t skew; /* seconds, the master's clock less ours; counts if greeted */
};

/* Fills o in; the node's key pair must be there. False: the process did not
 * come to its end; what is filled in holds. */
bool outward_look(struct outward *o);

#endif
