/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/sshd_match.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "common/base/num.h"

#include "common/base/banned.h"

#define PART_MAX 1024 /* a pattern that is longer matches nothing, as in sshd */

bool sshd_pattern_matches(const char *text, const char *pattern)
{
	const char *star = NULL, *mark = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			mark = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = ++mark;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

struct address {
	int family;
	uint8_t b[16];
};

static bool address_parse(struct address *a, const char *s)
{
	*a = (struct address){ .family = AF_INET };
	if (inet_pton(AF_INET, s, a->b) == 1)
		return true;
	a->family = AF_INET6;
	return inet_pton(AF_INET6, s, a->b) == 1;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

static bool host_bits_zero(const struct address *a, unsigned bits)
{
	unsigned all = a->family == AF_INET ? 32 : 128;

	for (unsigned i = bits; i < all; i++) {
		if ((a->b[i / 8] >> (7 - i % 8) & 1) != 0)
			return false;
	}
	return true;
}

/* An address or a network. 1: addr is in it; 0: not; -1: it is none; -2: one
 * with a wrong length. */
static int in_network(const char *addr, const char *pattern)
{
	char copy[PART_MAX];
	struct address net, a;
	uint64_t bits;
	char *slash;

	memcpy(copy, pattern, strlen(pattern) + 1);
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash = '\0';
	if (!address_parse(&net, copy))
		return -1;
	bits = net.family == AF_INET ? 32 : 128;
	if (slash != NULL &&
	    (num_parse(slash + 1, 0, bits, &bits) == -1 || !host_bits_zero(&net, (unsigned)bits)))
		return -2;
	return address_parse(&a, addr) && a.family == net.family &&
	    same_bits(a.b, net.b, (unsigned)bits);
}

/* The parts of a list between commas, one after another. */
static bool next_part(const char **list, char part[PART_MAX], bool *negated)
{
	const char *s = *list, *end;

	if (s == NULL)
		return false;
	end = strchrnul(s, ',');
	*list = *end == ',' ? end + 1 : NULL;
	*negated = *s == '!';
	s += *negated;
	if (end - s >= PART_MAX)
		end = s;
	memcpy(part, s, (size_t)(end - s));
	part[end - s] = '\0';
	return true;
}

/* 1, 0, -1 for a negated match, -2 for what is no list of addresses. */
static int address_in_list(const char *addr, const char *list)
{
	char part[PART_MAX];
	bool negated;
	int found = 0;

	while (next_part(&list, part, &negated)) {
		int r = in_network(addr, part);

		if (part[0] == '\0' || r == -2)
			return -2;
		if (r == -1)
			r = sshd_pattern_matches(addr, part);
		if (r == 1 && negated)
			return -1;
		if (r == 1)
			found = 1;
	}
	return found;
}

static int host_in_list(const char *host, const char *list)
{
	char part[PART_MAX], lower[PART_MAX];
	bool negated;
	int found = 0;
	size_t n = strlen(host);

	if (n >= sizeof(lower))
		return 0;
	for (size_t i = 0; i <= n; i++)
		lower[i] = (char)tolower((unsigned char)host[i]);
	while (next_part(&list, part, &negated)) {
		for (char *p = part; *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
		if (!sshd_pattern_matches(lower, part))
			continue;
		if (negated)
			return -1;
		found = 1;
	}
	return found;
}

int sshd_user_matches(const char *user, const char *host, const char *addr, const char *pattern)
{
	const char *at = strchr(pattern, '@');
	char name[PART_MAX];
	int by_address, by_name;

	if (at == NULL)
		return sshd_pattern_matches(user, pattern);
	if (at - pattern >= PART_MAX)
		return 0;
	memcpy(name, pattern, (size_t)(at - pattern));
	name[at - pattern] = '\0';
	if (!sshd_pattern_matches(user, name))
		return 0;
	by_address = address_in_list(addr, at + 1);
	if (by_address < 0)
		return by_address == -2 ? -1 : 0;
	by_name = host_in_list(host, at + 1);
	if (by_name < 0)
		return 0;
	return by_address == 1 || by_name == 1;
}

static bool user_in(const struct sshd_list *l, const struct sshd_who *w, const char **pattern)
{
	for (size_t i = 0; i < l->n; i++) {
		*pattern = l->v[i];
		if (sshd_user_matches(w->user, w->host, w->addr, l->v[i]) == 1)
			return true;
	}
	return false;
}

static bool group_in(const struct sshd_list *l, const struct sshd_who *w, const char **pattern)
{
	for (size_t g = 0; g < w->groups.n; g++) {
		for (size_t i = 0; i < l->n; i++) {
			*pattern = l->v[i];
			if (sshd_pattern_matches(w->groups.v[g], l->v[i]))
				return true;
		}
	}
	return false;
}

enum sshd_list_name sshd_keeps_out(
    const struct sshd_lists *l, const struct sshd_who *w, const char **pattern)
{
	const char *ignored;

	if (user_in(&l->deny_users, w, pattern))
		return SSHD_DENY_USERS;
	if (l->allow_users.n > 0 && !user_in(&l->allow_users, w, &ignored)) {
		*pattern = NULL;
		return SSHD_ALLOW_USERS;
	}
	if (group_in(&l->deny_groups, w, pattern))
		return SSHD_DENY_GROUPS;
	*pattern = NULL;
	if (l->allow_groups.n > 0 && !group_in(&l->allow_groups, w, &ignored))
		return SSHD_ALLOW_GROUPS;
	return SSHD_NO_LIST;
}

const char *sshd_list_keyword(enum sshd_list_name n)
{
	static const char *const words[] = { "", "DenyUsers", "AllowUsers", "DenyGroups",
		"AllowGroups" };

	return words[n];
}
