/* SPDX-License-Identifier: ISC */
/*
 * The push keys of the nodes, and the index by key: keys/DIGEST holds the name
 * of the one node that has the key with this SHA-256. push.pub decides; an
 * entry with nothing behind it lets nobody in.
 *
 * An entry that names a node is made under the LOCK_FACTS of this node, and
 * read and changed under a lock of its own. So of two nodes that register one
 * key at the same time, one is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

#define DIGEST_HEX (2 * SSHKEY_DIGEST_SIZE + 1)

static void key_hex(const struct sshkey *k, char hex[DIGEST_HEX])
{
	uint8_t digest[SSHKEY_DIGEST_SIZE];

	sshkey_digest(k, digest);
	hex_encode(hex, digest, sizeof(digest));
}

/* --- push.pub --- */

/* 1: *k; 0: none, or none that can be read; -1: errno. */
static int read_key(int dir, struct sshkey *k)
{
	struct buf b = BUF_INIT(SSHKEY_TEXT_MAX);
	const char *why;
	int rc = file_read(dir, "push.pub", &b);

	if (rc == -1)
		rc = errno == ENOENT ? 0 : -1;
	else if (b.len > 0 && sshkey_parse_line(k, b.data, b.len, &why) == 0)
		rc = 1;
	buf_free(&b);
	return rc;
}

static int write_key(int dir, const struct sshkey *k)
{
	char key[SSHKEY_TEXT_MAX], line[SSHKEY_TEXT_MAX + 1];
	int len;

	if (k == NULL)
		return file_remove(dir, "push.pub");
	sshkey_format(k, key);
	len = snprintf(line, sizeof(line), "%s\n", key);
	return file_replace(dir, "push.pub", line, (size_t)len, 0600, FILE_DURABLE);
}

/* 1: the node has the key with this digest (*k); 0: it does not; -1: errno. */
static int has_key(int dir, const char *hex, struct sshkey *k)
{
	char own[DIGEST_HEX];
	int rc = store_dir_is_node(dir) ? read_key(dir, k) : 0;

	if (rc != 1)
		return rc;
	key_hex(k, own);
	return strcmp(own, hex) == 0;
}

int store_push_key(struct store *s, const char *name, struct sshkey *k)
{
	int dir = store_known_dir(s, name);
	int rc;

	if (dir == -1)
		return -1;
	rc = read_key(dir, k);
	close_fd(dir);
	if (rc == 0)
		errno = ENOENT;
	return rc == 1 ? 0 : -1;
}

/* --- The index --- */

/* False: a crash left it half made; then it is nobody's. */
static bool read_entry(int fd, char name[NODE_NAME_MAX + 1])
{
	char text[NODE_NAME_MAX + 2];
	ssize_t n = pread_full(fd, text, sizeof(text) - 1, 0);
	char *end;

	text[n > 0 ? n : 0] = '\0';
	end = strchr(text, '\n');
	if (end == NULL)
		return false;
	*end = '\0';
	memcpy(name, text, (size_t)(end - text) + 1);
	return name_valid(name);
}

/* 1: the name in this entry; 0: it is nobody's; -1: errno. */
static int entry_owner(const struct store *s, const char *hex, char name[NODE_NAME_MAX + 1])
{
	int fd = file_open(s->keys, hex, O_RDONLY), rc;

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	rc = read_entry(fd, name);
	close_fd(fd);
	return rc;
}

/*
 * Does this node have the key, or is it about to? A node whose files are out of
 * reach, as for the registration of another, has what the index says.
 */
static bool is_held(const struct store *s, const char *name, const char *hex)
{
	int dir = dir_open(s->nodes, name);
	struct sshkey k;
	bool held;
	int lock;

	if (dir == -1)
		return errno != ENOENT;
	lock = store_lock(dir, LOCK_FACTS, 0);
	held = lock == -1 || has_key(dir, hex, &k) != 0;
	close_fd(lock);
	close_fd(dir);
	return held;
}

/* Makes the key the node's. Durable. -1 EEXIST: another node has it. */
static int claim_entry(const struct store *s, int keys, const char *hex, const char *name)
{
	char owner[NODE_NAME_MAX + 1], line[NODE_NAME_MAX + 2];
	int len = snprintf(line, sizeof(line), "%s\n", name);
	int fd = store_lock(keys, hex, deadline_in_s(LOCK_SECONDS));
	int rc = -1;

	if (fd == -1)
		return -1;
	if (read_entry(fd, owner) && strcmp(owner, name) != 0 && is_held(s, owner, hex))
		errno = EEXIST;
	else if (pwrite_full(fd, line, (size_t)len, 0) == 0 && fsync(fd) == 0)
		rc = dir_sync(keys);
	close_fd(fd);
	return rc;
}

enum drop { DROP_OWN, DROP_STALE };

/*
 * Removes the entry if it names this node, whose LOCK_FACTS the caller holds;
 * DROP_STALE: who does not, if the node does not have the key. 1: it is gone.
 * Unsynced: one entry too many does no harm.
 */
