/* SPDX-License-Identifier: ISC */
/* Public keys: what is taken, in which words it comes out again, and what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/trust/sshkey.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

/* As ssh-keygen made them, with the fingerprints that `ssh-keygen -l` shows. */
static const struct {
	enum sshkey_type type;
	const char *line, *fingerprint;
} good[] = {
	{ SSHKEY_ED25519,
	    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6VdlpzzxB3G2PT35Yk+PLbzi+lT2S5SlOspdFdzgBG",
	    "SHA256:sDImg1nbUn3ofkJLLGf8k9ahZpextr8Y2KwAsndoTd0" },
	{ SSHKEY_ECDSA_256,
	    "ecdsa-sha2-nistp256 "
	    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHozYZ/"
	    "TDyTYw1elGFpl7IvVTNjx4Q58kCL+"
	    "gBWoBMFQh0Ih537YZsZlGxpLmGTgKlMSadiiN6obb/swbgaXfog=",
	    "SHA256:aPqjTN9fqoIjkSE5xtnTRcXikGkVrBWMj0tT02jxMuU" },
	{ SSHKEY_ECDSA_384,
	    "ecdsa-sha2-nistp384 "
	    "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBNUR0OxEIlnrl8LREog1sR3GNs4TTRiYM2"
	    "Xn"
	    "1m3bIrJdbKlUAzABVpjXAodiBNjj7DJYBtnSa2LVAcN+0gYVlDGdfq4j7HQnDDX2foZ1RMz76qDbWqPmBdf+"
	    "GJ/"
	    "VC/4quQ==",
	    "SHA256:uhhv2iX9xvew3Q2MApFpcUGIZHdd/Z0flv/eJMGdojw" },
	{ SSHKEY_ECDSA_521,
	    "ecdsa-sha2-nistp521 "
	    "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAE/"
	    "OlftG1Lbe3CKyDD0UnFx26QQzEfNY0tkaZ2vRvT7Ji4pt1anuPb2iRBF/"
	    "SSWIfLWv6lYpd2GAEGYYTnhU6xJGgEiS92VXGzNDD6JBCidexTM6cbmIWBnQ+"
	    "MSjOWmsSltE44dpbDmm6PCr7v2C1ZwMyYLu6BcD12ytrZN4qrK8xDhAw==",
	    "SHA256:+ytHVNSsS6APtswWsmJsf4+E1DkF8wUoADHlLEiPKD4" },
	{ SSHKEY_RSA,
	    "ssh-rsa "
	    "AAAAB3NzaC1yc2EAAAADAQABAAABAQDvksAmSXdHd5qQDNBCsZwqZcZhT+jwMq65Thy+"
	    "9TgL3ysP4sUjT5LaCY/"
	    "wzGaHVXfb1J6Kfez2tugFT1lU1xQfWGUlJzWnYiYnwelqWQoCFUDXbxvOp8D8cWXL1x7dgNNAJErGYrDY+"
	    "qWNX+"
	    "zfDFMdUnXirA8Dw74O4Lg6c5+F5fuDkm1aB6HIB9NtiljmCuSu844Sy7iERCLVCJvvGGI3LAB4UTtwQhdx+"
	    "CxdkSGvopZJ0Lk6afDiCo/"
	    "6Is6E+ZaLWfaJH8lfDZsYYLL5sbcnfBsP0P4XiqPv0A7y7FeUmYhv3xdktuwtgko8"
	    "av3zGgmcN2B1/6V8/RgO7y9e3F7Z",
	    "SHA256:QDcqk0J8HgWgaxem/IK1CQflLDijswQ1pU4h6jj6UB4" },
};
#define GOOD (sizeof(good) / sizeof(good[0]))

static struct sshkey key(size_t i)
{
	struct sshkey k;
	const char *why = "";

	ck_assert_msg(sshkey_parse_line(&k, good[i].line, strlen(good[i].line), &why) == 0,
	    "%zu: %s", i, why);
	return k;
}

