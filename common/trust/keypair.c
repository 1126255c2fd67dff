/* SPDX-License-Identifier: ISC */
#include "common/trust/keypair.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
#define PUB_MAX 8192
#define PATH_ROOM (PATH_MAX + 32) /* with what is put behind a path */

static int pair_failed(struct fail *f, int exit_code, const char *what, const char *path)
{
	return fail_set(f, ERR_NONE, exit_code, "%s %s: %s", what, path, strerror(errno));
}

static const char *beside(char out[PATH_ROOM], const char *path, const char *suffix)
{
	snprintf(out, PATH_ROOM, "%s%s", path, suffix);
	return out;
}

enum pair { PAIR_FAILED = -1, PAIR_NONE, PAIR_WHOLE, PAIR_NO_PUB };

/*
 * PAIR_NO_PUB: the .pub file is missing, or torn by a power cut; f says which.
 */
static enum pair read_pub(const char *path, struct sshkey *k, struct fail *f)
{
	struct buf b = BUF_INIT(PUB_MAX);
	char pub[PATH_ROOM];
	enum pair rc = PAIR_NO_PUB;
	const char *why;

	if (file_read(AT_FDCWD, beside(pub, path, ".pub"), &b) == -1)
		pair_failed(f, EX_IOERR, "reading", pub);
	else if (sshkey_parse_line(k, b.data != NULL ? b.data : "", b.len, &why) == -1)
		fail_set(f, ERR_NONE, EX_DATAERR, "%s: %s", pub, why);
	else
		rc = PAIR_WHOLE;
	buf_free(&b);
	return rc;
}

static enum pair read_pair(const char *path, struct sshkey *k, struct fail *f)
{
	int fd = file_open(AT_FDCWD, path, O_RDONLY);
	enum pair rc = PAIR_FAILED;
	struct stat st;

	if (fd == -1 && errno == ENOENT)
		return PAIR_NONE;
	if (fd == -1 || fstat(fd, &st) == -1)
		pair_failed(f, EX_IOERR, "reading", path);
	else if ((st.st_mode & S_IRWXO) != 0)
		fail_set(
		    f, ERR_NONE, EX_NOPERM, "%s: others can read or write it; chmod 600", path);
	else
		rc = read_pub(path, k, f);
	close_fd(fd);
	return rc;
}

/*
 * Runs ssh-keygen with these words and a file, its output to fd `out`. Its
 * standard input is the lock, which it so holds until it ends, whatever becomes
 * of us.
 */
static int run_keygen(const char *const *words, const char *file, int lock, int out, struct fail *f)
{
	struct buf said = BUF_INIT(1024);
	struct argv a = { .n = 0 };
	struct child c = CHILD_NONE;
	const char *why;
	char *const *v;
	int done, rc = -1;

	argv_add(&a, KEYGEN);
	for (; *words != NULL; words++)
		argv_add(&a, *words);
	argv_add(&a, "-f");
	argv_add(&a, file);
	v = argv_done(&a);
	if (v == NULL || child_start_on(&c, NULL, v, lock, out, CHILD_PIPE_ERR) == -1) {
		pair_failed(f, EX_OSERR, "running", KEYGEN);
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

/*
 * What a crash left of making this pair, and a .pub without its private file.
 */
static int remove_pair_leftovers(const char *path)
{
	static const char *const names[] = { ".pub", ".tmp", ".tmp.pub" };
	char name[PATH_ROOM];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (file_remove(AT_FDCWD, beside(name, path, names[i])) == -1)
			return -1;
	}
	return 0;
}

static int make_pair(const char *path, const char *comment, int lock, struct fail *f)
{
	const char *const words[] = { "-q", "-t", "ed25519", "-N", "", "-C", comment, NULL };
	char tmp[PATH_ROOM], tmp_pub[PATH_ROOM], pub[PATH_ROOM];

	/* ssh-keygen would ask before it overwrites. */
	if (remove_pair_leftovers(path) == -1)
		return pair_failed(f, EX_CANTCREAT, "removing what lies beside", path);
	if (run_keygen(words, beside(tmp, path, ".tmp"), lock, lock, f) == -1)
		return -1;
	/* The private file last: with it the pair is there. */
	if (file_rename(AT_FDCWD, beside(tmp_pub, path, ".tmp.pub"), beside(pub, path, ".pub")) ==
		-1 ||
	    file_rename(AT_FDCWD, tmp, path) == -1)
		return pair_failed(f, EX_CANTCREAT, "making", path);
	msg_info("created the key pair %s", path);
	return 0;
}

static int make_pub(const char *path, int lock, struct fail *f)
{
	static const char *const words[] = { "-y", "-P", "", NULL };
	char tmp[PATH_ROOM], pub[PATH_ROOM];
	int fd, rc;

	fd = open(beside(tmp, path, ".tmp.pub"),
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return pair_failed(f, EX_CANTCREAT, "making", tmp);
	rc = run_keygen(words, path, lock, fd, f);
	close(fd);
	if (rc == 0 && file_rename(AT_FDCWD, tmp, beside(pub, path, ".pub")) == -1)
		rc = pair_failed(f, EX_CANTCREAT, "making", pub);
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

/* With the lock held. Makes a missing pair, unless comment is NULL, or .pub. */
static enum pair mend_pair(
    const char *path, const char *comment, int lock, struct sshkey *k, struct fail *f)
{
	enum pair pair = read_pair(path, k, f);

	if (pair == PAIR_NONE && comment != NULL)
		pair = make_pair(path, comment, lock, f) == 0 ? read_pair(path, k, f) : PAIR_FAILED;
	else if (pair == PAIR_NO_PUB)
		pair = make_pub(path, lock, f) == 0 ? read_pair(path, k, f) : PAIR_FAILED;
	return pair;
}

static enum pair open_or_make_pair(
    const char *path, const char *comment, struct sshkey *k, struct fail *f)
{
	enum pair pair = read_pair(path, k, f);
	int lock;

	if (pair == PAIR_WHOLE || pair == PAIR_FAILED || (pair == PAIR_NONE && comment == NULL))
		return pair;
	lock = lock_pairs(path, f);
	if (lock == -1)
		return PAIR_FAILED;
	pair = mend_pair(path, comment, lock, k, f);
	close_fd(lock);
	return pair;
}

int keypair_open(const char *path, const char *comment, struct sshkey *k, struct fail *f)
{
	return open_or_make_pair(path, comment, k, f) == PAIR_WHOLE ? 0 : -1;
}

int keypair_find(const char *path, bool *there, struct sshkey *k, struct fail *f)
{
	enum pair pair = open_or_make_pair(path, NULL, k, f);

	*there = pair == PAIR_WHOLE;
	return pair == PAIR_WHOLE || pair == PAIR_NONE ? 0 : -1;
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
	    file_rename(AT_FDCWD, from_pub, to_pub) == -1)
		pair_failed(f, EX_CANTCREAT, "replacing", to);
	else if (read_pair(to, k, f) == PAIR_WHOLE)
		rc = 0;
	close_fd(lock);
	return rc;
}

int pushkey_open(struct pushkey *k, const struct node_config *c, struct fail *f)
{
	*k = (struct pushkey){ .path = path_join(c->state, "id_ed25519"),
		.next_path = path_join(c->state, "id_ed25519.new") };
	if (k->path == NULL || k->next_path == NULL)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	if (keypair_open(k->path, c->name, &k->key, f) == -1)
		return -1;
	return keypair_find(k->next_path, &k->rotating, &k->next, f);
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
