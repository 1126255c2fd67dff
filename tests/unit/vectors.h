/* SPDX-License-Identifier: ISC */
/* tests/golden/vectors.json: examples of all formats, made by an implementation
 * that is not ours. */
#ifndef BIJK_TESTS_VECTORS_H
#define BIJK_TESTS_VECTORS_H

#include <check.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/num.h"
#include "common/exchange/proof.h"
#include "common/names.h"

static inline json_t *vectors(void)
{
	static json_t *root;
	const char *dir = getenv("BIJK_GOLDEN");
	char path[512];

	if (root == NULL) {
		snprintf(path, sizeof(path), "%s/vectors.json", dir != NULL ? dir : "tests/golden");
		root = json_load_file(path, 0, NULL);
		ck_assert_msg(
		    root != NULL, "%s cannot be read; run this from the top of the tree", path);
	}
	return root;
}

static inline const char *vector_text(json_t *in, const char *key)
{
	const char *s = json_string_value(json_object_get(in, key));

	ck_assert_msg(s != NULL, "no `%s` in the vectors", key);
	return s;
}

/* Bytes from hex, to be freed. */
static inline uint8_t *vector_bytes(json_t *in, const char *key, size_t *len)
{
	const char *s = vector_text(in, key);
	uint8_t *b = malloc(strlen(s) / 2 + 64);

	*len = strlen(s) / 2;
	ck_assert(hex_decode(b, *len, s));
	return b;
}

static inline void vector_hash(uint8_t hash[HASH_SIZE])
{
	ck_assert(hex_decode(hash, HASH_SIZE, vector_text(vectors(), "hash")));
}

static inline void vector_secret(uint8_t secret[SECRET_SIZE])
{
	ck_assert(hex_decode(secret, SECRET_SIZE, vector_text(vectors(), "secret")));
}

/* The one that the `check` of each record is made with. */
static inline void vector_key(uint8_t key[SEAL_KEY])
{
	json_t *pull = json_object_get(vectors(), "pull");

	ck_assert(hex_decode(key, SEAL_KEY, vector_text(pull, "session_key")));
}

static inline struct log_id vector_log_id(void)
{
	struct log_id id;

	ck_assert(hex_decode(id.b, sizeof(id.b), vector_text(vectors(), "log_id")));
	return id;
}

#endif
