/* SPDX-License-Identifier: ISC */
/*
 * The push keys of the nodes, and the index by key: keys/DIGEST holds the name
 * of the one node that has the key with this SHA-256. push.pub decides; an
 * entry with nothing behind it lets nobody in.
 *
 * Both are changed under one lock for all keys: of two nodes that register one
 * key at the same time, one is refused. A lost entry comes back with the node's
 * next registration.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
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

/* 1: the node has the key with this digest; 0: it does not; -1: errno. */
static int has_key(int dir, const char *hex)
{
	struct sshkey k;
	char own[DIGEST_HEX];
	int rc = store_dir_is_node(dir) ? read_key(dir, &k) : 0;

	if (rc != 1)
		return rc;
	key_hex(&k, own);
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

/* 1: the name in this entry; 0: it is nobody's; -1: errno. */
static int entry_owner(const struct store *s, const char *hex, char name[NODE_NAME_MAX + 1])
{
	struct buf b = BUF_INIT(NODE_NAME_MAX + 1);
	int rc = file_read(s->keys, hex, &b);

	if (rc == -1) {
		rc = errno == ENOENT ? 0 : -1;
	} else if (b.len > 1) {
		snprintf(name, NODE_NAME_MAX + 1, "%.*s", (int)b.len - 1, b.data);
		rc = name_valid(name);
	}
	buf_free(&b);
	return rc;
}

/*
 * A node whose files are out of reach, as for the registration of another, has
 * what the index says.
 */
static bool is_held(const struct store *s, const char *name, const char *hex)
{
	int dir = dir_open(s->nodes, name);
	bool held;

	if (dir == -1)
		return errno != ENOENT;
	held = has_key(dir, hex) != 0;
	close_fd(dir);
	return held;
}

/* Makes the key the node's. Durable. -1 EEXIST: another node has it. */
static int claim_entry(const struct store *s, const char *hex, const char *name)
{
	char owner[NODE_NAME_MAX + 1], line[NODE_NAME_MAX + 2];
	int len = snprintf(line, sizeof(line), "%s\n", name);
	int rc = entry_owner(s, hex, owner);

	if (rc == -1 || (rc == 1 && strcmp(owner, name) == 0))
		return rc == -1 ? -1 : 0;
	if (rc == 1 && is_held(s, owner, hex)) {
		errno = EEXIST;
		return -1;
	}
	return file_replace(s->keys, hex, line, (size_t)len, 0600, FILE_DURABLE);
}

/* Unsynced: one entry too many does no harm. */
static int drop_entry(const struct store *s, const char *hex, const char *name)
{
	char owner[NODE_NAME_MAX + 1];
	int rc = entry_owner(s, hex, owner);

	if (rc == 1 && strcmp(owner, name) == 0)
		return unlinkat(s->keys, hex, 0);
	return rc == -1 ? -1 : 0;
}

int store_key_set(struct store *s, int dir, const char *name, const struct sshkey *k, bool *changed)
{
	char hex[DIGEST_HEX];
	struct sshkey old;
	int lock = store_lock(s->keys, ".lock", deadline_in_s(LOCK_SECONDS));
	int had = lock != -1 ? read_key(dir, &old) : -1, rc = -1;
	bool same = had == 1 && k != NULL && sshkey_equal(&old, k);

	if (had == -1)
		goto out;
	if (k != NULL) {
		key_hex(k, hex);
		if (claim_entry(s, hex, name) == -1)
			goto out;
	}
	if (!same) {
		*changed = true;
		if (write_key(dir, k) == -1)
			goto out;
	}
	rc = 0;
	if (!same && had == 1) {
		key_hex(&old, hex);
		rc = drop_entry(s, hex, name);
	}
out:
	close_fd(lock);
	return rc;
}

int store_find_key(struct store *s, const struct sshkey *k)
{
	struct node n = { .port = 0 };
	char hex[DIGEST_HEX];
	int dir, rc;

	key_hex(k, hex);
	rc = entry_owner(s, hex, n.name);
	if (rc != 1)
		return rc;
	dir = dir_open(s->nodes, n.name);
	if (dir == -1)
		return errno == ENOENT ? 0 : -1;
	rc = has_key(dir, hex);
	if (rc == 1)
		rc = store_read_settings(&n, dir) == 0 &&
		    (n.mode == NODE_AUTO || n.mode == NODE_PUSH);
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
