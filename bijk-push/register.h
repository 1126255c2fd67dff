/* SPDX-License-Identifier: ISC */
/*
 * Registrations that bijk-push sees to by itself (design.md, "Registration"): every 5 minutes with
 * a master that has not taken this node, or not the key of a rotation yet, or was told of another name, address, sshd
 * port or host keys than there are now; once a day with every other one that this node
 * has registered with, whose keys may have changed; and with one whose sshd says that it does not know us, or shows a host key that
 * is not the pinned one, or which greets with another name.
 */
#ifndef BIJK_PUSH_REGISTER_H
#define BIJK_PUSH_REGISTER_H

#include <stdbool.h>

#include "bijk-push/push.h"

#define REGISTER_EVERY 300
#define REGISTER_DAILY 86400

/* Is it time to register with any master? With `at_once`, only whether one has not taken this node.
 */
bool register_due(const struct known *k, bool at_once);
/*
 * Registers with every master that is due; *k is opened anew. 0, or the exit code for the last that
 * did not take this node. With `at_once`, every one is told about; else a master that only has not
 * been told of this node yet is no event.
 */
int register_run(struct known *k, bool at_once);
/* ssh and these did not know each other: registers again where 5 minutes have passed since the last
 * try. */
void register_again(struct known *k, masters_set strangers);

#endif
