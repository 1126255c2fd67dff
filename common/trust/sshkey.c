/* SPDX-License-Identifier: ISC */
/*
 * A blob in ssh's wire format is a row of strings, each behind its length (4
 * bytes, big-endian). Checked are the first one, which is the type's name, and
 * the length of the whole: a blob with the right length and wrong contents is a
 * key that ssh and sshd refuse.
 */
#include "common/trust/sshkey.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define PUB_FILE_MAX 8192

static const struct {
	const char *name;
	size_t min, max; /* bytes of the blob */
} types[] = {
	[SSHKEY_ED25519] = { "ssh-ed25519", 51, 51 },
	[SSHKEY_ECDSA_256] = { "ecdsa-sha2-nistp256", 104, 104 },
	[SSHKEY_ECDSA_384] = { "ecdsa-sha2-nistp384", 136, 136 },
	[SSHKEY_ECDSA_521] = { "ecdsa-sha2-nistp521", 172, 172 },
	/* 2048 bits and an exponent of 1 byte; 16,384 bits and one of 8. */
	[SSHKEY_RSA] = { "ssh-rsa", 277, 2076 },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

_Static_assert(SSHKEY_BLOB_MAX >= 2076, "the longest key has room");

/* TYPES: it is the name of none. */
static size_t type_of_name(const char *name, size_t len)
{
	size_t t = 0;

	while (t < TYPES && (strlen(types[t].name) != len || memcmp(types[t].name, name, len) != 0))
		t++;
	return t;
}

/* It is to be of type t. */
static int take_blob(struct sshkey *k, size_t t, const uint8_t *blob, size_t len, const char **why)
{
	size_t name = strlen(types[t].name);
	const uint8_t prefix[] = { 0, 0, 0, (uint8_t)name };

	*why = "the key is of another type than its name says";
	if (len < sizeof(prefix) + name || memcmp(blob, prefix, sizeof(prefix)) != 0 ||
	    memcmp(blob + sizeof(prefix), types[t].name, name) != 0)
		return -1;
	*why = "the length of the key is not that of its type";
	if (len < types[t].min || len > types[t].max)
		return -1;
	k->type = (enum sshkey_type)t;
	memcpy(k->blob, blob, len);
	k->len = len;
	return 0;
}

int sshkey_parse(struct sshkey *k, const char *type, const char *base64, const char **why)
{
	char again[SSHKEY_TEXT_MAX];
	size_t t = type_of_name(type, strlen(type)), len = strlen(base64);
	struct sshkey got;

	*why = "the key is of an unknown type";
	if (t == TYPES)
		return -1;
	*why = "the key is too long";
	if (len >= sizeof(again))
		return -1;
	*why = "the key is no base64";
	if (sodium_base642bin(got.blob, sizeof(got.blob), base64, len, NULL, &got.len, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0)
		return -1;
	/* Several texts decode to the same bytes: take only our own. */
	sodium_bin2base64(again, sizeof(again), got.blob, got.len, sodium_base64_VARIANT_ORIGINAL);
	if (strcmp(again, base64) != 0)
		return -1;
	return take_blob(k, t, got.blob, got.len, why);
}

int sshkey_parse_blob(struct sshkey *k, const uint8_t *blob, size_t len, const char **why)
{
	for (size_t t = 0; t < TYPES; t++) {
		if (take_blob(k, t, blob, len, why) == 0)
			return 0;
	}
	return -1;
}

int sshkey_parse_line(struct sshkey *k, const char *line, size_t len, const char **why)
{
	char text[PUB_FILE_MAX + 1];
	char *rest = text, *type, *base64;

	if (len > 0 && line[len - 1] == '\n')
		len--;
	*why = "not one line";
	if (len > PUB_FILE_MAX || memchr(line, '\n', len) != NULL ||
	    memchr(line, '\0', len) != NULL)
		return -1;
	memcpy(text, line, len);
	text[len] = '\0';
	type = strsep(&rest, " ");
	base64 = strsep(&rest, " ");
	*why = "no public key";
	if (base64 == NULL)
		return -1;
	return sshkey_parse(k, type, base64, why);
}

void sshkey_format(const struct sshkey *k, char out[SSHKEY_TEXT_MAX])
{
	int n = snprintf(out, SSHKEY_TEXT_MAX, "%s ", types[k->type].name);

	sodium_bin2base64(
	    out + n, SSHKEY_TEXT_MAX - (size_t)n, k->blob, k->len, sodium_base64_VARIANT_ORIGINAL);
}

bool sshkey_equal(const struct sshkey *a, const struct sshkey *b)
{
	return a->len == b->len && memcmp(a->blob, b->blob, a->len) == 0;
}

void sshkey_digest(const struct sshkey *k, uint8_t digest[SSHKEY_DIGEST_SIZE])
{
	crypto_hash_sha256(digest, k->blob, k->len);
}

void sshkey_fingerprint(const struct sshkey *k, char out[64])
{
	uint8_t digest[SSHKEY_DIGEST_SIZE];
	int n = snprintf(out, 64, "SHA256:");

	sshkey_digest(k, digest);
	sodium_bin2base64(out + n, 64 - (size_t)n, digest, sizeof(digest),
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

int sshkeys_add(struct sshkeys *s, const struct sshkey *k)
{
	struct sshkey *v;

	for (size_t i = 0; i < s->n; i++) {
		if (sshkey_equal(&s->v[i], k))
			return 0;
	}
	if (s->n == SSHKEYS_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	v = reallocarray(s->v, s->n + 1, sizeof(*v));
	if (v == NULL)
		return -1;
	v[s->n++] = *k;
	s->v = v;
	return 0;
}

void sshkeys_free(struct sshkeys *s)
{
	free(s->v);
	*s = (struct sshkeys){ .n = 0 };
}

static int add_host_key(struct sshkeys *s, const char *path)
{
	struct buf b = BUF_INIT(PUB_FILE_MAX);
	/* Some systems keep the keys elsewhere, with links in /etc/ssh. */
	char *real = realpath(path, NULL);
	const char *text, *why;
	struct sshkey k;
	int rc = 0;

	if (real == NULL || file_read(AT_FDCWD, real, &b) == -1) {
		msg_warn("reading host key %s: %s", path, strerror(errno));
		goto out;
	}
	text = b.data != NULL ? b.data : "";
	/* DSA, certificates and the like. */
	if (type_of_name(text, strcspn(text, " ")) == TYPES)
		msg_debug("host key %s is of no type that is used here", path);
	else if (sshkey_parse_line(&k, text, b.len, &why) == -1)
		msg_warn("host key %s: %s", path, why);
	else
		rc = sshkeys_add(s, &k);
out:
	free(real);
	buf_free(&b);
	return rc;
}

int sshkeys_add_glob(struct sshkeys *s, const char *pattern)
{
	glob_t g;
	int rc = glob(pattern, 0, NULL, &g);

	if (rc == GLOB_NOMATCH)
		return 0;
	if (rc != 0) {
		errno = rc == GLOB_NOSPACE ? ENOMEM : EIO;
		return -1;
	}
	for (size_t i = 0; i < g.gl_pathc && rc == 0; i++)
		rc = add_host_key(s, g.gl_pathv[i]);
	globfree(&g);
	return rc;
}
