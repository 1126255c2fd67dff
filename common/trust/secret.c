/* SPDX-License-Identifier: ISC */
#include "common/trust/secret.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define TEXT_LEN ((size_t)HASH_SIZE * 2)

static bool is_hash(const char *s, size_t len)
{
	if (len != TEXT_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\0' || strchr("0123456789abcdefABCDEF", s[i]) == NULL)
			return false;
	}
	return true;
}

/* A second line has no place: which one, and what it says. */
static const char *not_alone(unsigned n, const char *line, size_t len)
{
	static char why[256];

	if (is_hash(line, len))
		snprintf(why, sizeof(why), "line %u is a second hash; one is expected", n);
	else if (len == 0)
		snprintf(why, sizeof(why), "line %u is not part of a hash: it is empty", n);
	else
		snprintf(why, sizeof(why), "line %u is not part of a hash: %s", n,
		    text_noise(line, len));
	return why;
}

/* The one line that is a hash. NULL: *why. */
static const char *find_hash(const char *text, size_t len, const char **why)
{
	const char *end = text + len, *hash = NULL, *other = NULL, *next;
	size_t other_len = 0;
	unsigned other_n = 0, n = 1;

	for (const char *at = text + text_mark(text, len); at < end; at = next, n++) {
		size_t line_len = text_line(at, end, &next);

		if (hash == NULL && is_hash(at, line_len)) {
			hash = at;
		} else if (other == NULL) {
			other = at;
			other_len = line_len;
			other_n = n;
		}
	}
	*why = "a hash is 64 hex digits, and at most one line end";
	if (text_is_utf16(text, len))
		*why = "it is UTF-16; save it as plain ASCII";
	else if (hash != NULL && other != NULL)
		*why = not_alone(other_n, other, other_len);
	return other == NULL ? hash : NULL;
}

int hash_parse(const char *text, size_t len, uint8_t hash[HASH_SIZE], const char **why)
{
	const char *found = find_hash(text, len, why);
	char digits[TEXT_LEN + 1];
	bool ok;

	if (found == NULL)
		return -1;
	memcpy(digits, found, TEXT_LEN);
	digits[TEXT_LEN] = '\0';
	ok = hex_decode(hash, HASH_SIZE, digits);
	sodium_memzero(digits, sizeof(digits));
	if (!ok) {
		*why = "a hash is 64 hex digits in lower case";
		return -1;
	}
	return 0;
}

int hash_read(int dir, const char *path, uint8_t hash[HASH_SIZE], const char **why)
{
	struct buf b = BUF_INIT(HASH_TEXT_MAX);
	int rc = -1;

	if (file_read_secret(dir, path, &b) == 0)
		rc = hash_parse(b.data != NULL ? b.data : "", b.len, hash, why);
	else if (errno == EPERM)
		*why = "others can read or write it; chmod o-rwx";
	else if (errno == EMSGSIZE)
		*why = "a hash is 64 hex digits, and at most one line end";
	else
		*why = strerror(errno);
	buf_wipe(&b);
	return rc;
}

int hash_write(int dir, const char *path, const uint8_t hash[HASH_SIZE])
{
	char text[TEXT_LEN + 2];
	int rc;

	hex_encode(text, hash, HASH_SIZE);
	text[TEXT_LEN] = '\n';
	rc = file_replace(dir, path, text, TEXT_LEN + 1, 0600, FILE_DURABLE);
	sodium_memzero(text, sizeof(text));
	return rc;
}
