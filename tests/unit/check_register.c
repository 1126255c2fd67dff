/* SPDX-License-Identifier: ISC */
/* Both messages of a registration: the golden bytes, and that no byte of them
 * can be changed. */
#include <stdio.h>

#include "common/exchange/lines.h"
#include "common/exchange/proof.h"
#include "common/trust/card.h"
#include "tests/unit/suite.h"
#include "tests/unit/vectors.h"

#include "common/base/banned.h"

static const char *golden(const char *key)
{
	return vector_text(json_object_get(vectors(), "register"), key);
}

static void setup_secret(uint8_t secret[SECRET_SIZE])
{
	proof_init();
	vector_secret(secret);
}

START_TEST(greeting)
{
	struct greeting g;
	uint64_t version;
	char line[4096];

	ck_assert_int_eq(greeting_parse(&g, GREETING_REGISTER, golden("greeting"), &version), 0);
	ck_assert_str_eq(g.name, "m1");
	ck_assert_int_eq(strncmp(g.nonce, "11", 2), 0);
	ck_assert_uint_eq(g.time, 1700000099);
	greeting_format(&g, GREETING_REGISTER, line, sizeof(line));
	ck_assert_str_eq(line, golden("greeting"));
}
END_TEST

#define N64 "1111111111111111111111111111111111111111111111111111111111111111"

