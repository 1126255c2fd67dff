/* SPDX-License-Identifier: ISC */
/*
 * The private file is in OpenSSH's format (its PROTOCOL.key): base64 of a few
 * strings, each behind its length (4 bytes, big-endian). Without a passphrase it
 * begins with the same bytes, and the public key follows.
 */
#include "common/trust/keypair.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/child.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define KEYGEN "/usr/bin/ssh-keygen"
#define KEYGEN_SECONDS 60
#define PRIVATE_MAX 32768 /* bytes of a private file; an RSA key of 16,384 bits has 13,000 */
#define PATH_ROOM (PATH_MAX + 32) /* with what is put behind a path */
#define BEGIN_KEY "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END_KEY "-----END OPENSSH PRIVATE KEY-----\n"

/* Cipher and key derivation are none, without options; one key. */
static const char preamble[] = "openssh-key-v1\0\0\0\0\4none\0\0\0\4none\0\0\0\0\0\0\0\1";
#define PREAMBLE (sizeof(preamble) - 1)

static int pair_failed(struct fail *f, int exit_code, const char *what, const char *path)
{
	return fail_set(f, ERR_NONE, exit_code, "%s %s: %s", what, path, strerror(errno));
}

static const char *beside(char out[PATH_ROOM], const char *path, const char *suffix)
{
	snprintf(out, PATH_ROOM, "%s%s", path, suffix);
	return out;
}

/* --- The private file --- */

static int parse_private(const char *text, struct sshkey *k)
{
	static uint8_t raw[PRIVATE_MAX];
	const char *end = strstr(text, END_KEY), *why;
	const uint8_t *blob = raw + PREAMBLE + 4;
	size_t len = 0, blob_len;
	int rc = -1;

	if (strncmp(text, BEGIN_KEY, strlen(BEGIN_KEY)) != 0 || end == NULL)
		return -1;
	text += strlen(BEGIN_KEY);
	if (sodium_base642bin(raw, sizeof(raw), text, (size_t)(end - text), "\n", &len, NULL,
		sodium_base64_VARIANT_ORIGINAL) == 0 &&
	    len > PREAMBLE + 4 && memcmp(raw, preamble, PREAMBLE) == 0) {
		blob_len = (size_t)blob[-2] << 8 | blob[-1];
		if (blob[-4] == 0 && blob[-3] == 0 && blob_len <= len - PREAMBLE - 4)
			rc = sshkey_parse_blob(k, blob, blob_len, &why);
	}
	sodium_memzero(raw, sizeof(raw));
	return rc;
}

/* --- Pairs --- */

static int read_pair(const char *path, struct sshkey *k, struct fail *f)
{
	struct buf b = BUF_INIT(PRIVATE_MAX);
	int rc = 1;

	if (file_read_secret(AT_FDCWD, path, &b) == -1) {
		if (errno == ENOENT)
			rc = 0;
		else if (errno == EPERM)
			rc = fail_set(f, ERR_NONE, EX_NOPERM,
			    "%s: others can read or write it; chmod 600", path);
		else
			rc = pair_failed(f, EX_IOERR, "reading", path);
	} else if (b.data == NULL || parse_private(b.data, k) == -1) {
		rc = fail_set(f, ERR_NONE, EX_DATAERR,
		    "%s: not a private key of OpenSSH without a passphrase; "
		    "ssh-keygen -p -N '' -f %s makes another one such",
		    path, path);
	}
	buf_wipe(&b);
	return rc;
}

/* One lock for all pairs of a directory. */
static int lock_pairs(const char *path, struct fail *f)
{
	char copy[PATH_MAX], lock[PATH_ROOM];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = lock_take(
	    AT_FDCWD, beside(lock, dirname(copy), "/keypair.lock"), deadline_in_s(KEYGEN_SECONDS));
	if (fd == -1)
		pair_failed(f, errno == EWOULDBLOCK ? EX_TEMPFAIL : EX_CANTCREAT, "locking", lock);
	return fd;
}

