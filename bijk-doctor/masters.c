/* SPDX-License-Identifier: ISC */
/* A resolver can take minutes to give up, and cannot be told not to: it works
 * in a process that can be killed, and leaves what it finds in shared
 * memory. */
#include "bijk-doctor/masters.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "common/base/child.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define RESOLVE_SECONDS 4 /* of each */

static void keep(struct master_at *m, const struct addrinfo *list)
{
	for (const struct addrinfo *a = list; a != NULL && m->n < MASTER_ADDRESSES;
	     a = a->ai_next) {
		if (getnameinfo(a->ai_addr, a->ai_addrlen, m->address[m->n], SOCK_ADDR_MAX, NULL, 0,
			NI_NUMERICHOST) == 0)
			m->n++;
	}
}

static int resolve(void *arg)
{
	struct master_at *m = arg;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	int rc = getaddrinfo(m->host, NULL, &hints, &list);

	if (rc != 0) {
		snprintf(m->why, sizeof(m->why), "%s",
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
		return 1;
	}
	keep(m, list);
	freeaddrinfo(list);
	return 0;
}

void master_addresses_resolve(struct master_addresses *m, const struct node_config *c)
{
	struct master_at *shared = worker_memory(sizeof(*shared));

	m->n = c->masters.n;
	m->v = calloc(m->n + 1, sizeof(*m->v));
	if (m->v == NULL || shared == NULL)
		die(EX_OSERR, "out of memory");
	for (size_t i = 0; i < m->n; i++) {
		*shared = (struct master_at){ .host = c->masters.v[i] };
		if (worker_run(resolve, shared, RESOLVE_SECONDS) > 1) {
			shared->n = 0;
			snprintf(shared->why, sizeof(shared->why),
			    "the resolver did not answer within %d s", RESOLVE_SECONDS);
		}
		m->v[i] = *shared;
	}
	munmap(shared, sizeof(*shared));
}

void master_addresses_free(struct master_addresses *m)
{
	free(m->v);
	*m = (struct master_addresses){ 0 };
}