START_TEST(greeting_refused)
{
	static const struct {
		bool other;
		const char *line;
	} bad[] = {
		{ true, "BIJKREG 1 m1 " N64 " 1" },
		{ true, "BIJKREG 20 whatever it says" },
		{ false, "BIJKREG" },
		{ false, "BIJKREG x m1 " N64 " 1" },
		{ false, "BIJKREG 2" },
		{ false, "BIJKREG 2 m1 " N64 },
		{ false, "BIJKREG 2 m1 " N64 " 1 2" },
		{ false, "BIJKREG 2 m1 " N64 " 01" },
		{ false, "BIJKREG 2 m1 " N64 " -1" },
		{ false, "BIJKREG 2 m1 " N64 "1 1" },
		{ false, "BIJKREG 2 M1 " N64 " 1" },
		{ false, "BIJKREG 2  m1 " N64 " 1" },
		{ false, "BIJK 2 m1 " N64 " 1" },
		{ false, "SSH-2.0-OpenSSH_9.2p1" },
		{ false, "" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct greeting g;
		uint64_t version;
		ck_assert_msg(greeting_parse(&g, GREETING_REGISTER, bad[i].line, &version) == -1,
		    "taken: %s", bad[i].line);
		ck_assert_msg((version != 0) == bad[i].other, "%s", bad[i].line);
	}
}
END_TEST

START_TEST(request)
{
	const char *text = golden("request"), *why = "";
	struct buf out = BUF_INIT(REGISTRATION_MAX);
	uint8_t secret[SECRET_SIZE], nonce[NONCE_SIZE];
	struct card c;

	setup_secret(secret);
	ck_assert_msg(register_request_parse(&c, text, strlen(text), &why) == 0, "%s", why);
	ck_assert_int_eq(c.kind, CARD_NODE);
	ck_assert_str_eq(c.name, "web7");
	ck_assert_uint_eq(c.port, 2222);
	ck_assert_str_eq(c.address, "192.0.2.7");
	ck_assert_uint_eq(c.keys.n, 1);
	ck_assert_uint_eq(c.hostkeys.n, 1);
	ck_assert(register_request_proved(text, strlen(text), golden("greeting"), secret));
	memset(nonce, 0x22, sizeof(nonce));
	ck_assert_int_eq(register_request_format(&c, golden("greeting"), nonce, secret, &out), 0);
	ck_assert_str_eq(out.data, text);
	card_free(&c);
	buf_free(&out);
}
END_TEST

START_TEST(answer)
{
	const char *text = golden("answer"), *asked = golden("request"), *why = "";
	struct buf out = BUF_INIT(REGISTRATION_MAX);
	uint8_t secret[SECRET_SIZE];
	struct card c;

	setup_secret(secret);
	ck_assert_msg(register_answer_parse(&c, text, strlen(text), &why) == 0, "%s", why);
	ck_assert_int_eq(c.kind, CARD_MASTER);
	ck_assert_str_eq(c.name, "m1");
	ck_assert_uint_eq(c.period, 240);
	ck_assert_uint_eq(c.keys.n, 1);
	ck_assert_uint_eq(c.hostkeys.n, 1);
	ck_assert(register_answer_proved(
	    text, strlen(text), golden("greeting"), asked, strlen(asked), secret));
	/* Behind something else in the buffer, as behind a message before
	 * it. */
	buf_adds(&out, "x");
	ck_assert_int_eq(
	    register_answer_format(&c, golden("greeting"), asked, strlen(asked), secret, &out), 0);
	ck_assert_str_eq(out.data + 1, text);
	card_free(&c);
	buf_free(&out);
}
END_TEST

/* A copy with one bit of byte i turned. */
static char *flipped(const char *text, size_t i)
{
	char *copy = must(strdup(text));

	copy[i] ^= 1;
	return copy;
}

START_TEST(every_bit_counts)
{
	const char *greets = golden("greeting"), *asks = golden("request"),
		   *says = golden("answer");
	size_t asks_len = strlen(asks), says_len = strlen(says);
	uint8_t secret[SECRET_SIZE];

	setup_secret(secret);
	for (size_t i = 0; i < asks_len; i++) {
		char *t = flipped(asks, i);
		ck_assert_msg(
		    !register_request_proved(t, asks_len, greets, secret), "request, byte %zu", i);
		ck_assert_msg(!register_answer_proved(says, says_len, greets, t, asks_len, secret),
		    "the answer to another request, byte %zu", i);
		free(t);
	}
	for (size_t i = 0; i < says_len; i++) {
		char *t = flipped(says, i);
		ck_assert_msg(!register_answer_proved(t, says_len, greets, asks, asks_len, secret),
		    "answer, byte %zu", i);
		free(t);
	}
	for (size_t i = 0; i < strlen(greets); i++) {
		char *t = flipped(greets, i);
		ck_assert(!register_request_proved(asks, asks_len, t, secret));
		ck_assert(!register_answer_proved(says, says_len, t, asks, asks_len, secret));
		free(t);
	}
	for (size_t len = 0; len < asks_len; len++)
		ck_assert_msg(
		    !register_request_proved(asks, len, greets, secret), "%zu bytes", len);
	/* One side's proof is none of the other's. */
	ck_assert(!register_request_proved(says, says_len, greets, secret));
	ck_assert(!register_answer_proved(asks, asks_len, greets, "", 0, secret));
	secret[31] ^= 0x80;
	ck_assert(!register_request_proved(asks, asks_len, greets, secret));
	ck_assert(!register_answer_proved(says, says_len, greets, asks, asks_len, secret));
}
END_TEST

#define ED "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6VdlpzzxB3G2PT35Yk+PLbzi+lT2S5SlOspdFdzgBG"
#define P256                                                                                       \
	"ecdsa-sha2-nistp256 "                                                                     \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHozYZ/TDyTYw1elGFpl7IvVTNjx4Q58"     \
	"kCL+gBWoBMFQh0Ih537YZsZlGxpLmGTgKlMSadiiN6obb/swbgaXfog="
#define KEY "KEY web7 " ED "\n"
#define END2 "END " N64 " " N64 "\n"
#define END1 "END " N64 "\n"

START_TEST(request_refused)
{
	static const char *const bad[] = {
		"",
		END2,
		KEY,
		KEY END1,
		KEY KEY END2,
		KEY "PORT 22\nHOSTKEY " ED "\n" END2,
		KEY "PORT 22\nPORT 22\n" END2,
		KEY "PORT 0\n" END2,
		KEY "PORT 22 \n" END2,
		KEY END2 END2,
		KEY END2 "\n",
		KEY "ADDRESS 192.0.2.1\nPORT 22\n" END2,
		KEY "ADDRESS 192.0.2.1\nADDRESS 192.0.2.1\n" END2,
		KEY "ADDRESS\n" END2,
		KEY "ADDRESS -oProxyCommand=x\n" END2,
		KEY "ADDRESS fe80::1%eth0\n" END2,
		KEY "EVIL 1\n" END2,
		KEY "PULLKEY " ED "\n" END2,
		"KEY web7 " P256 "\n" END2,
		"KEY " ED "\n" END2,
		"KEY ../x " ED "\n" END2,
		"KEY -oX " ED "\n" END2,
		"KEY web7 " ED " x\n" END2,
		"KEY web7 restrict ssh-ed25519 AAAA\n" END2,
		"KEY web7 ssh-ed25519-cert-v01@openssh.com AAAA\n" END2,
		KEY "HOSTKEY ssh-dss AAAA\n" END2,
		KEY "END " N64 " short\n",
		KEY "END short " N64 "\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct card c;
		const char *why = NULL;
		ck_assert_msg(register_request_parse(&c, bad[i], strlen(bad[i]), &why) == -1,
		    "taken: %s", bad[i]);
		ck_assert_ptr_nonnull(why);
		card_free(&c);
	}
}
END_TEST

START_TEST(request_with_address)
{
	static const char text[] = KEY "PORT 22\nADDRESS 2001:db8::7\n" END2;
	struct buf out = BUF_INIT(REGISTRATION_MAX);
	uint8_t secret[SECRET_SIZE], nonce[NONCE_SIZE] = { 0 };
	struct card c;
	const char *why = "";

	setup_secret(secret);
	ck_assert_msg(register_request_parse(&c, text, strlen(text), &why) == 0, "%s", why);
	ck_assert_str_eq(c.address, "2001:db8::7");
	ck_assert_int_eq(register_request_format(&c, golden("greeting"), nonce, secret, &out), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "PORT 22\nADDRESS 2001:db8::7\nEND "));
	ck_assert(register_request_proved(out.data, out.len, golden("greeting"), secret));
	*strstr(out.data, "::7") = '8';
	ck_assert(!register_request_proved(out.data, out.len, golden("greeting"), secret));
	card_free(&c);
	buf_free(&out);
}
END_TEST

