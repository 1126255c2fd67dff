/* SPDX-License-Identifier: ISC */
#include "common/exchange/proof.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/exchange/wire.h"

#include "common/base/banned.h"

const char *direction_name(enum direction w)
{
	return w == DIRECTION_PULL ? "pull" : "push";
}

void proof_init(void)
{
	if (sodium_init() == -1)
		die(EX_OSERR, "libsodium cannot be initialised");
}

void secret_derive(const uint8_t hash[HASH_SIZE], const char *master, uint8_t secret[SECRET_SIZE])
{
	char text[64 + NODE_NAME_MAX];
	int n = snprintf(text, sizeof(text), "bijk2 master %.*s", NODE_NAME_MAX, master);

	crypto_generichash(
	    secret, SECRET_SIZE, (const uint8_t *)text, (unsigned)n, hash, HASH_SIZE);
}

/* Over `bijk2 ROLE DIRECTION`, the lines before, and so much of this one. */
static void session_mac(const uint8_t secret[SECRET_SIZE], const char *role,
    enum direction direction, const char *greeting, const char *node_line, const char *line,
    size_t line_len, uint8_t mac[MAC_SIZE])
{
	char text[3 * WIRE_LINE_MAX + 64];
	int n = snprintf(text, sizeof(text), "bijk2 %s %s\n%s\n%s%s%.*s", role,
	    direction_name(direction), greeting, node_line != NULL ? node_line : "",
	    node_line != NULL ? "\n" : "", (int)line_len, line);

	crypto_generichash(mac, MAC_SIZE, (const uint8_t *)text, (unsigned)n, secret, SECRET_SIZE);
}

void proof_session(const uint8_t secret[SECRET_SIZE], enum direction direction,
    const char *greeting, const char *node_line, const char *line, size_t line_len,
    char hex[MAC_HEX + 1])
{
	uint8_t mac[MAC_SIZE];

	session_mac(secret, node_line != NULL ? "master" : "node", direction, greeting, node_line,
	    line, line_len, mac);
	hex_encode(hex, mac, sizeof(mac));
}

bool mac_equal(const char a[MAC_HEX], const char b[MAC_HEX])
{
	return sodium_memcmp(a, b, MAC_HEX) == 0;
}

bool proof_session_holds(const uint8_t secret[SECRET_SIZE], enum direction direction,
    const char *greeting, const char *node_line, const char *line)
{
	size_t len = strlen(line);
	char hex[MAC_HEX + 1];

	if (len < MAC_HEX + 1 || line[len - MAC_HEX - 1] != ' ')
		return false;
	proof_session(secret, direction, greeting, node_line, line, len - MAC_HEX - 1, hex);
	return mac_equal(hex, line + len - MAC_HEX);
}

void proof_session_key(const uint8_t secret[SECRET_SIZE], enum direction direction,
    const char *greeting, const char *node_line, uint8_t key[SEAL_KEY])
{
	_Static_assert(SEAL_KEY == MAC_SIZE, "the key is made as a mac is");
	session_mac(secret, "frames", direction, greeting, NULL, node_line, strlen(node_line), key);
}

static void make_nonce(uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES], uint64_t count)
{
	memset(nonce, 0, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
	for (int i = 0; i < 8; i++)
		nonce[16 + i] = (uint8_t)(count >> (8 * i));
}

void seal(uint8_t *data, size_t len, uint64_t count, const uint8_t key[SEAL_KEY])
{
	uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];

	make_nonce(nonce, count);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
	    data, NULL, data, len, NULL, 0, NULL, nonce, key);
}

bool unseal(uint8_t *data, size_t len, uint64_t count, const uint8_t key[SEAL_KEY])
{
	uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];

	make_nonce(nonce, count);
	return crypto_aead_xchacha20poly1305_ietf_decrypt(
		   data, NULL, NULL, data, len, NULL, 0, nonce, key) == 0;
}
