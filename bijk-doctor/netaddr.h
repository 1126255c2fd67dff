/* SPDX-License-Identifier: ISC */
/* Numeric addresses and networks. */
#ifndef BIJK_DOCTOR_NETADDR_H
#define BIJK_DOCTOR_NETADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct netaddr {
	int family;    /* AF_INET, AF_INET6 */
	uint8_t b[16]; /* in network order; the first 4 of IPv4 */
};

bool netaddr_parse(struct netaddr *a, const char *s);
unsigned netaddr_bits(const struct netaddr *a); /* 32 or 128 */
/* Do the first bits agree? Of another family: no. */
bool netaddr_in(const struct netaddr *a, const struct netaddr *net, unsigned bits);
/* -1, 0, 1; both of one family. */
int netaddr_compare(const struct netaddr *a, const struct netaddr *b);
/*
 * "192.0.2.0/24", "192.0.2.0/255.255.255.0", "192.0.2.1", and of IPv6; the mask
 * of a network of whole bits only. False: none of these.
 */
bool netaddr_parse_net(struct netaddr *net, unsigned *bits, const char *s);

#endif
