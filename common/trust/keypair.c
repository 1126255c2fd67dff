/* SPDX-License-Identifier: ISC */
/*
 * OpenSSH's own private key format holds the public half in the clear, so the private file alone
 * says which pair this is, and putting it in place with one rename is all that making or replacing
 * a pair needs.
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
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define KEYGEN "/usr/bin/ssh-keygen"
#define KEYGEN_SECONDS 60
#define LAST_WORDS_MS 200
#define PRIVATE_MAX 16384
#define PEM_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define PEM_END "-----END OPENSSH PRIVATE KEY-----"
#define PATH_ROOM (PATH_MAX + 32) /* with what is put behind a path */
#define MAGIC "openssh-key-v1"	  /* and its NUL */

static int failed(struct fail *f, int exit_code, const char *what, const char *path)
{
	return fail_set(f, ERR_NONE, exit_code, "%s %s: %s", what, path, strerror(errno));
}

/* A string behind its big-endian length; moves *at behind it. */
static bool take(const uint8_t **at, const uint8_t *end, const uint8_t **s, size_t *len)
{
	if (end - *at < 4)
		return false;
	*len = (size_t)(*at)[0] << 24 | (size_t)(*at)[1] << 16 | (size_t)(*at)[2] << 8 | (*at)[3];
	*s = *at + 4;
	if (*len > (size_t)(end - *s))
		return false;
	*at = *s + *len;
	return true;
}

