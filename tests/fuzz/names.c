/* SPDX-License-Identifier: ISC */
/* The predicates for names, addresses, numbers and hex, each against the same
 * rule written letter by letter. */
#include "common/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/hostaddr.h"
#include "common/base/num.h"
#include "common/trust/secret.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

enum { NAME, SOURCE, HOST, HOST_PORT, NUMBER, SIZE, SPAN, HASH };
static const char *const goals[] = { "a name", "a source", "a host", "a host and port", "a number",
	"a size", "a time span", "a hash", NULL };

static bool lower_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* [a-z0-9]([a-z0-9.-]*[a-z0-9])?, no "..", 1 to 64 bytes */
static bool right_name(const char *s, size_t len)
{
	if (len < 1 || len > 64 || !lower_digit(s[0]) || !lower_digit(s[len - 1]))
		return false;
	for (size_t i = 1; i < len; i++) {
		if (!lower_digit(s[i]) && s[i] != '.' && s[i] != '-')
			return false;
		if (s[i] == '.' && s[i - 1] == '.')
			return false;
	}
	return true;
}

static bool right_source(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i];
		if (!lower_digit(c) && !(c >= 'A' && c <= 'Z') && c != '.' && c != '_' && c != '-')
			return false;
	}
	return len >= 1 && len <= 64;
}

/* Nothing that a path, an option, ssh's own syntax or a known_hosts file would
 * read as more than a host. */
static void judge_host(const char *s)
{
	char addr[SOCK_ADDR_MAX];
	uint16_t port;

	if (hostaddr_valid(s)) {
		require(s[0] != '\0' && s[0] != '-' && s[0] != '.' && strlen(s) <= 253);
		require(strpbrk(s, "/@%$~*?!,;&|<>()[]{}'\"\\`# \t\r\n=") == NULL);
		require(strstr(s, "..") == NULL && is_printable(s, strlen(s)));
		reached(HOST);
	}
	if (hostaddr_split(s, addr, sizeof(addr), &port)) {
		char plain[512], bracketed[512];
		snprintf(plain, sizeof(plain), "%s:%u", addr, port);
		snprintf(bracketed, sizeof(bracketed), "[%s]:%u", addr, port);
		require(port >= 1 && (strcmp(s, plain) == 0 || strcmp(s, bracketed) == 0));
		reached(HOST_PORT);
	}
}

static void judge_numbers(const char *s)
{
	uint64_t v, factor;
	int64_t i;
	char again[32];
	size_t len = strlen(s);

	if (num_parse(s, 0, UINT64_MAX, &v) == 0) {
		snprintf(again, sizeof(again), "%" PRIu64, v);
		require(strcmp(again, s) == 0);
		reached(NUMBER);
	}
	require(num_parse(s, 5, 9, &v) == -1 || (v >= 5 && v <= 9));
	if (num_parse_signed(s, &i) == 0) {
		snprintf(again, sizeof(again), "%" PRId64, i);
		require(strcmp(again, s) == 0 || strcmp(s, "-0") == 0);
	}
	if (num_parse_size(s, &v) == 0) {
		require(v <= INT64_MAX);
		factor = strchr("KMGT", s[len - 1]) != NULL ? 1024 : 1;
		require(v % factor == 0);
		reached(SIZE);
	}
	if (num_parse_span(s, &v) == 0) {
		require(v <= INT64_MAX);
		reached(SPAN);
	}
}

static void judge_hash(const char *s, size_t len)
{
	uint8_t hash[HASH_SIZE];
	char hex[2 * HASH_SIZE + 1];
	const char *why = NULL;

	if (hash_parse(s, len, hash, &why) == -1) {
		require(why != NULL);
		return;
	}
	hex_encode(hex, hash, sizeof(hash));
	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		s += 3;
		len -= 3;
	}
	require(len >= 64 && memcmp(hex, s, 64) == 0);
	s += 64;
	len -= 64;
	require(len == 0 || (len == 1 && (*s == '\n' || *s == '\r')) ||
	    (len == 2 && memcmp(s, "\r\n", 2) == 0));
	reached(HASH);
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	char *s = input_string(&in);
	size_t n = strlen(s);

	require(name_valid(s) == right_name(s, n));
	require(source_valid(s) == right_source(s, n));
	require(source_valid_n((const char *)data, len) == right_source((const char *)data, len));
	if (name_valid(s)) {
		require(name_phase(s, 60) < 60);
		reached(NAME);
	}
	if (source_valid(s))
		reached(SOURCE);
	judge_host(s);
	judge_numbers(s);
	judge_hash((const char *)data, len);
	free(s);
}

const struct target target_names = { "names", goals, NULL, run };
