/* SPDX-License-Identifier: ISC */
/*
 * What a node knows of its masters, and what follows from it.
 *
 * In the state directory:
 *   masters/ADDRESS          the card (protocol.md, section 6) of the master that is configured under
 *                            this address, from a registration or an import; the card's ADDRESS is
 *                            that one
 *   imported/ADDRESS         a card imported by hand for an address that is not in sender.masters. It
 *                            stays until somebody removes the file, or moves to masters/ when the
 *                            address is configured
 *   known_hosts              made from both: `ADDRESS TYPE BASE64`, ADDRESS being the HostKeyAlias
 *   .ssh/authorized_keys     our lines are made from both (authorized.h); every other line stays as it
 *                            is, byte for byte
 *   state/register-ADDRESS   small state: how registering went (standing.h)
 *   state/register.lock      held by who changes any of these
 *
 * Cards in masters/ whose address is configured no more are dropped with all that follows from
 * them.
 *
 * The cards are the truth. What is new is written to its card before it is let in, what goes leaves
 * authorized_keys and known_hosts before its card, each file is replaced durably and whole, and
 * only when it differs: after a crash the next opening for change finishes what was begun.
 */
#ifndef BIJK_TRUST_PINS_H
#define BIJK_TRUST_PINS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/deadline.h"
#include "common/config.h"
#include "common/fail.h"
#include "common/trust/card.h"
#include "common/trust/keypair.h"
#include "common/trust/standing.h"

struct pins;

enum pins_mode {
	PINS_READ,   /* takes no lock, changes nothing */
	PINS_CHANGE, /* holds the lock; brings everything in line with the configuration first */
};

/*
 * NULL: f; its exit code is 75 when the lock was held past the deadline (which counts for
 * PINS_CHANGE only). The configuration must outlive it.
 */
struct pins *pins_open(
    const struct node_config *c, enum pins_mode mode, deadline_t d, struct fail *f);
void pins_close(struct pins *p);
/*
 * After PINS_READ: would opening for change write anything? (The configuration or a file was
 * edited, or a crash.)
 */
bool pins_stale(const struct pins *p);

/* Is this one of sender.masters? */
bool pins_configured(const struct node_config *c, const char *address);
/* The path of known_hosts, for ssh. */
const char *pins_known_hosts(const struct pins *p);
/* The name of the master pinned for this address; NULL when there is none. */
const char *pins_master_name(const struct pins *p, const char *address);

enum pin {
	/* No card, or none of our present keys, or not our present name, was taken: register before ssh is tried. */
	PIN_NONE,
	PIN_CARD, /* a card, and no registration known: it came by hand, as our key may have there */
	PIN_TAKEN, /* registered with a key that we have */
};
enum pin pins_standing(const struct pins *p, const char *address, const struct pushkey *keys);
/* Has this master taken just this key? */
bool pins_took(const struct pins *p, const char *address, const struct sshkey *k);
/* When registering with it was last tried, whatever came of it: seconds since 1970, 0 for never. */
int64_t pins_tried(const struct pins *p, const char *address);
/* How registering with it went; NULL: it is none of the configured. */
const struct standing *pins_registered(const struct pins *p, const char *address);

/* What follows needs PINS_CHANGE. */

/* Keeps what a proved answer brought, and that this master took our key and the rest of our card. */
int pins_put(struct pins *p, const char *address, const struct card *card,
    const struct sshkey *took, const struct card *ours, struct fail *f);
/* Keeps an imported card, under its own ADDRESS. *changed: there was none, or another one. */
int pins_import(struct pins *p, const struct card *card, bool *changed, struct fail *f);
/* Notes a try to register just now; result is a word, reason a sentence. A failure is only warned of. */
void pins_note(struct pins *p, const char *address, const char *result, const char *reason);

#endif
