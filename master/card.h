/* SPDX-License-Identifier: ISC */
/* The card of this master, and keeping a node's card or registration. */
#ifndef BIJK_CARD_H
#define BIJK_CARD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/config.h"
#include "common/fail.h"
#include "common/trust/card.h"
#include "master/store/store.h"

/*
 * The card of this master: its name, its pull key (made if it is not there), in
 * a rotation the next one too, and its host keys. -1: f, also when no host key
 * is found. Free it in any case.
 */
int master_card(const struct master_config *c, struct card *card, struct fail *f);
/* As text; address: what nodes have in sender.masters, NULL: the host name. */
int master_card_export(
    const struct master_config *c, const char *address, struct buf *out, struct fail *f);

/*
 * Adds or updates a node by its card, with the secret that follows from its
 * hash and the name of this master. With name: only if the card is that node's.
 * A known node must have the same hash. The card's address is kept as that of a
 * registration. name_out has room for NODE_NAME_MAX + 1. -1: f, and nothing was
 * changed if its exit code is 65.
 */
int master_card_import(const struct master_config *c, struct store *s, const char *name,
    const char *text, size_t len, char *name_out, bool *changed, struct fail *f);

/*
 * Keeps a proved registration or a card (store_register). If that changed
 * anything, the node's failed tries are forgotten, so that it is pulled again
 * soon; it is pending no more. -1: errno.
 */
int master_card_keep(
    struct store *s, const char *name, const struct card *card, const char *source, bool *changed);

/* "registered 3d ago from 192.0.2.7, last in contact 2m ago". Static buffer. */
const char *node_seen(struct store *s, const char *name);
/*
 * May this node get this secret? A known one has another only with `replace`,
 * and no two nodes have the same. known is NULL for a new node. -1: f.
 */
int master_check_secret(struct store *s, const struct node *known, const char *name,
    const uint8_t secret[SECRET_SIZE], bool replace, struct fail *f);

#endif
