/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/hosts_pattern.h"

#include <stdbool.h>
#include <string.h>

#include "bijk-doctor/netaddr.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define ADDRESS_CHARS "0123456789./"

static enum hosts_match yes_if(bool b)
{
	return b ? HOSTS_YES : HOSTS_NO;
}

/* `*` and `?`, in any case of letters. */
static bool wild(const char *s, const char *p)
{
	const char *star = NULL, *mark = NULL;

	while (*s != '\0') {
		if (*p == '*') {
			star = ++p;
			mark = s;
		} else if (*p == '?' || (*p != '\0' && strncasecmp(p, s, 1) == 0)) {
			p++;
			s++;
		} else if (star != NULL) {
			p = star;
			s = ++mark;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

/* A pattern without a mask or brackets against one text. */
static bool string_matches(const char *s, const char *p)
{
	size_t len = strlen(p), n = strlen(s);

	if (strpbrk(p, "*?") != NULL)
		return wild(s, p);
	if (p[0] == '.') /* the end of a name */
		return n > len && strcasecmp(s + n - len, p) == 0;
	if (len > 0 && p[len - 1] == '.') /* the begin of an address */
		return strncasecmp(s, p, len) == 0;
	return strcasecmp(s, p) == 0;
}

/* --- Networks --- */

/*
 * "192.0.2.0/24", "192.0.2.0/255.255.255.0". Libwrap masks the client and not
 * the network, so that one with bits behind its mask has nobody in it; nor have
 * /0 and /255.255.255.255, which it takes for mistakes.
 */
static enum hosts_match in_network4(const char *address, const char *net, const char *mask)
{
	struct netaddr a, n, m = { .family = AF_INET };
	uint64_t bits;

	if (!netaddr_parse(&n, net) || n.family != AF_INET)
		return strspn(net, ADDRESS_CHARS) == strlen(net) ? HOSTS_UNSURE : HOSTS_NO;
	if (num_parse(mask, 0, UINT32_MAX, &bits) == 0) {
		if (bits < 1 || bits > 32)
			return HOSTS_NO;
		for (unsigned i = 0; i < bits; i++)
			m.b[i / 8] |= (uint8_t)(0x80 >> i % 8);
	} else if (!netaddr_parse(&m, mask) || m.family != AF_INET) {
		return HOSTS_UNSURE;
	} else if (memcmp(m.b, "\xff\xff\xff\xff", 4) == 0) {
		return HOSTS_NO;
	}
	if (!netaddr_parse(&a, address) || a.family != AF_INET)
		return HOSTS_NO;
	for (unsigned i = 0; i < 4; i++) {
		if ((a.b[i] & m.b[i]) != n.b[i])
			return HOSTS_NO;
	}
	return HOSTS_YES;
}

/* "[2001:db8::]/32"; bits behind the mask do not matter here. */
static enum hosts_match in_network6(const char *address, char *pattern)
{
	char *end = strchr(pattern, ']');
	struct netaddr a, n;
	uint64_t bits = 128;

	if (!netaddr_parse(&a, address) || a.family != AF_INET6)
		return HOSTS_NO;
	if (end == NULL)
		return HOSTS_UNSURE;
	*end = '\0';
	if (!netaddr_parse(&n, pattern + 1) || n.family != AF_INET6)
		return HOSTS_UNSURE;
	if (end[1] != '\0' && (end[1] != '/' || num_parse(end + 2, 0, UINT32_MAX, &bits) == -1))
		return HOSTS_UNSURE;
	return yes_if(bits <= 128 && netaddr_in(&a, &n, (unsigned)bits));
}

/* --- Client and daemon --- */

static enum hosts_match host_matches(const struct wrapper_client *c, char *p)
{
	bool named = c->name != NULL;
	char *slash;

	if (p[0] == '@' || p[0] == '/')
		return HOSTS_UNSURE; /* a netgroup, a file of patterns */
	if (strcasecmp(p, "ALL") == 0)
		return HOSTS_YES;
	if (strcasecmp(p, "KNOWN") == 0)
		return named ? HOSTS_YES : HOSTS_UNSURE;
	if (strcasecmp(p, "UNKNOWN") == 0 || strcasecmp(p, "PARANOID") == 0)
		return named ? HOSTS_NO : HOSTS_UNSURE;
	if (strcasecmp(p, "LOCAL") == 0)
		return !named ? HOSTS_UNSURE : yes_if(strchr(c->name, '.') == NULL);
	if (p[0] == '[')
		return in_network6(c->address, p);
	slash = strchr(p, '/');
	if (slash != NULL) {
		*slash = '\0';
		return in_network4(c->address, p, slash + 1);
	}
	if (string_matches(c->address, p))
		return HOSTS_YES;
	if (strspn(p, ADDRESS_CHARS "*?") == strlen(p) && !named)
		return HOSTS_NO; /* it speaks of addresses */
	if (strspn(p, ADDRESS_CHARS) == strlen(p))
		return HOSTS_NO;
	return !named ? HOSTS_UNSURE : yes_if(string_matches(c->name, p));
}

enum hosts_match hosts_client_matches(const struct wrapper_client *c, char *pattern)
{
	char *at = strchr(pattern + 1, '@');

	if (at == NULL)
		return host_matches(c, pattern);
	/* A user before it, whom the client would have to name. */
	return host_matches(c, at + 1) == HOSTS_NO ? HOSTS_NO : HOSTS_UNSURE;
}

enum hosts_match hosts_daemon_matches(const struct wrapper_client *c, char *pattern)
{
	char *at = strchr(pattern + 1, '@');

	if (at != NULL)
		*at = '\0'; /* behind it: the address that it came to */
	if (strcasecmp(pattern, "ALL") != 0 && strcasecmp(pattern, "KNOWN") != 0 &&
	    !string_matches(c->daemon, pattern))
		return HOSTS_NO;
	return at == NULL || strcasecmp(at + 1, "ALL") == 0 ? HOSTS_YES : HOSTS_UNSURE;
}
