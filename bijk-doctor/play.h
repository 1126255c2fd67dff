/* SPDX-License-Identifier: ISC */
/* One visit of a copy: sshd is started, fixes are run, and the other side's
 * part is played until something stops it. */
#ifndef BIJK_DOCTOR_PLAY_H
#define BIJK_DOCTOR_PLAY_H

#include <stddef.h>
#include <stdint.h>

#include "bijk-doctor/attempt.h"
#include "bijk-doctor/fix.h"

enum server {
	SERVER_NONE,   /* nothing listens there */
	SERVER_SSHD,   /* sshd itself */
	SERVER_SOCKET, /* an init system or super-server, which starts sshd */
};

enum part {
	PART_LOGIN,    /* the other side logs in, and our program answers */
	PART_SSH,      /* this machine reaches the peer's sshd */
	PART_REGISTER, /* and its port for registrations */
	PARTS,
};

#define PLAY_FIXES 6
#define PLAY_SECONDS 60

/* Plain memory, shared with the process that plays. */
struct play {
	/* What is played. */
	struct route route;
	char state[256]; /* the directory of our data here; an overlay */
	enum server server;
	char options[1024];		  /* of the real sshd, words */
	uint16_t ssh_port, register_port; /* of the peer; 0: that part is left out */
	char fix[PLAY_FIXES][FIX_TEXT];	  /* run before, in this order */
	size_t fixes;
	/* What came of it. */
	enum part part;		/* that stopped; PARTS: all went well */
	struct attempt attempt; /* of this part */
	int fix_code;		/* of the last fix */
	char lost[1024];	/* copy.h */
	char why[256];		/* no copy could be made */
};

/* False: no copy could be made, p->why. */
bool play(struct play *p);

#endif