/* Magic, cipher, KDF, its options, a count (4 bytes), the public blob; then the secret. */
static int public_of(struct sshkey *k, const char *text, size_t len, const char **why)
{
	uint8_t bin[PRIVATE_MAX];
	const uint8_t *at = bin, *end, *s;
	const char *from, *to;
	size_t n, i;
	int rc = -1;

	*why = "not a private key in OpenSSH's own format";
	if (len < sizeof(PEM_BEGIN) || strncmp(text, PEM_BEGIN, sizeof(PEM_BEGIN) - 1) != 0)
		return -1;
	from = text + sizeof(PEM_BEGIN) - 1;
	to = strstr(from, PEM_END);
	if (to == NULL ||
	    sodium_base642bin(bin, sizeof(bin), from, (size_t)(to - from), "\n", &n, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0)
		goto out;
	end = bin + n;
	if (n < sizeof(MAGIC) || memcmp(bin, MAGIC, sizeof(MAGIC)) != 0)
		goto out;
	at += sizeof(MAGIC);
	for (i = 0; i < 3; i++) {
		if (!take(&at, end, &s, &n))
			goto out;
	}
	if (end - at < 4)
		goto out;
	at += 4;
	if (take(&at, end, &s, &n))
		rc = sshkey_parse_blob(k, s, n, why);
out:
	sodium_memzero(bin, sizeof(bin));
	return rc;
}

/* The .pub file: 0, or -1 when it cannot be had. */
static int read_pub(const char *path, struct sshkey *k, const char **why)
{
	struct buf b = BUF_INIT(8192);
	char pub[PATH_ROOM];
	int rc = -1;

	snprintf(pub, sizeof(pub), "%s.pub", path);
	if (file_read(AT_FDCWD, pub, &b) == -1)
		*why = strerror(errno);
	else
		rc = sshkey_parse_line(k, b.data != NULL ? b.data : "", b.len, why);
	buf_free(&b);
	return rc;
}

enum pair { PAIR_FAILED = -1, PAIR_NONE, PAIR_WHOLE, PAIR_NO_PUB };

/* Looks at the pair. PAIR_NO_PUB: its .pub file is missing, or that of another key. */
static enum pair look(const char *path, struct sshkey *k, struct fail *f)
{
	struct buf b = BUF_INIT(PRIVATE_MAX);
	enum pair rc = PAIR_FAILED;
	const char *why, *pub_why;
	struct sshkey pub;
	bool pub_there;

	if (file_read_secret(AT_FDCWD, path, &b) == -1) {
		if (errno == ENOENT)
			rc = PAIR_NONE;
		else if (errno == EPERM)
			fail_set(f, ERR_NONE, EX_NOPERM,
			    "%s: others can read or write it; chmod 600", path);
		else
			failed(f, EX_IOERR, "reading", path);
		goto out;
	}
	pub_there = read_pub(path, &pub, &pub_why) == 0;
	if (public_of(k, b.data != NULL ? b.data : "", b.len, &why) == 0) {
		rc = pub_there && sshkey_equal(k, &pub) ? PAIR_WHOLE : PAIR_NO_PUB;
	} else if (pub_there) {
		*k = pub; /* an older format, which the administrator gave us */
		rc = PAIR_WHOLE;
	} else {
		fail_set(
		    f, ERR_NONE, EX_DATAERR, "%s: %s, and %s.pub: %s", path, why, path, pub_why);
	}
out:
	if (b.data != NULL)
		sodium_memzero(b.data, b.cap);
	buf_free(&b);
	return rc;
}

static int sync_file(const char *path)
{
	int fd = file_open(AT_FDCWD, path, O_RDONLY);
	int rc = fd == -1 ? -1 : fsync(fd);

	close_fd(fd);
	return rc;
}

static int sync_parent(const char *path)
{
	char copy[PATH_MAX];
	int fd, rc;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd == -1 ? -1 : dir_sync(fd);
	close_fd(fd);
	return rc;
}

/* Renames a private file that is whole and synced; durable. */
static int put_in_place(const char *from, const char *to)
{
	return sync_file(from) == -1 || renameat(AT_FDCWD, from, AT_FDCWD, to) == -1 ||
		sync_parent(to) == -1
	    ? -1
	    : 0;
}

/* What can lie beside a private file: its .pub, and what a crash left of making the pair. */
static const char *const beside[] = { ".pub", ".tmp", ".tmp.pub" };
#define BESIDE (sizeof(beside) / sizeof(beside[0]))

static int remove_beside(const char *path)
{
	char name[PATH_ROOM];

	for (size_t i = 0; i < BESIDE; i++) {
		snprintf(name, sizeof(name), "%s%s", path, beside[i]);
		if (file_remove(AT_FDCWD, name) == -1)
			return -1;
	}
	return 0;
}

static bool has_beside(const char *path)
{
	char name[PATH_ROOM];

	for (size_t i = 0; i < BESIDE; i++) {
		snprintf(name, sizeof(name), "%s%s", path, beside[i]);
		if (access(name, F_OK) == 0)
			return true;
	}
	return false;
}

/*
 * Its standard input is the lock, which therefore is held until it ends, whatever becomes of us: a
 * next run does not write under its hands.
 */
static int run_keygen(const char *file, const char *comment, int lock, struct fail *f)
{
	struct buf said = BUF_INIT(1024);
	const char *const words[] = { KEYGEN, "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f",
		file };
	struct argv a = { .n = 0 };
	struct child c = CHILD_NONE;
	const char *why;
	char *const *v;
	int done, rc = -1;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		argv_add(&a, words[i]);
	v = argv_done(&a);
	if (v == NULL || child_start_on(&c, NULL, v, lock, lock, CHILD_PIPE_ERR) == -1) {
		failed(f, EX_OSERR, "running", KEYGEN);
		goto out;
	}
	done = child_wait(&c, deadline_in_s(KEYGEN_SECONDS));
	read_all(c.err, &said, deadline_in_ms(LAST_WORDS_MS));
	why = said.data != NULL ? said.data : "";
	child_end(&c, 1000);
	if (done != 1)
		fail_set(f, ERR_NONE, EX_OSERR, "%s did not end", KEYGEN);
	else if (child_exit_code(&c) != 0)
		fail_set(f, ERR_NONE, EX_CANTCREAT, "%s -f %s ended with %d: %.*s", KEYGEN, file,
		    child_exit_code(&c), (int)strcspn(why, "\n"), why);
	else
		rc = 0;
out:
	argv_free(&a);
	buf_free(&said);
	return rc;
}

/* Nothing lies beside path: ssh-keygen would ask before it overwrites. */
static int make_pair(const char *path, const char *comment, int lock, struct fail *f)
{
	char tmp[PATH_ROOM], tmp_pub[PATH_ROOM];

	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	snprintf(tmp_pub, sizeof(tmp_pub), "%s.tmp.pub", path);
	if (run_keygen(tmp, comment, lock, f) == -1)
		return -1;
	if (file_remove(AT_FDCWD, tmp_pub) == -1 || put_in_place(tmp, path) == -1)
		return failed(f, EX_CANTCREAT, "making", path);
	msg_info("made the key pair %s", path);
	return 0;
}

static int write_pub(const char *path, const struct sshkey *k, const char *comment, struct fail *f)
{
	struct buf b = BUF_INIT(SSHKEY_TEXT_MAX + 256);
	char text[SSHKEY_TEXT_MAX], pub[PATH_ROOM];
	int rc;

	sshkey_format(k, text);
	buf_addf(&b, "%s%s%s\n", text, comment[0] != '\0' ? " " : "", comment);
	snprintf(pub, sizeof(pub), "%s.pub", path);
	rc = !buf_ok(&b) || file_replace(AT_FDCWD, pub, b.data, b.len, 0644, FILE_DURABLE) == -1
	    ? failed(f, EX_CANTCREAT, "writing", pub)
	    : 0;
	buf_free(&b);
	return rc;
}

/* For who writes any file of a pair: one lock for all pairs of a directory. */
static int lock_pairs(const char *path, struct fail *f)
{
	char copy[PATH_MAX], lock[PATH_ROOM];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(lock, sizeof(lock), "%s/keypair.lock", dirname(copy));
	fd = lock_take(AT_FDCWD, lock, deadline_in_s(KEYGEN_SECONDS));
	if (fd == -1)
		failed(f, errno == EWOULDBLOCK ? EX_TEMPFAIL : EX_CANTCREAT, "locking", lock);
	return fd;
}

/* With the lock held: makes a pair whole. */
static enum pair mend(
    const char *path, const char *comment, bool make, int lock, struct sshkey *k, struct fail *f)
{
	enum pair pair = look(path, k, f);

	if (pair == PAIR_NONE && remove_beside(path) == -1) {
		failed(f, EX_CANTCREAT, "removing what lies beside", path);
		return PAIR_FAILED;
	}
	if (pair == PAIR_NONE && make) {
		if (make_pair(path, comment, lock, f) == -1)
			return PAIR_FAILED;
		pair = look(path, k, f);
	}
	if (pair == PAIR_NO_PUB)
		pair = write_pub(path, k, comment, f) == -1 ? PAIR_FAILED : PAIR_WHOLE;
	return pair;
}

static enum pair open_pair(
    const char *path, const char *comment, bool make, struct sshkey *k, struct fail *f)
{
	enum pair pair = look(path, k, f);
	int lock;

	if (pair == PAIR_WHOLE || pair == PAIR_FAILED ||
	    (pair == PAIR_NONE && !make && !has_beside(path)))
		return pair;
	lock = lock_pairs(path, f);
	if (lock == -1)
		return PAIR_FAILED;
	pair = mend(path, comment, make, lock, k, f);
	close_fd(lock);
	return pair;
}

int keypair_open(const char *path, const char *comment, struct sshkey *k, struct fail *f)
{
	return open_pair(path, comment, true, k, f) == PAIR_WHOLE ? 0 : -1;
}

int keypair_find(
    const char *path, const char *comment, bool *there, struct sshkey *k, struct fail *f)
{
	enum pair pair = open_pair(path, comment, false, k, f);

	*there = pair == PAIR_WHOLE;
	return pair == PAIR_FAILED ? -1 : 0;
}

int keypair_replace(
    const char *from, const char *to, const char *comment, struct sshkey *k, struct fail *f)
{
	int lock = lock_pairs(to, f);
	struct sshkey gone;
	int rc = -1;

	if (lock == -1)
		return -1;
	/* After the rename it is done; what the .pub files say is mended now or later. */
	if (put_in_place(from, to) == -1)
		failed(f, EX_CANTCREAT, "replacing", to);
	else if (mend(to, comment, false, lock, k, f) == PAIR_WHOLE &&
	    mend(from, comment, false, lock, &gone, f) == PAIR_NONE)
		rc = 0;
	close_fd(lock);
	return rc;
}
