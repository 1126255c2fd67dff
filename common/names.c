/* SPDX-License-Identifier: ISC */
#include "common/names.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"

#include "common/base/banned.h"

#define LOWER_DIGIT "abcdefghijklmnopqrstuvwxyz0123456789"

bool name_valid(const char *s)
{
	size_t len = strnlen(s, NODE_NAME_MAX + 1);

	return len >= 1 && len <= NODE_NAME_MAX && strspn(s, LOWER_DIGIT ".-") == len &&
	    strchr(".-", s[0]) == NULL && strchr(".-", s[len - 1]) == NULL &&
	    strstr(s, "..") == NULL;
}

bool name_of_nobody(const char *s)
{
	size_t label;

	if (strncmp(s, "localhost", 9) != 0)
		return false;
	label = 9 + strspn(s + 9, "0123456789");
	return s[label] == '\0' || s[label] == '.';
}

bool source_valid_n(const char *s, size_t len)
{
	return len >= 1 && len <= SOURCE_MAX && text_plain(s, len);
}

bool source_valid(const char *s)
{
	return source_valid_n(s, strnlen(s, SOURCE_MAX + 1));
}

bool source_pattern_valid(const char *s)
{
	size_t len = strnlen(s, SOURCE_MAX + 1), plain;

	if (len < 1 || len > SOURCE_MAX)
		return false;
	for (size_t at = 0; at < len; at += plain) {
		plain = strcspn(s + at, "*?[]!^");
		if (!text_plain(s + at, plain))
			return false;
		plain += s[at + plain] != '\0';
	}
	return true;
}

bool source_matches(const char *pattern, const char *source, size_t len)
{
	char text[SOURCE_MAX + 1];

	memcpy(text, source, len);
	text[len] = '\0';
	return fnmatch(pattern, text, FNM_NOESCAPE) == 0;
}

static uint64_t digest_number(const char *text, size_t len)
{
	uint8_t digest[16];
	uint64_t v = 0;

	crypto_generichash(digest, sizeof(digest), (const uint8_t *)text, len, NULL, 0);
	for (int i = 7; i >= 0; i--)
		v = v << 8 | digest[i];
	return v;
}

uint64_t name_phase(const char *name, uint64_t range)
{
	return range > 0 ? digest_number(name, strlen(name)) % range : 0;
}

uint64_t names_number(const char *a, const char *b)
{
	char both[512];
	int n = snprintf(both, sizeof(both), "%s %s", a, b);

	return digest_number(both, n < (int)sizeof(both) ? (size_t)n : sizeof(both) - 1);
}

uint64_t address_number(const char *address)
{
	uint8_t digest[crypto_generichash_BYTES_MIN];
	const void *part = address;
	size_t len = strlen(address);
	struct in6_addr six;
	uint64_t v;

	if (inet_pton(AF_INET6, address, &six) == 1) {
		part = six.s6_addr;
		len = 8;
	}
	crypto_generichash(digest, sizeof(digest), part, len, NULL, 0);
	memcpy(&v, digest, sizeof(v));
	return v;
}
