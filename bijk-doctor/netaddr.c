/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/netaddr.h"

#include <arpa/inet.h>
#include <string.h>

#include "common/base/num.h"

#include "common/base/banned.h"

bool netaddr_parse(struct netaddr *a, const char *s)
{
	*a = (struct netaddr){ .family = AF_INET };
	if (inet_pton(AF_INET, s, a->b) == 1)
		return true;
	a->family = AF_INET6;
	return inet_pton(AF_INET6, s, a->b) == 1;
}

unsigned netaddr_bits(const struct netaddr *a)
{
	return a->family == AF_INET ? 32 : 128;
}

bool netaddr_in(const struct netaddr *a, const struct netaddr *net, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (a->family != net->family || bits > netaddr_bits(a) || memcmp(a->b, net->b, whole) != 0)
		return false;
	return rest == 0 || (a->b[whole] ^ net->b[whole]) >> (8 - rest) == 0;
}

int netaddr_compare(const struct netaddr *a, const struct netaddr *b)
{
	int d = memcmp(a->b, b->b, netaddr_bits(a) / 8);

	return d < 0 ? -1 : d > 0;
}

/* How many bits a mask sets, if these are its first ones. */
static bool mask_bits(const struct netaddr *m, unsigned *bits)
{
	unsigned all = netaddr_bits(m), n = 0;

	while (n < all && (m->b[n / 8] >> (7 - n % 8) & 1) != 0)
		n++;
	*bits = n;
	for (; n < all; n++) {
		if ((m->b[n / 8] >> (7 - n % 8) & 1) != 0)
			return false;
	}
	return true;
}

bool netaddr_parse_net(struct netaddr *net, unsigned *bits, const char *s)
{
	const char *slash = strchrnul(s, '/');
	char address[64];
	struct netaddr mask;
	uint64_t n;

	if ((size_t)(slash - s) >= sizeof(address))
		return false;
	memcpy(address, s, (size_t)(slash - s));
	address[slash - s] = '\0';
	if (!netaddr_parse(net, address))
		return false;
	*bits = netaddr_bits(net);
	if (*slash == '\0')
		return true;
	if (num_parse(slash + 1, 0, *bits, &n) == 0) {
		*bits = (unsigned)n;
		return true;
	}
	return netaddr_parse(&mask, slash + 1) && mask.family == net->family &&
	    mask_bits(&mask, bits);
}
