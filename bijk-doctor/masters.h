/* SPDX-License-Identifier: ISC */
/* The masters of this node as the doctor sees them: the configured names, and
 * their addresses. */
#ifndef BIJK_DOCTOR_MASTERS_H
#define BIJK_DOCTOR_MASTERS_H

#include <stddef.h>

#include "common/base/hostaddr.h"
#include "common/config.h"

#define MASTER_ADDRESSES 8 /* of one master that are looked at */

struct master_at {
	const char *host; /* as configured; the configuration's */
	char address[MASTER_ADDRESSES][SOCK_ADDR_MAX];
	size_t n;      /* 0: it could not be resolved */
	char why[128]; /* then: the resolver's words */
};

struct master_addresses {
	struct master_at *v;
	size_t n;
};

/* Resolves each in a process of its own, a few seconds in all. Ends the program
 * without memory. */
void master_addresses_resolve(struct master_addresses *m, const struct node_config *c);
void master_addresses_free(struct master_addresses *m);

#endif
