/* SPDX-License-Identifier: ISC */
/*
 * The node's half of a registration (protocol.md, section 5): this node
 * introduces itself to a master, and keeps what the master proves.
 *
 *   struct registration e;
 *   if (register_begin(&e, config, deadline, &fail) == 0 &&
 *       register_restrict(&e, masters, n, &fail) == 0)
 *           for (each address)
 *                   result = register_with(&e, address, &fail);
 *   register_end(&e, &fail);
 */
#ifndef BIJK_TRUST_REGISTER_H
#define BIJK_TRUST_REGISTER_H

#include "common/base/deadline.h"
#include "common/config.h"
#include "common/fail.h"
#include "common/trust/card.h"
#include "common/trust/keypair.h"
#include "common/trust/masters.h"

/* --- This node's own card, of which a registration carries a part --- */

#define OWN_CARD_ADDRESS 256

/*
 * The address under which a master is told that it reaches this node:
 * node.address, or else the source address towards it, unless that means
 * nothing elsewhere (loopback, link-local). out has room for OWN_CARD_ADDRESS;
 * false: there is none.
 */
bool own_card_address(const struct node_config *c, const char *master, char *out);

/*
 * Name, address (towards the first master that has one), newest key, hash; port
 * and host keys if there is an sshd here or node.port is set. c->name must be
 * there. -1: f. Free the card in any case.
 */
int own_card_make(
    struct card *card, const struct node_config *c, const struct pushkey *keys, struct fail *f);

/* --- Registering --- */

#define REGISTER_SECONDS 30 /* for all of one registration */

enum register_result {
	REGISTER_TAKEN,
	REGISTER_PENDING,     /* the master does not know this node yet (exit code 75) */
	REGISTER_REFUSED,     /* it refused, proved nothing, or violated the protocol (77, 76) */
	REGISTER_UNREACHABLE, /* it was not there, fell silent, or was busy (69, 75) */
	REGISTER_FAILED,      /* this node could not keep what came (73, 74) */
};

struct wire;

/* A master that was looked up: its addresses, or why it has none. */
struct register_host {
	const char *address;
	char ours[256]; /* where it reaches us; "": as it sees us */
	struct addrinfo *list;
	const char *why;
};

struct registration {
	const struct node_config *config;
	struct masters *masters; /* open for change */
	struct pushkey keys;
	struct card card; /* this node's own */
	struct register_host *hosts;
	size_t n; /* of hosts */
};

/*
 * Opens the masters for change (exit code 75 if another process holds them
 * until d) and the keys, and makes the node's card. c->name must be there. -1:
 * f; register_end() is due all the same.
 */
int register_begin(
    struct registration *e, const struct node_config *c, deadline_t d, struct fail *f);
/* Begins a rotation: from here on the new key is registered. -1: f. */
int register_rotate(struct registration *e, struct fail *f);
/*
 * Looks these masters up, and restricts the process for good to what
 * registering with them takes: nothing is run and nothing looked up after it.
 * -1: f.
 */
int register_restrict(struct registration *e, char *const *masters, size_t n, struct fail *f);
/*
 * The conversation alone, over w, about this node as `me` says it (with its
 * hash): nothing is kept. What the master proved comes into *answer, to be
 * freed in any case; but for REGISTER_TAKEN f has the sentence.
 */
enum register_result register_talk(
    const struct card *me, struct wire *w, struct card *answer, struct fail *f);
/*
 * Registers with one master, whose address is configured. The result is noted;
 * but for REGISTER_TAKEN f has the sentence and the exit code.
 */
enum register_result register_with(struct registration *e, const char *address, struct fail *f);
/*
 * Ends a rotation if every configured master has taken the next key by now, and
 * closes everything. -1: f, and the rotation goes on.
 */
int register_end(struct registration *e, struct fail *f);

#endif
