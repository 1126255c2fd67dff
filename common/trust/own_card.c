/* SPDX-License-Identifier: ISC */
#include "common/trust/own_card.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/hostaddr.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/sock.h"
#include "common/ssh/sshd.h"
#include "common/trust/secret.h"

#include "common/base/banned.h"

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

	if (c->address == NULL && (sock_source(master, addr) == -1 || is_local(addr)))
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
