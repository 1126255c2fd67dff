/* SPDX-License-Identifier: ISC */
/* Cards: what goes in comes out, and everything else is refused at its line. */
#include <stdio.h>

#include "common/trust/card.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define ED(c) "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6VdlpzzxB3G2PT35Yk+PLbzi+lT2S5SlOspdFdzgB" c
#define P256                                                                                       \
	"ecdsa-sha2-nistp256 "                                                                     \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHozYZ/TDyTYw1elGFpl7IvVTNjx4Q58"     \
	"kCL+gBWoBMFQh0Ih537YZsZlGxpLmGTgKlMSadiiN6obb/swbgaXfog="
#define HASH "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

#define HEAD "BIJKCARD 1 node\nNODE web7\n"
#define NODE HEAD "ADDRESS 192.0.2.7\nPORT 2222\nKEY " ED("G") "\n"
#define FULL NODE "HOSTKEY " ED("A") "\nHOSTKEY " P256 "\nHASH " HASH "\nEND\n"

#define MASTER "BIJKCARD 1 master\nMASTER m1\nADDRESS m1.example.org\n"
#define FULL_MASTER                                                                                \
	MASTER "PORT 22\nPULLKEY " ED("G") "\nPULLKEY " ED("A") "\nHOSTKEY " P256 "\nEND\n"

static const char *const good[] = {
	FULL,
	FULL_MASTER,
	HEAD "KEY " ED("G") "\nEND\n",
	HEAD "ADDRESS 2001:db8::7\nKEY " ED("G") "\nHASH " HASH "\nEND\n",
	"BIJKCARD 1 master\nMASTER m1\nEND\n",
	MASTER "HOSTKEY " ED("G") "\nEND\n",
};

START_TEST(round_trip)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct buf out = BUF_INIT(CARD_MAX);
		struct card c;
		const char *why = "";
		unsigned line = 0;

		ck_assert_msg(card_parse(&c, good[i], strlen(good[i]), &line, &why) == 0,
		    "%zu, line %u: %s", i, line, why);
		ck_assert_int_eq(card_format(&c, &out), 0);
		ck_assert_str_eq(out.data, good[i]);
		card_free(&c);
		buf_free(&out);
	}
}
END_TEST

START_TEST(facts)
{
	static const uint8_t hash[HASH_SIZE] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };
	struct card c;
	const char *why;
	unsigned line;

	/* The last line end may be missing. */
	ck_assert_int_eq(card_parse(&c, FULL, strlen(FULL) - 1, &line, &why), 0);
	ck_assert_int_eq(c.kind, CARD_NODE);
	ck_assert_str_eq(c.name, "web7");
	ck_assert_str_eq(c.address, "192.0.2.7");
	ck_assert_uint_eq(c.port, 2222);
	ck_assert_uint_eq(c.keys.n, 1);
	ck_assert_uint_eq(c.hostkeys.n, 2);
	ck_assert_int_eq(c.hostkeys.v[1].type, SSHKEY_ECDSA_256);
	ck_assert(c.has_hash);
	ck_assert_mem_eq(c.hash, hash, sizeof(hash));
	card_free(&c);
	ck_assert(!c.has_hash);
	ck_assert_int_eq(card_parse(&c, FULL_MASTER, strlen(FULL_MASTER), &line, &why), 0);
	ck_assert_int_eq(c.kind, CARD_MASTER);
	ck_assert_uint_eq(c.keys.n, 2);
	ck_assert_uint_eq(c.hostkeys.n, 1);
	card_free(&c);
}
END_TEST

