/* SPDX-License-Identifier: ISC */
/*
 * What a node knows of its masters, and what follows from it.
 *
 * In the state directory:
 *   masters/ADDRESS         the card (protocol.md, section 6) of the master that
 *                           is configured under this address, from a
 *                           registration or an import; the card's ADDRESS is
 *                           that one
 *   known_hosts             made from these: `ADDRESS TYPE BASE64`, ADDRESS
 *                           being the HostKeyAlias
 *   .ssh/authorized_keys    made from these:
 *                           `restrict,command="pull" TYPE BASE64
 *                           bijk-master:ADDRESS`. Other keys belong into
 *                           authorized_keys2, which is never written
 *   state/register-ADDRESS  small state: how registering went. It is written at
 *                           every try, may be lost, and is therefore not part
 *                           of the card
 *   state/register.lock     held while any of these is changed
 *
 * Cards in masters/ whose address is no longer configured are dropped, with all
 * that follows from them.
 *
 * The cards are the truth. A new card is written before its master is let in; a
 * dropped master leaves authorized_keys and known_hosts before its card. Each
 * file is replaced durably and whole, and only when it differs: after a crash
 * the next opening for change finishes what was begun.
 */
#ifndef BIJK_TRUST_MASTERS_H
#define BIJK_TRUST_MASTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/deadline.h"
#include "common/config.h"
#include "common/fail.h"
#include "common/log/acks.h"
#include "common/ssh/tunnel.h"
#include "common/trust/card.h"
#include "common/trust/keypair.h"
#include "common/trust/register_state.h"

struct masters;

enum masters_mode {
	MASTERS_READ,	/* takes no lock, changes nothing */
	MASTERS_CHANGE, /* holds the lock; brings everything in line with the configuration first */
};

/*
 * NULL: f; its exit code is 75 when the lock was held past the deadline (which
 * counts for MASTERS_CHANGE only). The configuration must outlive it.
 */
struct masters *masters_open(
    const struct node_config *c, enum masters_mode mode, deadline_t d, struct fail *f);
void masters_close(struct masters *ms);
/*
 * After MASTERS_READ: would opening for change write anything? (The
 * configuration or a file was edited, or a crash.)
 */
bool masters_stale(const struct masters *ms);

/* Is this one of sender.masters? */
bool masters_configured(const struct node_config *c, const char *address);
/* The name of the master pinned for this address; NULL when there is none. */
const char *masters_name(const struct masters *ms, const char *address);
/*
 * Who must have a record before it is freed, into *c: sender.copies of the
 * configured masters, or all where there are fewer. NULL where one is enough,
 * whichever it is (copies: 1). Without ms (NULL) nobody counts.
 */
const struct copies *masters_copies(
    const struct node_config *config, const struct masters *ms, struct copies *c);
/* How many keys are let in. */
size_t masters_keys(const struct masters *ms);
/* What a tunnel to this master needs. Its strings belong to ms and keys. */
struct tunnel_to masters_tunnel(
    const struct masters *ms, const struct pushkey *keys, const char *address);

enum registered {
	/*
	 * No card, or none of our present keys, or not our present name, was
	 * taken: register before ssh is tried, for sshd punishes a key that it
	 * refuses.
	 */
	UNREGISTERED,
	CARD_ONLY,  /* a card came by hand, as our key may have there */
	REGISTERED, /* with a key that we have */
};
enum registered masters_registered(
    const struct masters *ms, const char *address, const struct pushkey *keys);
/* Has this master taken just this key? */
bool masters_took(const struct masters *ms, const char *address, const struct sshkey *k);
/* How registering with it went; NULL: it is none of the configured. */
const struct register_state *masters_state(const struct masters *ms, const char *address);

/* What follows needs MASTERS_CHANGE. The keys of the card move to ms. -1: f. */

/*
 * Keeps what a proved answer brought, and that this master took our key and the
 * rest of our card.
 */
int masters_put(struct masters *ms, const char *address, struct card *card,
    const struct sshkey *took, const struct card *ours, struct fail *f);
/*
 * Keeps a card under its own ADDRESS, which must be configured. *changed: none
 * or another was there.
 */
int masters_import(struct masters *ms, struct card *card, bool *changed, struct fail *f);
/*
 * Notes a try to register just now; result is a word, reason a sentence. A
 * failure is only warned of.
 */
void masters_note(struct masters *ms, const char *address, const char *result, const char *reason);

#endif
