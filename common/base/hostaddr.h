/* SPDX-License-Identifier: ISC */
/* Host names and addresses as text: pure checks, no lookup. */
#ifndef BIJK_BASE_HOSTADDR_H
#define BIJK_BASE_HOSTADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCK_ADDR_MAX 64 /* a numeric address as text, with NUL */

/* Splits "ADDRESS:PORT" or "[ADDRESS]:PORT"; false when it is none. addr has room for `size`. */
bool hostaddr_split(const char *s, char *addr, size_t size, uint16_t *port);
/*
 * A host name or a numeric address that ssh cannot read as an option or a user name. IPv6 stands
 * without brackets; an address of a link has its interface behind it, as in fe80::1%eth0.
 */
bool hostaddr_valid(const char *s);
/* The same for another machine, where an interface of ours means nothing. */
bool hostaddr_portable(const char *s);

#endif
