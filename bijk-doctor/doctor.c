/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/doctor.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/sock.h"

#include "common/base/banned.h"

uint16_t doctor_ssh_port(const struct doctor *d)
{
	if (d->node.port != 0)
		return (uint16_t)d->node.port;
	/* What the masters were told, for that is where they come. */
	for (size_t i = 0; i < d->node.masters.n && i < FACTS_MASTERS; i++) {
		if (d->facts.master[i].port != 0)
			return (uint16_t)d->facts.master[i].port;
	}
	return 22;
}

bool doctor_source_address(const char *to, char out[SOCK_ADDR_MAX])
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_DGRAM },
			*list;
	bool good = false;
	int fd;

	if (getaddrinfo(to, "9", &hints, &list) != 0)
		return false;
	/* To connect a datagram socket sends nothing. */
	fd = socket(list->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd != -1) {
		good =
		    connect(fd, list->ai_addr, list->ai_addrlen) == 0 && sock_local(fd, out) == 0;
		close(fd);
	}
	freeaddrinfo(list);
	return good;
}
