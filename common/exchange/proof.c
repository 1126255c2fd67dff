/* SPDX-License-Identifier: ISC */
#include "common/exchange/proof.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/num.h"

#include "common/base/banned.h"

struct proof {
	crypto_generichash_state state;
};

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
	crypto_generichash_state st;

	crypto_generichash_init(&st, hash, HASH_SIZE, SECRET_SIZE);
	crypto_generichash_update(&st, (const uint8_t *)"bijk2 master ", 13);
	crypto_generichash_update(&st, (const uint8_t *)master, strlen(master));
	crypto_generichash_final(&st, secret, SECRET_SIZE);
	sodium_memzero(&st, sizeof(st));
}

struct proof *proof_begin(const uint8_t secret[SECRET_SIZE])
{
	/* The state wants an alignment that malloc does not promise. */
	struct proof *p = aligned_alloc(_Alignof(struct proof), sizeof(*p));

	if (p == NULL)
		die(EX_OSERR, "out of memory");
	crypto_generichash_init(&p->state, secret, SECRET_SIZE, MAC_SIZE);
	return p;
}

void proof_text(struct proof *p, const void *data, size_t len)
{
	crypto_generichash_update(&p->state, data, len);
}

void proof_line(struct proof *p, const char *line)
{
	proof_text(p, line, strlen(line));
	proof_text(p, "\n", 1);
}

static void proof_end_raw(struct proof *p, uint8_t mac[MAC_SIZE])
{
	crypto_generichash_final(&p->state, mac, MAC_SIZE);
	sodium_memzero(p, sizeof(*p));
	free(p);
}

void proof_end(struct proof *p, char *hex)
{
	uint8_t mac[MAC_SIZE];

	proof_end_raw(p, mac);
	hex_encode(hex, mac, sizeof(mac));
}

void proof_session(const uint8_t secret[SECRET_SIZE], enum direction direction,
    const char *greeting, const char *node_line, const char *line, size_t line_len,
    char hex[MAC_HEX + 1])
{
	struct proof *p = proof_begin(secret);

	proof_text(p, "bijk2 ", 6);
	proof_text(p, node_line != NULL ? "master " : "node ", node_line != NULL ? 7 : 5);
	proof_line(p, direction_name(direction));
	proof_line(p, greeting);
	if (node_line != NULL)
		proof_line(p, node_line);
	proof_text(p, line, line_len);
	proof_end(p, hex);
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
	struct proof *p = proof_begin(secret);

	_Static_assert(SEAL_KEY == MAC_SIZE, "the key is made as a mac is");
	proof_text(p, "bijk2 frames ", 13);
	proof_line(p, direction_name(direction));
	proof_line(p, greeting);
	proof_text(p, node_line, strlen(node_line));
	proof_end_raw(p, key);
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
