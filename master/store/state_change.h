/* SPDX-License-Identifier: ISC */
/* Changing what is remembered of a node, when others may be doing it at the same time. */
#ifndef BIJK_STORE_STATE_CHANGE_H
#define BIJK_STORE_STATE_CHANGE_H

#include "master/store/store.h"

/*
 * Reads the state, has it changed, and writes it, under its lock. A failure is a warning, for small
 * state may be lost.
 */
void state_change(struct store *s, const char *name,
    void (*change)(struct node_state *st, const void *arg), const void *arg);

#endif
