/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/keys.h"

#include <string.h>

#include "common/base/banned.h"

bool is_key_text(const char *s, size_t len)
{
	static const char *const types[] = { "ssh-ed25519 ", "ecdsa-sha2-nistp256 ",
		"ecdsa-sha2-nistp384 ", "ecdsa-sha2-nistp521 ", "ssh-rsa " };
	size_t at = 0, padding = 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (len > strlen(types[i]) && memcmp(s, types[i], strlen(types[i])) == 0)
			at = strlen(types[i]);
	}
	if (at == 0 || (len - at) % 4 != 0)
		return false;
	while (padding < 2 && s[len - 1 - padding] == '=')
		padding++;
	for (; at < len - padding; at++) {
		char c = s[at];
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '+' || c == '/'))
			return false;
	}
	return true;
}

bool are_key_lines(const struct buf *text, const char *before, const char *after, size_t *n)
{
	size_t at = 0, head = strlen(before), tail = strlen(after);

	*n = 0;
	while (at < text->len) {
		const char *line = text->data + at;
		const char *lf = memchr(line, '\n', text->len - at);
		size_t len = lf != NULL ? (size_t)(lf - line) : 0;

		if (lf == NULL || len < head + tail || memcmp(line, before, head) != 0 ||
		    memcmp(line + len - tail, after, tail) != 0 ||
		    !is_key_text(line + head, len - head - tail))
			return false;
		at += len + 1;
		++*n;
	}
	return true;
}

struct sshkey some_key(uint8_t byte)
{
	static const uint8_t head[] = "\0\0\0\013ssh-ed25519\0\0\0\040";
	struct sshkey k = { .type = SSHKEY_ED25519, .len = 51 };

	memcpy(k.blob, head, 19);
	memset(k.blob + 19, byte, 32);
	return k;
}