START_TEST(answer_refused)
{
	static const char *const bad[] = {
		"",
		"MASTER m1 240\n" END1,
		"MASTER m1\nHOSTKEY " ED "\n" END1,
		"MASTER m1 x\nHOSTKEY " ED "\n" END1,
		"MASTER m1 86401\nHOSTKEY " ED "\n" END1,
		"MASTER M1 240\nHOSTKEY " ED "\n" END1,
		"MASTER m1 240\nHOSTKEY " ED "\nPULLKEY " ED "\n" END1,
		"MASTER m1 240\nPULLKEY " ED "\n" END1,
		"MASTER m1 240\nHOSTKEY " ED "\n" END2,
		"MASTER m1 240\nHOSTKEY " ED "\nPORT 22\n" END1,
		"MASTER m1 240\nHOSTKEY " ED "\n",
		"PENDING wait\n",
		"ERR auth \n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct card c;
		const char *why = NULL;
		ck_assert_msg(register_answer_parse(&c, bad[i], strlen(bad[i]), &why) == -1,
		    "taken: %s", bad[i]);
		ck_assert_ptr_nonnull(why);
		card_free(&c);
	}
}
END_TEST

SUITE_MAIN("registration", greeting, greeting_refused, request, answer, every_bit_counts,
    request_refused, request_with_address, answer_refused)
