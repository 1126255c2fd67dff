/* SPDX-License-Identifier: ISC */
#include "common/base/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/io.h"

#include "common/base/banned.h"

int sock_open(int family, int type, int protocol)
{
#ifdef __NR_socketcall
	return (int)syscall(__NR_socket, family, type, protocol);
#else
	return socket(family, type, protocol);
#endif
}

static int connect_one(const struct addrinfo *ai, deadline_t d)
{
	int fd = sock_open(
	    ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
	int err = 0, one = 1;
	socklen_t len = sizeof(err);

	if (fd == -1)
		return -1;
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		goto up;
	if (errno != EINPROGRESS)
		goto fail;
	if (wait_fd(fd, POLLOUT, d) != 1) {
		errno = ETIMEDOUT;
		goto fail;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1)
		goto fail;
	if (err != 0) {
		errno = err;
		goto fail;
	}
up:
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
fail:
	close_fd(fd);
	return -1;
}

struct addrinfo *sock_look_up(const char *host, uint16_t port, const char **why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list;
	char service[8];
	int rc;

	snprintf(service, sizeof(service), "%u", port);
	rc = getaddrinfo(host, service, &hints, &list);
	if (rc == 0)
		return list;
	*why = rc == EAI_SYSTEM ? "name lookup failed" : gai_strerror(rc);
	errno = rc == EAI_AGAIN ? EAGAIN : EHOSTUNREACH;
	return NULL;
}

int sock_connect_to(const struct addrinfo *list, deadline_t d, const char **why)
{
	int fd = -1;

	for (const struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next)
		fd = connect_one(ai, d);
	if (fd == -1)
		*why = strerror(errno);
	return fd;
}

int sock_connect(const char *host, uint16_t port, deadline_t d, const char **why)
{
	struct addrinfo *list = sock_look_up(host, port, why);
	int fd, saved;

	if (list == NULL)
		return -1;
	fd = sock_connect_to(list, d, why);
	saved = errno;
	freeaddrinfo(list);
	errno = saved;
	return fd;
}

static int show_address(const struct sockaddr_storage *ss, char out[SOCK_ADDR_MAX])
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;
	const char *p = NULL;

	if (ss->ss_family == AF_INET)
		p = inet_ntop(AF_INET, &v4->sin_addr, out, SOCK_ADDR_MAX);
	else if (ss->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		p = inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, SOCK_ADDR_MAX);
	else if (ss->ss_family == AF_INET6)
		p = inet_ntop(AF_INET6, &v6->sin6_addr, out, SOCK_ADDR_MAX);
	else
		errno = EAFNOSUPPORT;
	return p != NULL ? 0 : -1;
}

int sock_peer(int fd, char out[SOCK_ADDR_MAX])
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	return getpeername(fd, (struct sockaddr *)&ss, &len) == -1 ? -1 : show_address(&ss, out);
}

int sock_source(const char *host, char out[SOCK_ADDR_MAX])
{
	const char *why;
	struct addrinfo *list = sock_look_up(host, 9, &why);
	struct sockaddr_storage ss;
	int rc = -1;

	for (const struct addrinfo *ai = list; ai != NULL && rc == -1; ai = ai->ai_next) {
		int fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		socklen_t len = sizeof(ss);
		/* Connecting a datagram socket sends nothing. */
		if (fd != -1 && connect(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
		    getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
			rc = show_address(&ss, out);
		close_fd(fd);
	}
	if (list != NULL)
		freeaddrinfo(list);
	return rc;
}