/* With the lock held. */
static int make_pair(const char *path, const char *comment, struct fail *f)
{
	char tmp[PATH_ROOM], tmp_pub[PATH_ROOM], pub[PATH_ROOM];
	static const char *const words[] = { KEYGEN, "-q", "-t", "ed25519", "-N", "" };
	struct argv argv = { .n = 0 };
	struct buf out = BUF_INIT(1024), err = BUF_INIT(1024);
	int code = 0, rc = -1;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		argv_add(&argv, words[i]);
	argv_add(&argv, "-C");
	argv_add(&argv, comment);
	argv_add(&argv, "-f");
	argv_add(&argv, beside(tmp, path, ".tmp"));
	beside(tmp_pub, path, ".tmp.pub");
	beside(pub, path, ".pub");
	/* ssh-keygen would ask before it overwrites, and ssh believes a .pub. */
	if (file_remove(AT_FDCWD, tmp) == -1 || file_remove(AT_FDCWD, pub) == -1)
		pair_failed(f, EX_CANTCREAT, "removing what lies beside", path);
	else if (argv_done(&argv) == NULL ||
	    child_run(argv_done(&argv), &out, &err, deadline_in_s(KEYGEN_SECONDS), &code) == -1)
		pair_failed(f, EX_OSERR, "running", KEYGEN);
	else if (code != 0)
		fail_set(f, ERR_NONE, EX_CANTCREAT, "%s -f %s ended with %d: %.*s", KEYGEN, tmp,
		    code, (int)strcspn(err.data != NULL ? err.data : "", "\n"),
		    err.data != NULL ? err.data : "");
	else if (file_rename(AT_FDCWD, tmp, path) == -1 ||
	    file_rename(AT_FDCWD, tmp_pub, pub) == -1)
		pair_failed(f, EX_CANTCREAT, "making", path);
	else
		rc = 0;
	if (rc == 0)
		msg_info("created the key pair %s", path);
	argv_free(&argv);
	buf_free(&out);
	buf_free(&err);
	return rc;
}

int keypair_open(const char *path, const char *comment, struct sshkey *k, struct fail *f)
{
	int rc = read_pair(path, k, f), lock;

	if (rc != 0 || comment == NULL)
		return rc;
	lock = lock_pairs(path, f);
	if (lock == -1)
		return -1;
	rc = read_pair(path, k, f);
	if (rc == 0)
		rc = make_pair(path, comment, f) == 0 ? read_pair(path, k, f) : -1;
	close_fd(lock);
	return rc;
}

int keypair_replace(const char *from, const char *to, struct sshkey *k, struct fail *f)
{
	char from_pub[PATH_ROOM], to_pub[PATH_ROOM];
	int lock = lock_pairs(to, f), rc = -1;

	if (lock == -1)
		return -1;
	beside(from_pub, from, ".pub");
	beside(to_pub, to, ".pub");
	/* Meanwhile `to` has no .pub, rather than that of another pair. */
	if (file_remove(AT_FDCWD, to_pub) == -1 || file_rename(AT_FDCWD, from, to) == -1 ||
	    (file_rename(AT_FDCWD, from_pub, to_pub) == -1 && errno != ENOENT))
		pair_failed(f, EX_CANTCREAT, "replacing", to);
	else if (read_pair(to, k, f) == 1)
		rc = 0;
	close_fd(lock);
	return rc;
}

/* As keypair_open() of the first. */
static int open_both(
    struct pushkey *k, const struct node_config *c, const char *comment, struct fail *f)
{
	int first, next;

	*k = (struct pushkey){ .path = path_join(c->state, "id_ed25519"),
		.next_path = path_join(c->state, "id_ed25519.new") };
	if (k->path == NULL || k->next_path == NULL)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	first = keypair_open(k->path, comment, &k->key, f);
	if (first != 1)
		return first;
	next = keypair_open(k->next_path, NULL, &k->next, f);
	k->rotating = next == 1;
	return next == -1 ? -1 : 1;
}

int pushkey_open(struct pushkey *k, const struct node_config *c, struct fail *f)
{
	return open_both(k, c, c->name, f) == -1 ? -1 : 0;
}

int pushkey_find(struct pushkey *k, const struct node_config *c, struct fail *f)
{
	return open_both(k, c, NULL, f);
}

void pushkey_close(struct pushkey *k)
{
	free(k->path);
	free(k->next_path);
	*k = (struct pushkey){ .path = NULL };
}

const struct sshkey *pushkey_newest(const struct pushkey *k)
{
	return k->rotating ? &k->next : &k->key;
}

int pushkey_rotate(struct pushkey *k, const struct node_config *c, struct fail *f)
{
	if (!k->rotating && keypair_open(k->next_path, c->name, &k->next, f) == -1)
		return -1;
	k->rotating = true;
	return 0;
}

int pushkey_promote(struct pushkey *k, struct fail *f)
{
	if (keypair_replace(k->next_path, k->path, &k->key, f) == -1)
		return -1;
	k->rotating = false;
	return 0;
}
