/* SPDX-License-Identifier: ISC */
/* What this node says of itself: its card, of which a registration carries a part. */
#ifndef BIJK_NODECARD_H
#define BIJK_NODECARD_H

#include "common/config.h"
#include "common/fail.h"
#include "common/peercard.h"
#include "common/pushkey.h"

/*
 * Name, address, newest key, hash; port and host keys if there is an sshd here or node.port is set.
 * c->name must be there. -1: f. Free the card in any case.
 */
int nodecard_make(
    struct peercard *card, const struct node_config *c, const struct pushkey *keys, struct fail *f);

#endif
