/* SPDX-License-Identifier: ISC */
/* The network of a copy (copy.h): interfaces, addresses, rule sets. */
#ifndef BIJK_DOCTOR_COPY_NET_H
#define BIJK_DOCTOR_COPY_NET_H

#include "bijk-doctor/copy.h"

/* In the real network namespace: keeps what the copy is made from, and fills in
 * the route. -1: why. */
int copy_net_look(struct copy *c, char why[256]);
/* Makes both namespaces, and enters the one of the copy. -1: why. */
int copy_net_make(struct copy *c, char why[256]);

#endif
