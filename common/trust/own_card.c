/* SPDX-License-Identifier: ISC */
#include "common/trust/own_card.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/hostaddr.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/sock.h"
#include "common/ssh/sshd.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

/* Our address on the way to this host: connecting a UDP socket sends nothing. */
static int source_towards(const char *host, char out[SOCK_ADDR_MAX])
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list, *ai;
	int rc = -1;

	if (getaddrinfo(host, "9", &hints, &list) != 0)
		return -1;
	for (ai = list; ai != NULL && rc == -1; ai = ai->ai_next) {
		int fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd != -1 && connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
			rc = sock_local(fd, out);
		close_fd(fd);
	}
	freeaddrinfo(list);
	return rc;
}

/* Of this machine or this link alone: nobody elsewhere reaches it. */
static bool is_local(const char *addr)
{
	struct in6_addr six;

	if (inet_pton(AF_INET6, addr, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_LINKLOCAL(&six);
	return strncmp(addr, "127.", 4) == 0 || strncmp(addr, "169.254.", 8) == 0;
}

bool own_card_address(const struct node_config *c, const char *master, char *out)
{
	char addr[SOCK_ADDR_MAX];

	if (c->address == NULL && (source_towards(master, addr) == -1 || is_local(addr)))
		return false;
	snprintf(out, OWN_CARD_ADDRESS, "%s", c->address != NULL ? c->address : addr);
	return true;
}

static void set_address(struct card *card, const struct node_config *c)
{
	char host[256] = "";

	for (size_t i = 0; i < c->masters.n; i++) {
		if (own_card_address(c, c->masters.v[i], card->address))
			return;
	}
	if (c->address != NULL) {
		snprintf(card->address, sizeof(card->address), "%s", c->address);
		return;
	}
	if (gethostname(host, sizeof(host) - 1) == 0 && hostaddr_valid(host) &&
	    !name_of_nobody(host))
		snprintf(card->address, sizeof(card->address), "%s", host);
}

static int set_sshd(
    struct card *card, const struct node_config *c, const char *identity, struct fail *f)
{
	card->port = c->port != 0 ? (uint16_t)c->port : sshd_port(identity);
	if (card->port == 0 && !sshd_here())
		return 0;
	if (sshkeys_add_glob(&card->hostkeys, c->host_keys) == -1)
		return fail_set(f, ERR_NONE, EX_CONFIG, "node.host_keys %s: %s", c->host_keys,
		    errno == EMSGSIZE ? "more than 32 keys" : strerror(errno));
	if (card->hostkeys.n == 0)
		msg_info("no host key of this node's sshd is found as %s", c->host_keys);
	return 0;
}

int own_card_make(
    struct card *card, const struct node_config *c, const struct pushkey *keys, struct fail *f)
{
	const char *why;

	*card = (struct card){ .kind = CARD_NODE };
	snprintf(card->name, sizeof(card->name), "%s", c->name);
	set_address(card, c);
	if (sshkeys_add(&card->keys, pushkey_newest(keys)) == -1)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	if (hash_read(AT_FDCWD, c->hash, card->hash, &why) == -1)
		return fail_set(f, ERR_NONE, EX_CONFIG, "reading the hash %s: %s", c->hash, why);
	card->has_hash = true;
	return set_sshd(card, c, keys->path, f);
}
