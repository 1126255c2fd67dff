/* SPDX-License-Identifier: ISC */
/*
 * A blob in ssh's wire format is a row of strings, each behind its length (4 bytes, big-endian):
 * the type's name, then what the type needs. check_fields() takes exactly these and accepts nothing
 * behind.
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
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 16384
#define RSA_E_MAX 8 /* bytes of the public exponent; what OpenSSL takes */

static const struct {
	const char *name;
	const char *curve;
	size_t field; /* bytes of the key, or of a coordinate */
} types[] = {
	[SSHKEY_ED25519] = { "ssh-ed25519", NULL, 32 },
	[SSHKEY_ECDSA_256] = { "ecdsa-sha2-nistp256", "nistp256", 32 },
	[SSHKEY_ECDSA_384] = { "ecdsa-sha2-nistp384", "nistp384", 48 },
	[SSHKEY_ECDSA_521] = { "ecdsa-sha2-nistp521", "nistp521", 66 },
	[SSHKEY_RSA] = { "ssh-rsa", NULL, 0 },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

struct span {
	const uint8_t *p;
	size_t len;
};

static bool span_is(const struct span *s, const char *text)
{
	return s->len == strlen(text) && memcmp(s->p, text, s->len) == 0;
}

/* The next string of the blob; moves rest behind it. */
static bool take(struct span *rest, struct span *out)
{
	size_t len;

	if (rest->len < 4)
		return false;
	len = (size_t)rest->p[0] << 24 | (size_t)rest->p[1] << 16 | (size_t)rest->p[2] << 8 |
	    rest->p[3];
	if (len > rest->len - 4)
		return false;
	*out = (struct span){ rest->p + 4, len };
	rest->p += 4 + len;
	rest->len -= 4 + len;
	return true;
}

/* A positive odd integer in its one shortest form; its bits, or 0. */
static size_t odd_bits(const struct span *s)
{
	size_t zero = s->len > 1 && s->p[0] == 0 ? 1 : 0;
	size_t bits;

	if (s->len == 0 || (s->p[0] & 0x80) != 0 || s->p[zero] == 0 ||
	    (s->p[s->len - 1] & 1) == 0 || (zero == 1 && (s->p[1] & 0x80) == 0))
		return 0;
	bits = (s->len - zero) * 8;
	for (uint8_t top = s->p[zero]; (top & 0x80) == 0; top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

static const char *check_rsa(struct span *rest)
{
	struct span e, n;
	size_t bits;

	if (!take(rest, &e) || !take(rest, &n))
		return "the key is cut off";
	bits = odd_bits(&e);
	if (bits < 2 || bits > (size_t)RSA_E_MAX * 8)
		return "the exponent of the RSA key is none";
	bits = odd_bits(&n);
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return "an RSA key must have 2048 to 16384 bits";
	return NULL;
}

static const char *check_fields(enum sshkey_type type, struct span *rest)
{
	struct span s;

	if (type == SSHKEY_RSA)
		return check_rsa(rest);
	if (types[type].curve != NULL && (!take(rest, &s) || !span_is(&s, types[type].curve)))
		return "the curve is not that of the key's type";
	if (!take(rest, &s))
		return "the key is cut off";
	if (type == SSHKEY_ED25519)
		return s.len == types[type].field ? NULL : "an ed25519 key has 32 bytes";
	return s.len == 1 + 2 * types[type].field && s.p[0] == 4 ? NULL
								 : "the point is not of this curve";
}

int sshkey_parse_blob(struct sshkey *k, const uint8_t *blob, size_t len, const char **why)
{
	struct span rest = { blob, len }, name;
	size_t type = 0;

	*why = "the key is too long";
	if (len > SSHKEY_BLOB_MAX)
		return -1;
	*why = "the key is cut off";
	if (!take(&rest, &name))
		return -1;
	while (type < TYPES && !span_is(&name, types[type].name))
		type++;
	*why = "the key is of an unknown type";
	if (type == TYPES)
		return -1;
	*why = check_fields((enum sshkey_type)type, &rest);
	if (*why != NULL)
		return -1;
	*why = "something stands behind the key";
	if (rest.len > 0)
		return -1;
	k->type = (enum sshkey_type)type;
	k->len = len;
	memmove(k->blob, blob, len);
	return 0;
}

int sshkey_parse(struct sshkey *k, const char *type, const char *base64, const char **why)
{
	char again[SSHKEY_TEXT_MAX];
	size_t len = strlen(base64);
	struct sshkey got;

	*why = "the key is too long";
	if (len >= sizeof(again))
		return -1;
	*why = "the key is no base64";
	if (sodium_base642bin(got.blob, sizeof(got.blob), base64, len, NULL, &got.len, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0)
		return -1;
	/* Several texts decode to the same bytes; only the one that we would write is taken. */
	sodium_bin2base64(again, sizeof(again), got.blob, got.len, sodium_base64_VARIANT_ORIGINAL);
	if (strcmp(again, base64) != 0)
		return -1;
	if (sshkey_parse_blob(&got, got.blob, got.len, why) == -1)
		return -1;
	*why = "the key is of another type than its name says";
	if (strcmp(type, types[got.type].name) != 0)
		return -1;
	*k = got;
	return 0;
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

const char *sshkey_type_name(enum sshkey_type type)
{
	return types[type].name;
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

bool sshkey_digest_of_fingerprint(const char *fingerprint, uint8_t digest[SSHKEY_DIGEST_SIZE])
{
	size_t len;

	return strncmp(fingerprint, "SHA256:", 7) == 0 &&
	    sodium_base642bin(digest, SSHKEY_DIGEST_SIZE, fingerprint + 7, strlen(fingerprint + 7),
		NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
	    len == SSHKEY_DIGEST_SIZE;
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

/* Is it the .pub file of a type that we know? DSA, certificates and the like are none of ours. */
static bool known_type(const struct buf *b)
{
	for (size_t i = 0; i < TYPES; i++) {
		size_t len = strlen(types[i].name);
		if (b->len > len && memcmp(b->data, types[i].name, len) == 0 && b->data[len] == ' ')
			return true;
	}
	return false;
}

static int add_file(struct sshkeys *s, const char *path)
{
	struct buf b = BUF_INIT(PUB_FILE_MAX);
	/* Some systems keep the keys elsewhere, with links in /etc/ssh. */
	char *real = realpath(path, NULL);
	const char *why;
	struct sshkey k;
	int rc = 0;

	if (real == NULL || file_read(AT_FDCWD, real, &b) == -1)
		msg_warn("reading host key %s: %s", path, strerror(errno));
	else if (!known_type(&b))
		msg_debug("host key %s is of no type that is used here", path);
	else if (sshkey_parse_line(&k, b.data, b.len, &why) == -1)
		msg_warn("host key %s: %s", path, why);
	else
		rc = sshkeys_add(s, &k);
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
		rc = add_file(s, g.gl_pathv[i]);
	globfree(&g);
	return rc;
}
