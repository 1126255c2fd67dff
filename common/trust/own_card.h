/* SPDX-License-Identifier: ISC */
/* What this node says of itself: its card, of which a registration carries a part. */
#ifndef BIJK_TRUST_OWN_CARD_H
#define BIJK_TRUST_OWN_CARD_H

#include <stdbool.h>

#include "common/config.h"
#include "common/fail.h"
#include "common/trust/card.h"
#include "common/trust/keypair.h"

#define OWN_CARD_ADDRESS 256

/*
 * The address under which a master is told that it reaches this node: node.address, or else the source address on the way
 * to it, unless that means nothing elsewhere (loopback, link-local). out has room for
 * OWN_CARD_ADDRESS; false: there is none.
 */
bool own_card_address(const struct node_config *c, const char *master, char *out);

/*
 * Name, address (towards the first master that has one), newest key, hash; port and host keys if there is an sshd here or node.port is set.
 * c->name must be there. -1: f. Free the card in any case.
 */
int own_card_make(
    struct card *card, const struct node_config *c, const struct pushkey *keys, struct fail *f);

#endif
