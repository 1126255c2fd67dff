/* SPDX-License-Identifier: ISC */
/* TCP sockets, with deadlines. */
#ifndef BIJK_BASE_SOCK_H
#define BIJK_BASE_SOCK_H

#include <stdint.h>

#include "common/base/deadline.h"
#include "common/base/hostaddr.h"

struct addrinfo;

/*
 * socket(2) in a restricted process, too: where libc would go through
 * socketcall(2) (i386, s390x), whose arguments no filter can see, this calls
 * the kernel itself.
 */
int sock_open(int family, int type, int protocol);

/*
 * Connects to host and port, trying each of its addresses until the deadline.
 * The socket is non-blocking and close-on-exec. -1: errno, and *why, a static
 * text, says which step failed.
 */
int sock_connect(const char *host, uint16_t port, deadline_t d, const char **why);
/*
 * Its two halves, for a process that cannot look up names when it connects.
 * freeaddrinfo() frees the list; NULL: errno and *why.
 */
struct addrinfo *sock_look_up(const char *host, uint16_t port, const char **why);
int sock_connect_to(const struct addrinfo *list, deadline_t d, const char **why);

/* The address of the other end; IPv4 inside IPv6 as plain IPv4. */
int sock_peer(int fd, char out[SOCK_ADDR_MAX]);
/* Our address in the direction of this host. -1: no name or no route. */
int sock_source(const char *host, char out[SOCK_ADDR_MAX]);

#endif
