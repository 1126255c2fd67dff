/* SPDX-License-Identifier: ISC */
/*
 * Public ssh keys in text. A key that came from elsewhere is parsed, decoded
 * and encoded again, so that what we write is ours: type, one space, base64,
 * nothing else (protocol.md, section 5).
 */
#ifndef BIJK_TRUST_SSHKEY_H
#define BIJK_TRUST_SSHKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SSHKEY_BLOB_MAX 2200  /* an RSA key of 16,384 bits */
#define SSHKEY_TEXT_MAX 3008  /* type, space, base64, NUL */
#define SSHKEY_DIGEST_SIZE 32 /* SHA-256 of the blob, what ssh calls the fingerprint */

enum sshkey_type {
	SSHKEY_ED25519,
	SSHKEY_ECDSA_256,
	SSHKEY_ECDSA_384,
	SSHKEY_ECDSA_521,
	SSHKEY_RSA, /* 2048 to 16,384 bits */
};

struct sshkey {
	enum sshkey_type type;
	uint8_t blob[SSHKEY_BLOB_MAX];
	size_t len;
};

/*
 * Exactly one key: the name of its type and its base64 without a line end. The
 * blob names the same type, and its length is that of a key of this type; sshd
 * checks the rest. -1: *why (static).
 */
int sshkey_parse(struct sshkey *k, const char *type, const char *base64, const char **why);
/* The same for a key in ssh's wire format. */
int sshkey_parse_blob(struct sshkey *k, const uint8_t *blob, size_t len, const char **why);
/* The line of a .pub file: type, base64, and a comment, which is dropped. */
int sshkey_parse_line(struct sshkey *k, const char *line, size_t len, const char **why);

/* "TYPE BASE64" */
void sshkey_format(const struct sshkey *k, char out[SSHKEY_TEXT_MAX]);
bool sshkey_equal(const struct sshkey *a, const struct sshkey *b);
void sshkey_digest(const struct sshkey *k, uint8_t digest[SSHKEY_DIGEST_SIZE]);
/* "SHA256:" and unpadded base64, as ssh shows it; 51 bytes with NUL. */
void sshkey_fingerprint(const struct sshkey *k, char out[64]);

/* A bounded set of keys without repetition. */
#define SSHKEYS_MAX 32
struct sshkeys {
	struct sshkey *v;
	size_t n;
};
/* 0 also when it is there already; -1: EMSGSIZE beyond SSHKEYS_MAX, ENOMEM. */
int sshkeys_add(struct sshkeys *s, const struct sshkey *k);
void sshkeys_free(struct sshkeys *s);
/*
 * Adds the host keys that the glob(7) pattern finds; those of a type we do not
 * know are passed over, and files that cannot be used are named in a warning.
 * -1: ENOMEM, EMSGSIZE.
 */
int sshkeys_add_glob(struct sshkeys *s, const char *pattern);

#endif
