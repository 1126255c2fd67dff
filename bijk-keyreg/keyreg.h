/* SPDX-License-Identifier: ISC */
/* The three things that bijk-keyreg does. Each returns the program's exit code. */
#ifndef BIJK_KEYREG_H
#define BIJK_KEYREG_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"

#define KEYREG_LOCK_SECONDS 40 /* somebody else's registration with one master is over by then */

/*
 * Registers with these n masters, or with all that are configured if n is 0. With `rotate`, a new
 * key pair comes first.
 */
int keyreg_register(const struct node_config *c, char *const *masters, size_t n, bool rotate);
/* Prints this node's card. */
int keyreg_export(const struct node_config *c);
/* Keeps a master's card, which fd holds. */
int keyreg_import(const struct node_config *c, int fd);

#endif
