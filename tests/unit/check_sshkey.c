/* SPDX-License-Identifier: ISC */
/* Public keys: what is taken, in which words it comes out again, and what is
 * refused. */
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

		ck_assert_int_eq(k.type, good[i].type);
		sshkey_format(&k, text);
		ck_assert_str_eq(text, good[i].line);
		sshkey_fingerprint(&k, print);
		ck_assert_str_eq(print, good[i].fingerprint);
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

/* A blob that begins with this name, and has this length. */
static int parse_blob(const char *type, const char *name, size_t len)
{
	uint8_t blob[4096] = { 0, 0, 0, (uint8_t)strlen(name) };
	char text[8192];
	struct sshkey k;
	const char *why;

	memcpy(blob + 4, name, strlen(name));
	sodium_bin2base64(text, sizeof(text), blob, len, sodium_base64_VARIANT_ORIGINAL);
	return sshkey_parse(&k, type, text, &why);
}

static int parse_of_length(const char *type, size_t len)
{
	return parse_blob(type, type, len);
}

START_TEST(exact_lengths)
{
	static const struct {
		const char *type;
		size_t min, max;
	} v[] = { { "ssh-ed25519", 51, 51 }, { "ecdsa-sha2-nistp256", 104, 104 },
		{ "ecdsa-sha2-nistp384", 136, 136 }, { "ecdsa-sha2-nistp521", 172, 172 },
		{ "ssh-rsa", 277, 2076 } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		for (size_t len = 0; len < 2300; len++)
			ck_assert_int_eq(parse_of_length(v[i].type, len),
			    len >= v[i].min && len <= v[i].max ? 0 : -1);
	}
	ck_assert_int_eq(parse_of_length("ecdsa-sha2-nistp224", 104), -1);
	ck_assert_int_eq(parse_of_length("ssh-dss", 277), -1);
	ck_assert_int_eq(parse_blob("ssh-ed25519", "ssh-ed25518", 51), -1);
}
END_TEST

/* 2048 and 16,384 bits, as ssh-keygen writes them, and 1024, which it does not
 * make. */
START_TEST(rsa_lengths)
{
	static const size_t bits[] = { 2048, 4096, 16384 };

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		ck_assert_int_eq(
		    parse_of_length("ssh-rsa", 4 + 7 + 4 + 3 + 4 + 1 + bits[i] / 8), 0);
	ck_assert_int_eq(parse_of_length("ssh-rsa", 4 + 7 + 4 + 3 + 4 + 1 + 1024 / 8), -1);
}
END_TEST

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
	fails(sshkeys_add(&s, &k), EMSGSIZE);
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

SUITE_MAIN("sshkey", taken, lines, base64, exact_lengths, rsa_lengths, sets, host_keys)
