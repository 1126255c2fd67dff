/* SPDX-License-Identifier: ISC */
/* Lines, proofs and sealing of a session against the golden vectors, for both
 * ways. */
#include "common/exchange/lines.h"
#include "common/exchange/proof.h"
#include "common/exchange/wire.h"
#include "common/log/frame.h"
#include "tests/unit/suite.h"
#include "tests/unit/vectors.h"

static const enum direction directions[] = { DIRECTION_PULL, DIRECTION_PUSH };

static void check_mac(enum direction direction, json_t *v, const char *key)
{
	const char *line = vector_text(v, key), *greeting = vector_text(v, "greeting");
	const char *node = strcmp(key, "node_line") == 0 ? NULL : vector_text(v, "node_line");
	enum direction other = direction == DIRECTION_PULL ? DIRECTION_PUSH : DIRECTION_PULL;
	char wrong[WIRE_LINE_MAX];
	uint8_t secret[SECRET_SIZE];

	vector_secret(secret);
	ck_assert_msg(proof_session_holds(secret, direction, greeting, node, line), "%s: %s",
	    direction_name(direction), key);
	ck_assert_msg(
	    !proof_session_holds(secret, other, greeting, node, line), "spliced: %s", key);
	/* Every character of the line counts. */
	for (size_t i = 0; line[i] != '\0'; i++) {
		snprintf(wrong, sizeof(wrong), "%s", line);
		wrong[i] = wrong[i] == '1' ? '2' : '1';
		ck_assert_msg(!proof_session_holds(secret, direction, greeting, node, wrong),
		    "%s at %zu", key, i);
	}
	secret[0] ^= 1;
	ck_assert(!proof_session_holds(secret, direction, greeting, node, line));
}

START_TEST(macs)
{
	for (int i = 0; i < 2; i++) {
		json_t *v = json_object_get(vectors(), direction_name(directions[i]));
		check_mac(directions[i], v, "node_line");
		check_mac(directions[i], v, "from_line");
		check_mac(directions[i], v, "wait_line");
		check_mac(directions[i], v, "ack_line");
	}
}
END_TEST

/* A master's secret follows from the hash and its name, and is none of
 * another's. */
START_TEST(secrets)
{
	uint8_t hash[HASH_SIZE], secret[SECRET_SIZE], want[SECRET_SIZE];

	ck_assert(hex_decode(hash, sizeof(hash), vector_text(vectors(), "hash")));
	vector_secret(want);
	secret_derive(hash, "m1", secret);
	ck_assert_mem_eq(secret, want, sizeof(secret));
	secret_derive(hash, "m2", secret);
	ck_assert_mem_ne(secret, want, sizeof(secret));
	ck_assert_mem_ne(secret, hash, sizeof(secret));
}
END_TEST

START_TEST(made_lines)
{
	json_t *v = json_object_get(vectors(), "pull");
	char line[WIRE_LINE_MAX], mac[MAC_HEX + 1];
	struct greeting g;
	struct node_line n;
	struct from_line f;
	uint64_t version, wait;
	uint8_t secret[SECRET_SIZE];

	vector_secret(secret);
	ck_assert_int_eq(
	    greeting_parse(&g, GREETING_SESSION, vector_text(v, "greeting"), &version), 0);
	ck_assert_str_eq(g.name, "m1");
	greeting_format(&g, GREETING_SESSION, line, sizeof(line));
	ck_assert_str_eq(line, vector_text(v, "greeting"));

	ck_assert_int_eq(node_line_parse(&n, vector_text(v, "node_line")), 0);
	ck_assert_uint_eq(n.first, 7);
	ck_assert_uint_eq(n.next, 10);
	node_line_format(&n, line, sizeof(line));
	proof_session(
	    secret, DIRECTION_PULL, vector_text(v, "greeting"), NULL, line, strlen(line), mac);
	line_add_mac(line, sizeof(line), mac);
	ck_assert_str_eq(line, vector_text(v, "node_line"));

	ck_assert_int_eq(from_line_parse(&f, vector_text(v, "from_line")), 0);
	ck_assert_uint_eq(f.period, 240);
	from_line_format(&f, line, sizeof(line));
	ck_assert_int_eq(strncmp(line, vector_text(v, "from_line"), strlen(line)), 0);
	ck_assert_int_eq(
	    number_line_parse("WAIT", vector_text(v, "wait_line"), true, WAIT_MAX, &wait), 0);
	ck_assert_uint_eq(wait, 17);
}
END_TEST

