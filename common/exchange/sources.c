/* SPDX-License-Identifier: ISC */
/* Slots are byte-range locks in an empty file. */
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

int source_slot(const char *state, const char *address, enum source_full when_full)
{
	/* The address's slots; almost certainly nobody else's. */
	uint64_t first = source_number(address) % (INT64_MAX / SOURCE_SLOTS) * SOURCE_SLOTS;
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;

	if (dir != -1 && when_full == SOURCE_REFUSE)
		fd = lock_slot(dir, "sources", first, SOURCE_SLOTS);
	else if (dir != -1)
		fd = lock_slot_evicting(
		    dir, "sources", first, SOURCE_SLOTS, randombytes_uniform(SOURCE_SLOTS));
	close_fd(dir);
	return fd;
}
