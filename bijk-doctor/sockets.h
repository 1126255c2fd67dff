/* SPDX-License-Identifier: ISC */
/* The TCP sockets of this network namespace that listen, from /proc/net. */
#ifndef BIJK_DOCTOR_SOCKETS_H
#define BIJK_DOCTOR_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/hostaddr.h"

#define LISTENERS_MAX 256

struct listener {
	char address[SOCK_ADDR_MAX]; /* "0.0.0.0", "::", "127.0.0.1" */
	uint16_t port;
	unsigned uid;
	unsigned long inode; /* by which its owner is found: process.h */
};

/* How many; those beyond the maximum are left out. */
size_t listeners(struct listener v[LISTENERS_MAX]);
/* The lines of /proc/net/tcp or tcp6, added to n that are there; how many there
 * are then. No I/O. */
size_t listeners_parse(struct listener *v, size_t n, const char *text);
/* Is this address one that other machines can reach? */
bool address_is_loopback(const char *address);
/* Would a connection to this address and port of ours be taken by this
 * listener? */
bool listener_takes(const struct listener *l, const char *address, uint16_t port);

#endif
