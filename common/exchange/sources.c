/* SPDX-License-Identifier: ISC */
/* The places of all addresses are bytes of one file that has none: a lock needs no room. */
#include "common/exchange/sources.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "common/base/io.h"
#include "common/base/lock.h"

#include "common/base/banned.h"

uint64_t source_number(const char *address)
{
	uint8_t digest[crypto_generichash_BYTES_MIN];
	const void *part = address;
	size_t len = strlen(address);
	struct in6_addr six;
	uint64_t at;

	if (inet_pton(AF_INET6, address, &six) == 1) {
		part = six.s6_addr;
		len = 8;
	}
	crypto_generichash(digest, sizeof(digest), part, len, NULL, 0);
	memcpy(&at, digest, sizeof(at));
	return at;
}

/* Where the places of an address begin: all but certainly nobody else's. */
static uint64_t begin_of(const char *address)
{
	return source_number(address) % (INT64_MAX / SOURCE_PLACES) * SOURCE_PLACES;
}

int source_place(const char *state, const char *address)
{
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;

	if (dir != -1)
		fd = lock_slot(dir, "sources", begin_of(address), SOURCE_PLACES);
	close_fd(dir);
	return fd;
}

int source_place_evicting(const char *state, const char *address)
{
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;

	if (dir != -1)
		fd = lock_slot_evicting(dir, "sources", begin_of(address), SOURCE_PLACES,
		    randombytes_uniform(SOURCE_PLACES));
	close_fd(dir);
	return fd;
}
