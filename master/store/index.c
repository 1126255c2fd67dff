/* SPDX-License-Identifier: ISC */
/*
 * The index from a key to the nodes that have it. push.pub decides: an entry is written before it
 * and removed after it, so that at any moment each push.pub has its entry; one too many is found by
 * comparing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

static void digest_name(const struct sshkey *k, char hex[DIGEST_HEX])
{
	uint8_t digest[SSHKEY_DIGEST_SIZE];

	sshkey_digest(k, digest);
	hex_encode(hex, digest, sizeof(digest));
}

static int make_entry(int keys, const char *hex, const char *name)
{
	int fd = -1, dir, rc = -1;

	if (mkdirat(keys, hex, 0700) == -1 && errno != EEXIST)
		return -1;
	dir = dir_open(keys, hex);
	if (dir == -1)
		return -1;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd != -1 && dir_sync(dir) == 0)
		rc = dir_sync(keys);
	close_fd(fd);
	close_fd(dir);
	return rc;
}

static int add_entry(int keys, const char *name, const struct sshkey *k)
{
	char hex[DIGEST_HEX];
	int rc = -1;

	digest_name(k, hex);
	/* Whoever removes the last entry of a key removes the directory, maybe from under us. */
	for (int tries = 0; tries < 10 && rc == -1; tries++) {
		rc = make_entry(keys, hex, name);
		if (rc == -1 && errno != ENOENT)
			break;
	}
	return rc;
}

int store_index_add(const struct store *s, const char *name, const struct sshkey *k)
{
	return add_entry(s->keys, name, k);
}

/* Unsynced: an entry too many does no harm. */
int store_index_drop(const struct store *s, const char *hex, const char *name)
{
	int dir = dir_open(s->keys, hex);
	int rc;

	if (dir == -1)
		return errno == ENOENT ? 0 : -1;
	rc = unlinkat(dir, name, 0) == -1 && errno != ENOENT ? -1 : 0;
	close_fd(dir);
	if (rc == 0)
		unlinkat(s->keys, hex, AT_REMOVEDIR); /* if it is empty */
	return rc;
}

int store_index_remove(const struct store *s, const char *name, const struct sshkey *k)
{
	char hex[DIGEST_HEX];

	digest_name(k, hex);
	return store_index_drop(s, hex, name);
}

bool store_index_has(const struct store *s, const char *name, const struct sshkey *k)
{
	char path[DIGEST_HEX + NODE_NAME_MAX + 1];

	digest_name(k, path);
	snprintf(path + DIGEST_HEX - 1, sizeof(path) - DIGEST_HEX + 1, "/%s", name);
	return file_exists(s->keys, path);
}

struct rebuild {
	const struct store *s;
	int keys;
};

static int rebuild_one(const char *name, void *arg)
{
	const struct rebuild *r = arg;
	struct sshkey k;
	int dir = store_node_dir(r->s, name);
	int rc;

	/* It does not shut the others out. */
	if (dir == -1 && errno == EACCES) {
		msg_warn("node %s: its directory cannot be read: %s", name, strerror(errno));
		return 0;
	}
	if (dir == -1)
		return errno == ENOENT ? 0 : -1;
	rc = store_read_key(dir, &k);
	close_fd(dir);
	return rc == 1 ? add_entry(r->keys, name, &k) : rc;
}

/* Under another name until it is whole. */
static int rebuild(struct store *s)
{
	struct rebuild r = { .s = s, .keys = -1 };
	int rc = -1;

	if (dir_remove_tree(s->root, "keys.new") == -1)
		return -1;
	r.keys = dir_make(s->root, "keys.new", 0700);
	if (r.keys == -1)
		return -1;
	if (store_each_node(s, rebuild_one, &r) == 0 &&
	    renameat(s->root, "keys.new", s->root, "keys") == 0)
		rc = dir_sync(s->root);
	close_fd(r.keys);
	return rc;
}

int store_keys_open(struct store *s)
{
	int lock;

	s->keys = dir_open(s->root, "keys");
	if (s->keys != -1 || errno != ENOENT)
		return s->keys == -1 ? -1 : 0;
	lock = lock_take(s->root, "keys.lock", deadline_in_s(LOCK_SECONDS));
	if (lock == -1)
		return -1;
	s->keys = dir_open(s->root, "keys");
	if (s->keys == -1 && errno == ENOENT && rebuild(s) == 0)
		s->keys = dir_open(s->root, "keys");
	close_fd(lock);
	return s->keys == -1 ? -1 : 0;
}
