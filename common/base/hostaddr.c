/* SPDX-License-Identifier: ISC */
#include "common/base/hostaddr.h"

#include <arpa/inet.h>
#include <string.h>

#include "common/base/num.h"

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

bool hostaddr_valid(const char *s)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
	size_t len = strlen(s);
	uint8_t bin[16];

	if (len == 0 || len > 253 || s[0] == '-' || s[0] == '.' || strstr(s, "..") != NULL ||
	    strspn(s, allowed) != len)
		return false;
	return strchr(s, ':') == NULL || inet_pton(AF_INET6, s, bin) == 1;
}