static const struct {
	unsigned line; /* where the fault is named; 0: anywhere */
	const char *text;
} bad[] = {
	{ 1, "" },
	{ 1, "\n" },
	{ 1, "NODE web7\nEND\n" },
	{ 1, "BIJKCARD 2 node\nNODE web7\nKEY " ED("G") "\nEND\n" },
	{ 1, "BIJKCARD 1 nodes\nNODE web7\nKEY " ED("G") "\nEND\n" },
	{ 1, "BIJKCARD 1  node\nNODE web7\nKEY " ED("G") "\nEND\n" },
	{ 1, "bijkcard 1 node\nNODE web7\nKEY " ED("G") "\nEND\n" },
	{ 1, " BIJKCARD 1 node\nNODE web7\nKEY " ED("G") "\nEND\n" },
	/* A part is missing. */
	{ 0, "BIJKCARD 1 node\nEND\n" },
	{ 0, HEAD "END\n" },
	{ 0, NODE },
	{ 0, "BIJKCARD 1 master\nEND\n" },
	/* Out of order, too often, unknown, of the other kind. */
	{ 3, HEAD "HASH " HASH "\nKEY " ED("G") "\nEND\n" },
	{ 4, HEAD "KEY " ED("G") "\nADDRESS a\nEND\n" },
	{ 3, HEAD "NODE web8\nKEY " ED("G") "\nEND\n" },
	{ 4, HEAD "KEY " ED("G") "\nKEY " ED("A") "\nEND\n" },
	{ 5, HEAD "ADDRESS a\nPORT 1\nPORT 2\nKEY " ED("G") "\nEND\n" },
	{ 4, HEAD "KEY " ED("G") "\nSHELL id\nEND\n" },
	{ 4, HEAD "KEY " ED("G") "\nPULLKEY " ED("A") "\nEND\n" },
	{ 3, "BIJKCARD 1 master\nMASTER m1\nHASH " HASH "\nEND\n" },
	{ 3, "BIJKCARD 1 master\nMASTER m1\nKEY " ED("G") "\nEND\n" },
	{ 2, "BIJKCARD 1 master\nNODE web7\nEND\n" },
	/* Behind the end. */
	{ 5, HEAD "KEY " ED("G") "\nEND\n\n" },
	{ 5, HEAD "KEY " ED("G") "\nEND\nEND\n" },
	{ 4, HEAD "KEY " ED("G") "\nEND \n" },
	{ 4, HEAD "KEY " ED("G") "\nEND 1\n" },
	/* Lines that are no lines of text. */
	{ 2, "BIJKCARD 1 node\nNODE web7\r\r\nKEY " ED("G") "\nEND\n" },
	{ 1, "\xef\xbb\xbf\xef\xbb\xbf" HEAD "KEY " ED("G") "\nEND\n" },
	{ 3, HEAD "KEY\t" ED("G") "\nEND\n" },
	{ 3, HEAD "ADDRESS caf\xc3\xa9\nKEY " ED("G") "\nEND\n" },
	/* Values. */
	{ 2, "BIJKCARD 1 node\nNODE ../../evil\nKEY " ED("G") "\nEND\n" },
	{ 2, "BIJKCARD 1 node\nNODE Web7\nKEY " ED("G") "\nEND\n" },
	{ 2, "BIJKCARD 1 node\nNODE web7 x\nKEY " ED("G") "\nEND\n" },
	{ 2, "BIJKCARD 1 node\nNODE\nKEY " ED("G") "\nEND\n" },
	{ 3, HEAD "ADDRESS -oProxyCommand=id\nKEY " ED("G") "\nEND\n" },
	{ 3,
	    HEAD
	    "ADDRESS a b c d e f g h i j k l m n o p q r s t u v w x y z\nKEY " ED("G") "\nEND\n" },
	{ 3, HEAD "ADDRESS a b\nKEY " ED("G") "\nEND\n" },
	{ 3, HEAD "PORT 0\nKEY " ED("G") "\nEND\n" },
	{ 3, HEAD "PORT 65536\nKEY " ED("G") "\nEND\n" },
	{ 3, HEAD "PORT 022\nKEY " ED("G") "\nEND\n" },
	{ 3, HEAD "PORT 22x\nKEY " ED("G") "\nEND\n" },
	{ 3, HEAD "KEY " P256 "\nEND\n" },
	{ 3, HEAD "KEY web7 " ED("G") "\nEND\n" },
	{ 3, HEAD "KEY " ED("G") " comment\nEND\n" },
	{ 3, HEAD "KEY command=\"id\" " ED("G") "\nEND\n" },
	{ 4, HEAD "KEY " ED("G") "\nHOSTKEY ssh-dss AAAAB3NzaC1kc3MAAAAA\nEND\n" },
	{ 4, HEAD "KEY " ED("G") "\nHASH 00\nEND\n" },
	{ 4, HEAD "KEY " ED("G") "\nHASH " HASH "0\nEND\n" },
	{ 4,
	    HEAD "KEY " ED(
		"G") "\nHASH "
		     "000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f\nEND\n" },
	{ 4, MASTER "PULLKEY command=\"id\" ssh-ed25519 AAAA\nEND\n" },
	{ 5, MASTER "HOSTKEY " P256 "\nPULLKEY " ED("G") "\nEND\n" },
};