START_TEST(taken)
{
	for (size_t i = 0; i < GOOD; i++) {
		struct sshkey k = key(i);
		char text[SSHKEY_TEXT_MAX], print[64];
		uint8_t digest[SSHKEY_DIGEST_SIZE], again[SSHKEY_DIGEST_SIZE];

		ck_assert_int_eq(k.type, good[i].type);
		sshkey_format(&k, text);
		ck_assert_str_eq(text, good[i].line);
		sshkey_fingerprint(&k, print);
		ck_assert_str_eq(print, good[i].fingerprint);
		sshkey_digest(&k, digest);
		ck_assert(sshkey_digest_of_fingerprint(print, again));
		ck_assert_mem_eq(digest, again, sizeof(digest));
	}
}
END_TEST

static void refuse_line(const char *what, const char *line, size_t len)
{
	struct sshkey k;
	const char *why = NULL;

	ck_assert_msg(sshkey_parse_line(&k, line, len, &why) == -1, "taken: %s", what);
	ck_assert_msg(why != NULL, "no reason: %s", what);
}

START_TEST(lines)
{
	const char *ed = good[0].line;
	struct sshkey k, plain = key(0);
	const char *why;
	char line[512];

	snprintf(line, sizeof(line), "%s\n", ed);
	ck_assert_int_eq(sshkey_parse_line(&k, line, strlen(line), &why), 0);
	snprintf(line, sizeof(line), "%s root@host with a comment\n", ed);
	ck_assert_int_eq(sshkey_parse_line(&k, line, strlen(line), &why), 0);
	ck_assert(sshkey_equal(&k, &plain));

	refuse_line("nothing", "", 0);
	refuse_line("a type alone", "ssh-ed25519", 11);
	snprintf(line, sizeof(line), "command=\"id\" %s", ed);
	refuse_line("options", line, strlen(line));
	snprintf(line, sizeof(line), " %s", ed);
	refuse_line("a space before it", line, strlen(line));
	snprintf(line, sizeof(line), "%s\n%s\n", ed, ed);
	refuse_line("two lines", line, strlen(line));
	snprintf(line, sizeof(line), "%s\r\n", ed);
	refuse_line("CR", line, strlen(line));
	snprintf(line, sizeof(line), "%s", ed);
	refuse_line("NUL", line, strlen(line) + 1);
	snprintf(line, sizeof(line), "ssh-rsa %s", ed + strlen("ssh-ed25519 "));
	refuse_line("another type's name", line, strlen(line));
	snprintf(
	    line, sizeof(line), "ssh-ed25519-cert-v01@openssh.com %s", ed + strlen("ssh-ed25519 "));
	refuse_line("a certificate's name", line, strlen(line));
}
END_TEST

START_TEST(base64)
{
	/* The last digit before the padding carries bits that must be zero. */
	static const char nist[] = "ecdsa-sha2-nistp256 ";
	const char *b64 = good[1].line + strlen(nist);
	size_t len = strlen(b64);
	struct sshkey k;
	const char *why;
	char text[512];

	ck_assert_int_eq(sshkey_parse(&k, "ecdsa-sha2-nistp256", b64, &why), 0);
	for (const char *c = "hij"; *c != '\0'; c++) {
		snprintf(text, sizeof(text), "%s", b64);
		text[len - 2] = *c;
		ck_assert_msg(
		    sshkey_parse(&k, "ecdsa-sha2-nistp256", text, &why) == -1, "%s", text);
	}
	snprintf(text, sizeof(text), "%.*s", (int)len - 1, b64);
	ck_assert_int_eq(sshkey_parse(&k, "ecdsa-sha2-nistp256", text, &why), -1);
	snprintf(text, sizeof(text), "%s=", b64);
	ck_assert_int_eq(sshkey_parse(&k, "ecdsa-sha2-nistp256", text, &why), -1);
	snprintf(text, sizeof(text), "%.40s\n%s", b64, b64 + 40);
	ck_assert_int_eq(sshkey_parse(&k, "ecdsa-sha2-nistp256", text, &why), -1);
	snprintf(text, sizeof(text), "%.40s %s", b64, b64 + 40);
	ck_assert_int_eq(sshkey_parse(&k, "ecdsa-sha2-nistp256", text, &why), -1);
}
END_TEST

/* A blob made of strings. */
struct blob {
	uint8_t b[4096];
	size_t len;
};