static int drop_entry(const struct store *s, const char *hex, const char *name, enum drop which)
{
	char owner[NODE_NAME_MAX + 1];
	int fd, rc = 0;

	if (!file_exists(s->keys, hex))
		return 0;
	fd = store_lock(s->keys, hex, which == DROP_OWN ? deadline_in_s(LOCK_SECONDS) : 0);
	if (fd == -1)
		return -1;
	if (!read_entry(fd, owner) ||
	    (strcmp(owner, name) == 0 && (which == DROP_OWN || !is_held(s, name, hex))))
		rc = unlinkat(s->keys, hex, 0) == 0 ? 1 : -1;
	close_fd(fd);
	return rc;
}

int store_key_set(struct store *s, int dir, const char *name, const struct sshkey *k, bool *changed)
{
	char hex[DIGEST_HEX], owner[NODE_NAME_MAX + 1];
	struct sshkey old;
	int had = read_key(dir, &old);
	bool same = had == 1 && k != NULL && sshkey_equal(&old, k);

	if (had == -1)
		return -1;
	if (k != NULL) {
		key_hex(k, hex);
		if (same && entry_owner(s, hex, owner) == 1 && strcmp(owner, name) == 0)
			return 0;
		if (claim_entry(s, s->keys, hex, name) == -1)
			return -1;
	}
	if (same)
		return 0;
	*changed = true;
	if (write_key(dir, k) == -1)
		return -1;
	if (had == 0)
		return 0;
	key_hex(&old, hex);
	return drop_entry(s, hex, name, DROP_OWN) == -1 ? -1 : 0;
}

int store_find_key(struct store *s, const uint8_t digest[SSHKEY_DIGEST_SIZE], struct sshkey *k)
{
	struct node n = { .port = 0 };
	char hex[DIGEST_HEX];
	int dir, rc;

	hex_encode(hex, digest, SSHKEY_DIGEST_SIZE);
	rc = entry_owner(s, hex, n.name);
	if (rc != 1)
		return rc;
	dir = dir_open(s->nodes, n.name);
	if (dir == -1 && errno != ENOENT)
		return -1;
	rc = dir != -1 ? has_key(dir, hex, k) : 0;
	if (rc == 1)
		rc = store_read_settings(&n, dir) == 0 &&
		    (n.mode == NODE_AUTO || n.mode == NODE_PUSH);
	else if (rc == 0 && drop_entry(s, hex, n.name, DROP_STALE) == 1)
		msg_info("node %s does not have this key; removed it from the index", n.name);
	close_fd(dir);
	return rc;
}

int store_key_other(
    struct store *s, const char *name, const struct sshkey *k, char other[NODE_NAME_MAX + 1])
{
	char hex[DIGEST_HEX];
	int rc;

	key_hex(k, hex);
	rc = entry_owner(s, hex, other);
	return rc == 1 ? strcmp(other, name) != 0 && is_held(s, other, hex) : rc;
}

/* --- Making the index --- */

struct rebuild {
	const struct store *s;
	int keys;
};

/* A key that cannot be read, or is another's, does not shut out the others. */
static int add_to_index(const char *name, void *arg)
{
	const struct rebuild *r = arg;
	int dir = dir_open(r->s->nodes, name);
	char hex[DIGEST_HEX];
	struct sshkey k;
	int rc = dir != -1 ? read_key(dir, &k) : -1;

	close_fd(dir);
	if (rc == 1) {
		key_hex(&k, hex);
		rc = claim_entry(r->s, r->keys, hex, name);
	}
	if (rc != -1 || errno == ENOENT)
		return 0;
	if (errno != EACCES && errno != EEXIST)
		return -1;
	msg_warn("node %s: its push key is not found: %s", name,
	    errno == EEXIST ? "another node has the same" : strerror(errno));
	return 0;
}

/* Under another name until it is whole. */
static int make_index(struct store *s)
{
	struct rebuild r = { .s = s, .keys = -1 };
	int rc = -1;

	if (dir_remove_tree(s->root, "keys.new") == -1)
		return -1;
	r.keys = dir_make(s->root, "keys.new", 0700);
	if (r.keys == -1)
		return -1;
	if (store_each_node(s, add_to_index, &r) == 0 && dir_remove_tree(s->root, "keys") == 0 &&
	    renameat(s->root, "keys.new", s->root, "keys") == 0 && dir_sync(s->root) == 0)
		rc = file_remove(s->root, "keys.lock");
	close_fd(r.keys);
	return rc;
}

/* With keys.lock, keys/ is of an earlier version: directories of names. */
static int open_index(struct store *s)
{
	if (file_exists(s->root, "keys.lock")) {
		errno = ENOENT;
		return -1;
	}
	return s->keys = dir_open(s->root, "keys");
}

int store_keys_open(struct store *s)
{
	int lock;

	if (open_index(s) != -1 || errno != ENOENT)
		return s->keys == -1 ? -1 : 0;
	lock = store_lock(s->root, "index.lock", deadline_in_s(LOCK_SECONDS));
	if (lock == -1)
		return -1;
	if (open_index(s) == -1 && errno == ENOENT && make_index(s) == 0)
		open_index(s);
	close_fd(lock);
	return s->keys == -1 ? -1 : 0;
}