START_TEST(refused)
{
	struct card c;
	const char *why = NULL;
	unsigned line = 0;

	ck_assert_msg(card_parse(&c, bad[_i].text, strlen(bad[_i].text), &line, &why) == -1,
	    "taken: %s", bad[_i].text);
	ck_assert_msg(why != NULL && why[0] != '\0', "no reason: %s", bad[_i].text);
	ck_assert_msg(bad[_i].line == 0 || line == bad[_i].line, "line %u, not %u (%s): %s", line,
	    bad[_i].line, why, bad[_i].text);
	card_free(&c);
}
END_TEST

START_TEST(every_cut_refused)
{
	for (size_t len = 0; len < strlen(FULL) - 1; len++) {
		struct card c;
		const char *why;
		unsigned line;
		ck_assert_msg(card_parse(&c, FULL, len, &line, &why) == -1, "%zu bytes", len);
		card_free(&c);
	}
}
END_TEST

static int many(const char *begin, const char *word, int n)
{
	struct buf b = BUF_INIT(CARD_MAX);
	struct card c;
	const char *why;
	unsigned line;
	int rc;

	buf_adds(&b, begin);
	for (int i = 0; i < n; i++)
		buf_addf(&b, "%s " ED("%c") "\n", word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij"[i]);
	buf_adds(&b, "END\n");
	rc = card_parse(&c, b.data, b.len, &line, &why);
	card_free(&c);
	buf_free(&b);
	return rc;
}

START_TEST(counts)
{
	ck_assert_int_eq(many(NODE, "HOSTKEY", 32), 0);
	ck_assert_int_eq(many(NODE, "HOSTKEY", 33), -1);
	ck_assert_int_eq(many(MASTER, "PULLKEY", 16), 0);
	ck_assert_int_eq(many(MASTER, "PULLKEY", 17), -1);
}
END_TEST

START_TEST(long_line)
{
	struct buf b = BUF_INIT(CARD_MAX);
	struct card c;
	const char *why;
	unsigned line;

	buf_adds(&b, HEAD "ADDRESS ");
	for (int i = 0; i < 5000; i++)
		buf_adds(&b, "a");
	buf_adds(&b, "\nKEY " ED("G") "\nEND\n");
	ck_assert_int_eq(card_parse(&c, b.data, b.len, &line, &why), -1);
	ck_assert_uint_eq(line, 3);
	card_free(&c);
	buf_free(&b);
}
END_TEST

/* Through an editor of another system, or after a login script's greeting. */
START_TEST(carried)
{
	static const char noisy[] = "Welcome to \033web7\n\n" HEAD "KEY " ED("G") "\nEND\n";
	struct buf b = BUF_INIT(CARD_MAX);
	struct card c;
	const char *why;
	unsigned line;

	buf_adds(&b, "\xef\xbb\xbf");
	for (const char *p = FULL; *p != '\0'; p++)
		buf_addf(&b, "%s%c", *p == '\n' ? "\r" : "", *p);
	ck_assert_msg(card_parse(&c, b.data, b.len, &line, &why) == 0, "line %u: %s", line, why);
	ck_assert_str_eq(c.name, "web7");
	ck_assert_uint_eq(c.hostkeys.n, 2);
	ck_assert(c.has_hash);
	card_free(&c);
	buf_free(&b);

	ck_assert_int_eq(card_parse(&c, noisy, strlen(noisy), &line, &why), -1);
	ck_assert_uint_eq(line, 1);
	ck_assert_str_eq(why, "this is no card: it begins with BIJKCARD");
	card_free(&c);
}
END_TEST

SUITE_MAIN_TABLE("card", refused, sizeof(bad) / sizeof(bad[0]), round_trip, facts,
    every_cut_refused, counts, long_line, carried)
