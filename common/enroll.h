/* SPDX-License-Identifier: ISC */
/*
 * The node's half of a registration (protocol.md, section 5): this node introduces itself to a
 * master, and keeps what the master proves.
 *
 *   struct enroll e;
 *   if (enroll_begin(&e, config, deadline, &fail) == 0)
 *           for (each address)
 *                   result = enroll_with(&e, address, &fail);
 *   enroll_end(&e, &fail);
 */
#ifndef BIJK_ENROLL_H
#define BIJK_ENROLL_H

#include "common/config.h"
#include "common/fail.h"
#include "common/pins.h"
#include "common/pushkey.h"

#define ENROLL_SECONDS 30 /* for all of one registration */

enum enroll_result {
	ENROLL_TAKEN,
	ENROLL_PENDING, /* the master does not know this node yet */
	ENROLL_REFUSED, /* it refused us, proved nothing, or broke the protocol (f->exit_code 77 or
			   76) */
	ENROLL_UNREACHABLE, /* it was not there, fell silent, or was busy (69 or 75) */
	ENROLL_FAILED,	    /* this node could not do or keep it (73, 74) */
};

struct enroll {
	const struct node_config *config;
	struct pins *pins;
	struct pushkey keys;
	struct peercard card; /* this node's own */
};

/*
 * Opens keys and pins, and waits for their lock until d: exit code 75 when somebody else is
 * registering. Makes the node's card: name, address, port, newest key, host keys, hash. c->name
 * must be there. -1: f; call enroll_end() all the same.
 */
int enroll_begin(struct enroll *e, const struct node_config *c, deadline_t d, struct fail *f);
/* Registers with one master; whatever comes of it is noted, f says it in a sentence (but for
 * ENROLL_TAKEN). */
enum enroll_result enroll_with(struct enroll *e, const char *address, struct fail *f);
/*
 * Ends a rotation if every configured master took the next key by now, and closes everything. -1:
 * f, and the rotation goes on.
 */
int enroll_end(struct enroll *e, struct fail *f);

/*
 * This node's card alone. port and hostkeys stay empty when nothing answers for them: no sshd here
 * and no node.port. `identity` is a private key for `sshd -T -h`.
 */
int enroll_card(struct peercard *card, const struct node_config *c, const struct sshkey *key,
    const char *identity, struct fail *f);
/* The port that this machine's sshd is configured to listen on; 0 when there is no sshd. */
uint16_t enroll_sshd_port(const char *identity);

#endif