static void add(struct blob *b, const void *data, size_t len)
{
	b->b[b->len++] = (uint8_t)(len >> 24);
	b->b[b->len++] = (uint8_t)(len >> 16);
	b->b[b->len++] = (uint8_t)(len >> 8);
	b->b[b->len++] = (uint8_t)len;
	memcpy(b->b + b->len, data, len);
	b->len += len;
}

static int parse(const struct blob *b)
{
	struct sshkey k;
	const char *why;

	return sshkey_parse_blob(&k, b->b, b->len, &why);
}

static int ecdsa(const char *type, const char *curve, size_t point, uint8_t first)
{
	struct blob b = { .len = 0 };
	uint8_t q[200] = { first };

	add(&b, type, strlen(type));
	add(&b, curve, strlen(curve));
	add(&b, q, point);
	return parse(&b);
}

static int ed25519(size_t len, size_t behind)
{
	struct blob b = { .len = 0 };
	uint8_t pk[64] = { 1 };

	add(&b, "ssh-ed25519", 11);
	add(&b, pk, len);
	b.len += behind;
	return parse(&b);
}

START_TEST(exact_lengths)
{
	struct sshkey k = key(0);
	const char *why;

	ck_assert_int_eq(ed25519(32, 0), 0);
	ck_assert_int_eq(ed25519(31, 0), -1);
	ck_assert_int_eq(ed25519(33, 0), -1);
	ck_assert_int_eq(ed25519(32, 1), -1);
	ck_assert_int_eq(ecdsa("ecdsa-sha2-nistp256", "nistp256", 65, 4), 0);
	ck_assert_int_eq(ecdsa("ecdsa-sha2-nistp256", "nistp256", 64, 4), -1);
	ck_assert_int_eq(ecdsa("ecdsa-sha2-nistp256", "nistp256", 65, 2), -1);
	ck_assert_int_eq(ecdsa("ecdsa-sha2-nistp256", "nistp384", 65, 4), -1);
	ck_assert_int_eq(ecdsa("ecdsa-sha2-nistp256", "nistp384", 97, 4), -1);
	ck_assert_int_eq(ecdsa("ecdsa-sha2-nistp384", "nistp384", 97, 4), 0);
	ck_assert_int_eq(ecdsa("ecdsa-sha2-nistp521", "nistp521", 133, 4), 0);
	ck_assert_int_eq(ecdsa("ecdsa-sha2-nistp521", "nistp521", 131, 4), -1);
	ck_assert_int_eq(ecdsa("ecdsa-sha2-nistp224", "nistp224", 57, 4), -1);
	/* Cut anywhere. */
	for (size_t len = 0; len < k.len; len++) {
		struct sshkey cut;
		ck_assert_int_eq(sshkey_parse_blob(&cut, k.blob, len, &why), -1);
	}
}
END_TEST

/* A modulus of this many bits; pad: zero bytes before it, beyond what its sign needs. */
static int rsa(size_t bits, uint8_t e, size_t pad, bool even)
{
	struct blob b = { .len = 0 };
	uint8_t n[2304] = { 0 };
	size_t len = (bits + 7) / 8, at = pad + (bits % 8 == 0);

	n[at] = (uint8_t)(1 << ((bits + 7) % 8));
	n[at + len - 1] |= even ? 0 : 1;
	add(&b, "ssh-rsa", 7);
	add(&b, &e, 1);
	add(&b, n, at + len);
	return parse(&b);
}

START_TEST(rsa_numbers)
{
	static const uint8_t negative[257] = { 0x81, [256] = 1 };
	struct blob b = { .len = 0 };

	ck_assert_int_eq(rsa(2048, 3, 0, false), 0);
	ck_assert_int_eq(rsa(2047, 3, 0, false), -1);
	ck_assert_int_eq(rsa(2049, 3, 0, false), 0);
	ck_assert_int_eq(rsa(16384, 3, 0, false), 0);
	ck_assert_int_eq(rsa(16385, 3, 0, false), -1);
	ck_assert_int_eq(rsa(2048, 3, 1, false), -1);
	ck_assert_int_eq(rsa(2049, 3, 1, false), -1);
	ck_assert_int_eq(rsa(2048, 3, 0, true), -1);
	ck_assert_int_eq(rsa(2048, 1, 0, false), -1);
	ck_assert_int_eq(rsa(2048, 2, 0, false), -1);
	ck_assert_int_eq(rsa(2048, 0, 0, false), -1);
	add(&b, "ssh-rsa", 7);
	add(&b, "\x03", 1);
	add(&b, negative, sizeof(negative));
	ck_assert_int_eq(parse(&b), -1);
}
END_TEST