START_TEST(sealed_frames)
{
	for (int i = 0; i < 2; i++) {
		json_t *v = json_object_get(vectors(), direction_name(directions[i]));
		uint8_t secret[SECRET_SIZE], key[SEAL_KEY], want[SEAL_KEY];
		struct log_id id = vector_log_id();
		uint64_t next = 7;

		vector_secret(secret);
		proof_session_key(secret, directions[i], vector_text(v, "greeting"),
		    vector_text(v, "node_line"), key);
		ck_assert(hex_decode(want, sizeof(want), vector_text(v, "session_key")));
		ck_assert_mem_eq(key, want, sizeof(key));
		for (uint64_t k = 0; k < 2; k++) {
			struct frame f;
			size_t len, at;
			uint8_t *sealed = vector_bytes(v, k == 0 ? "data_0" : "data_1", &len);
			uint8_t *copy = vector_bytes(v, k == 0 ? "data_0" : "data_1", &len);

			ck_assert(!unseal(copy, len, 1 - k, key)); /* in another place */
			for (at = 0; at < len; at += 7) {
				memcpy(copy, sealed, len);
				copy[at] ^= 4;
				ck_assert(!unseal(copy, len, k, key));
			}
			memcpy(copy, sealed, len);
			ck_assert(unseal(copy, len, k, key));
			ck_assert(frame_check(&f, copy, len - SEAL_EXTRA, &id));
			ck_assert_uint_eq(f.seq, next);
			next = frame_end(&f);
			seal(copy, len - SEAL_EXTRA, k, key);
			ck_assert_mem_eq(copy, sealed, len);
			free(copy);
			free(sealed);
		}
		ck_assert_uint_eq(next, 10);
	}
}
END_TEST

#define ID "00112233445566778899aabbccddeeff"
#define NONCE "1111111111111111111111111111111111111111111111111111111111111111"

START_TEST(refused_lines)
{
	static const char *const greetings[] = { "", "BIJK", "BIJK 2", "BIJK 1 m1 " NONCE " 1",
		"BIJK 2 M1 " NONCE " 1", "BIJK 2 m1 " NONCE, "BIJK 2 m1 " NONCE " 01",
		"BIJK 2 m1 " NONCE " 1 ", "BIJK  1 m1 " NONCE " 1", "BIJK 2 ../x " NONCE " 1",
		"BIJK 2 m1 1" NONCE " 1", "BIJK 2 m1 " NONCE " -1", "BIJK 2 -oX " NONCE " 1" };
	static const char *const nodes[] = { "NODE w " ID " 0 1 1 " NONCE " 1 " NONCE,
		"NODE w " ID " 2 1 3 " NONCE " 1 " NONCE, "NODE w " ID " 1 4 3 " NONCE " 1 " NONCE,
		"NODE w " ID " 1 1 9223372036854775808 " NONCE " 1 " NONCE,
		"NODE w " ID " 1 1 1 " NONCE " 1", "NODE w " ID " 1 1 1 " NONCE " 1 " NONCE " x",
		"NODE w " ID "0 1 1 1 " NONCE " 1 " NONCE };
	struct greeting g;
	struct node_line n;
	struct from_line f;
	uint64_t version;

	for (size_t i = 0; i < sizeof(greetings) / sizeof(greetings[0]); i++)
		ck_assert_msg(greeting_parse(&g, GREETING_SESSION, greetings[i], &version) == -1,
		    "`%s`", greetings[i]);
	greeting_parse(&g, GREETING_SESSION, "BIJK 1 m1 x", &version);
	ck_assert_uint_eq(version, 1);
	ck_assert_int_eq(from_line_parse(&f, "FROM 1 86400 " ID " " NONCE), 0);
	ck_assert_int_eq(from_line_parse(&f, "FROM 1 86401 " ID " " NONCE), -1);
	ck_assert_int_eq(from_line_parse(&f, "FROM 1 4611686018427387904 " ID " " NONCE), -1);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		ck_assert_msg(node_line_parse(&n, nodes[i]) == -1, "`%s`", nodes[i]);
	ck_assert_int_eq(node_line_parse(&n, "NODE w " ID " 1 1 1 " NONCE " 1 " NONCE), 0);
}
END_TEST

START_TEST(names)
{
	static const char *const good[] = { "a", "web7", "a.b-c", "0" };
	static const char *const bad[] = { "", ".a", "a.", "-a", "a-", "a..b", "A", "a_b", "a/b",
		"a b", "..", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(name_valid(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!name_valid(bad[i]), "%s", bad[i]);
	ck_assert(name_phase("web7", 50) < 50);
	ck_assert_uint_eq(name_phase("web7", 50), name_phase("web7", 50));
}
END_TEST

START_TEST(errors)
{
	enum err_code code;
	const char *text;
	char line[WIRE_LINE_MAX];

	ck_assert_int_eq(err_line_parse("ERR auth wrong", &code, &text), 0);
	ck_assert_int_eq(code, ERR_AUTH);
	ck_assert_str_eq(text, "wrong");
	ck_assert_int_eq(err_line_parse("ERR busy", &code, &text), 0);
	ck_assert_int_eq(code, ERR_BUSY);
	ck_assert_int_eq(err_line_parse("ERR nosuchcodeatallinthisprotocol x", &code, &text), 0);
	ck_assert_int_eq(code, ERR_PROTO);
	ck_assert_int_eq(err_line_parse("ERROR x", &code, &text), -1);
	err_line_format(ERR_STORE, "a\nb", line, sizeof(line));
	ck_assert_str_eq(line, "ERR store a\\nb");
}
END_TEST

START_TEST(fresh_nonces)
{
	char a[NONCE_HEX + 1], b[NONCE_HEX + 1];

	nonce_make(a);
	nonce_make(b);
	ck_assert_uint_eq(strlen(a), NONCE_HEX);
	ck_assert_str_ne(a, b);
}
END_TEST

SUITE_MAIN(
    "session", macs, secrets, made_lines, sealed_frames, refused_lines, names, errors, fresh_nonces)
