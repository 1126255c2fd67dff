/* SPDX-License-Identifier: ISC */
#include "common/hashfile.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define TEXT_LEN ((size_t)HASH_SIZE * 2)

int hash_parse(const char *text, size_t len, uint8_t hash[HASH_SIZE], const char **why)
{
	char digits[TEXT_LEN + 1];
	bool ok;

	if (len == TEXT_LEN + 1 && text[TEXT_LEN] == '\n')
		len--;
	if (len != TEXT_LEN) {
		*why = "a hash is 64 hex digits, and at most one line end";
		return -1;
	}
	memcpy(digits, text, TEXT_LEN);
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
	struct buf b = BUF_INIT(TEXT_LEN + 2);
	int rc = -1;

	if (file_read_secret(dir, path, &b) == 0)
		rc = hash_parse(b.data != NULL ? b.data : "", b.len, hash, why);
	else if (errno == EPERM)
		*why = "others can read or write it; chmod o-rwx";
	else if (errno == EMSGSIZE)
		*why = "a hash is 64 hex digits, and at most one line end";
	else
		*why = strerror(errno);
	if (b.data != NULL)
		sodium_memzero(b.data, b.cap);
	buf_free(&b);
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