START_TEST(fingerprints)
{
	uint8_t d[SSHKEY_DIGEST_SIZE];
	char text[80];

	ck_assert(sshkey_digest_of_fingerprint(good[0].fingerprint, d));
	ck_assert(!sshkey_digest_of_fingerprint(good[0].fingerprint + 7, d));
	ck_assert(!sshkey_digest_of_fingerprint("MD5:00:11", d));
	snprintf(text, sizeof(text), "%s=", good[0].fingerprint);
	ck_assert(!sshkey_digest_of_fingerprint(text, d));
	snprintf(text, sizeof(text), "%.49s", good[0].fingerprint);
	ck_assert(!sshkey_digest_of_fingerprint(text, d));
	snprintf(text, sizeof(text), "%.46s/../", good[0].fingerprint);
	ck_assert(!sshkey_digest_of_fingerprint(text, d));
}
END_TEST

START_TEST(sets)
{
	struct sshkeys s = { .n = 0 };
	struct sshkey k = key(0);

	for (int i = 0; i < SSHKEYS_MAX; i++) {
		k.blob[k.len - 1] = (uint8_t)i;
		ck_assert_int_eq(sshkeys_add(&s, &k), 0);
		ck_assert_int_eq(sshkeys_add(&s, &k), 0);
		ck_assert_uint_eq(s.n, (size_t)i + 1);
	}
	k.blob[k.len - 1] = SSHKEYS_MAX;
	ck_assert_int_eq(sshkeys_add(&s, &k), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	sshkeys_free(&s);
	ck_assert_uint_eq(s.n, 0);
}
END_TEST

static void put(int dir, const char *name, const char *text)
{
	ck_assert_int_eq(file_replace(dir, name, text, strlen(text), 0644, FILE_UNSYNCED), 0);
}

START_TEST(host_keys)
{
	char top[] = "/tmp/check_sshkey.XXXXXX", pattern[64], text[1024];
	struct sshkeys s = { .n = 0 };
	struct sshkey first = key(0), second = key(1);
	int dir;

	ck_assert_ptr_nonnull(mkdtemp(top));
	dir = dir_open(AT_FDCWD, top);
	snprintf(text, sizeof(text), "%s root@host\n", good[1].line);
	put(dir, "ssh_host_ecdsa_key.pub", text);
	put(dir, "real", good[0].line);
	ck_assert_int_eq(symlinkat("real", dir, "ssh_host_ed25519_key.pub"), 0);
	put(dir, "ssh_host_dsa_key.pub", "ssh-dss AAAAB3NzaC1kc3MAAAAA root@host\n");
	put(dir, "ssh_host_bad_key.pub", "ssh-ed25519 AAAA root@host\n");
	put(dir, "ssh_host_empty_key.pub", "");
	put(dir, "other.pub", good[4].line);
	snprintf(pattern, sizeof(pattern), "%s/ssh_host_*_key.pub", top);
	ck_assert_int_eq(sshkeys_add_glob(&s, pattern), 0);
	ck_assert_uint_eq(s.n, 2);
	ck_assert(sshkey_equal(&s.v[0], &second) && sshkey_equal(&s.v[1], &first));
	snprintf(pattern, sizeof(pattern), "%s/nothing*", top);
	ck_assert_int_eq(sshkeys_add_glob(&s, pattern), 0);
	ck_assert_uint_eq(s.n, 2);
	sshkeys_free(&s);
	close(dir);
	ck_assert_int_eq(dir_remove_tree(AT_FDCWD, top), 0);
}
END_TEST

SUITE_MAIN(
    "sshkey", taken, lines, base64, exact_lengths, rsa_numbers, fingerprints, sets, host_keys)
