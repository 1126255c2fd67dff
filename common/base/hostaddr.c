/* SPDX-License-Identifier: ISC */
#include "common/base/hostaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

bool hostaddr_split(const char *s, char *addr, size_t size, uint16_t *port)
{
	const char *colon = strrchr(s, ':');
	const char *from = s;
	uint64_t v;
	size_t len;

	if (colon == NULL || colon == s)
		return false;
	len = (size_t)(colon - s);
	if (s[0] == '[') {
		if (len < 3 || s[len - 1] != ']')
			return false;
		from = s + 1;
		len -= 2;
	} else if (memchr(s, ':', len) != NULL) {
		return false;
	}
	if (len == 0 || len >= size || num_parse(colon + 1, 1, 65535, &v) == -1)
		return false;
	memcpy(addr, from, len);
	addr[len] = '\0';
	*port = (uint16_t)v;
	return true;
}

/* The interface of a link-local address, behind its `%`. */
static bool zone_valid(const char *zone)
{
	size_t len = strlen(zone);

	return len > 0 && len < 16 && text_plain(zone, len);
}

static bool six_valid(const char *s)
{
	const char *zone = strchr(s, '%');
	size_t len = zone != NULL ? (size_t)(zone - s) : strlen(s);
	struct in6_addr bin;
	char addr[INET6_ADDRSTRLEN];

	if (len >= sizeof(addr))
		return false;
	memcpy(addr, s, len);
	addr[len] = '\0';
	if (inet_pton(AF_INET6, addr, &bin) != 1)
		return false;
	return zone == NULL || (IN6_IS_ADDR_LINKLOCAL(&bin) && zone_valid(zone + 1));
}

bool hostaddr_valid(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > 253 || s[0] == '-' || s[0] == '.' || strstr(s, "..") != NULL)
		return false;
	return strchr(s, ':') != NULL ? six_valid(s) : text_plain(s, len);
}

bool hostaddr_portable(const char *s)
{
	return hostaddr_valid(s) && strchr(s, '%') == NULL;
}
