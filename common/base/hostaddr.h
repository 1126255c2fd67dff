/* SPDX-License-Identifier: ISC */
/* Host names and addresses as text: pure checks, no lookup. */
#ifndef BIJK_BASE_HOSTADDR_H
#define BIJK_BASE_HOSTADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCK_ADDR_MAX 64 /* a numeric address as text, with NUL */

/* Splits ADDRESS:PORT or [ADDRESS]:PORT; addr has `size` bytes. */
bool hostaddr_split(const char *s, char *addr, size_t size, uint16_t *port);
/*
 * A host name or a numeric address that ssh cannot take for an option or a user
 * name. IPv6 has no brackets; a link-local address is followed by its
 * interface, as in fe80::1%eth0.
 */
bool hostaddr_valid(const char *s);
/* The same for use on another machine, which does not know our interfaces. */
bool hostaddr_portable(const char *s);

#endif
