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

int hash_parse(const char *text, size_t len, uint8_t hash[HASH_SIZE], const char **why)
{
	static char named[64];
	const char *end = text + len, *found = NULL, *next;
	char digits[TEXT_LEN + 1] = "";
	unsigned other = 0, n = 1;

	for (const char *at = text + text_mark(text, len); at < end; at = next, n++) {
		size_t line = text_line(at, end, &next);

		if (is_hash(at, line) && found == NULL)
			found = at;
		else if (line > 0 && other == 0)
			other = n;
	}
	snprintf(named, sizeof(named), "line %u is not part of a hash", other);
	*why = "a hash is 64 hex digits, alone in its line";
	if (text_is_utf16(text, len))
		*why = "it is UTF-16; save it as plain ASCII";
	else if (found != NULL && other != 0)
		*why = named;
	if (found == NULL || other != 0)
		return -1;
	*why = "a hash is 64 hex digits in lower case";
	memcpy(digits, found, TEXT_LEN);
	n = hex_decode(hash, HASH_SIZE, digits);
	sodium_memzero(digits, sizeof(digits));
	return n ? 0 : -1;
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
		*why = "a hash is 64 hex digits, alone in its line";
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
