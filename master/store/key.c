/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/store/dir.h"
#include "master/store/node_settings.h"

#include "common/base/banned.h"

int store_read_key(int dir, struct sshkey *k)
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

int store_push_key(struct store *s, const char *name, struct sshkey *k)
{
	int dir = store_known_dir(s, name);
	int rc;

	if (dir == -1)
		return -1;
	rc = store_read_key(dir, k);
	close_fd(dir);
	if (rc == 0)
		errno = ENOENT;
	return rc == 1 ? 0 : -1;
}

static bool may_push(int dir, const char *name)
{
	struct buf b = BUF_INIT(YAML_FILE_MAX);
	struct node n = { .port = 0 };
	char why[YAML_WHY_MAX];
	bool may = false;

	if (file_read(dir, "node.yml", &b) == 0) {
		may =
		    node_settings_parse(&n, name, b.data != NULL ? b.data : "", b.len, why) == 0 &&
		    (n.mode == NODE_AUTO || n.mode == NODE_PUSH);
	}
	buf_free(&b);
	return may;
}

/* 1: the node has this key (*k); 0: not; -1: errno. */
static int has_key(int dir, const uint8_t digest[SSHKEY_DIGEST_SIZE], struct sshkey *k)
{
	uint8_t own[SSHKEY_DIGEST_SIZE];
	int rc = store_dir_is_node(dir) ? store_read_key(dir, k) : 0;

	if (rc != 1)
		return rc;
	sshkey_digest(k, own);
	return memcmp(own, digest, sizeof(own)) == 0;
}

/* Takes an entry away that nothing stands behind, unless somebody is at work on the node right now.
 */
static void mend(struct store *s, int dir, const char *name, const char *hex,
    const uint8_t digest[SSHKEY_DIGEST_SIZE])
{
	struct sshkey k;
	int lock = -1;

	if (dir != -1) {
		lock = store_lock(dir, LOCK_FACTS, 0);
		if (lock == -1 || has_key(dir, digest, &k) != 0)
			goto out;
	}
	if (store_index_drop(s, hex, name) == 0)
		msg_info("node %s has another key now; took it out of the index", name);
out:
	close_fd(lock);
}

static int try_entry(struct store *s, const char *hex, const char *name,
    const uint8_t digest[SSHKEY_DIGEST_SIZE], struct sshkey *k)
{
	int dir = store_node_dir(s, name);
	int rc;

	if (dir == -1 && errno != ENOENT)
		return -1;
	rc = dir != -1 ? has_key(dir, digest, k) : 0;
	if (rc == 0)
		mend(s, dir, name, hex, digest);
	else if (rc == 1)
		rc = may_push(dir, name);
	close_fd(dir);
	return rc;
}

int store_find_key(struct store *s, const uint8_t digest[SSHKEY_DIGEST_SIZE], struct sshkey *k)
{
	char hex[DIGEST_HEX];
	struct dirent *e;
	int dir, rc = 0;
	DIR *d;

	hex_encode(hex, digest, SSHKEY_DIGEST_SIZE);
	dir = dir_open(s->keys, hex);
	if (dir == -1)
		return errno == ENOENT ? 0 : -1;
	d = fdopendir(dir);
	if (d == NULL) {
		close_fd(dir);
		return -1;
	}
	while (rc == 0 && (errno = 0, e = readdir(d)) != NULL) {
		if (name_valid(e->d_name))
			rc = try_entry(s, hex, e->d_name, digest, k);
	}
	if (rc == 0 && errno != 0)
		rc = -1;
	dir = errno;
	closedir(d);
	errno = dir;
	return rc;
}

int store_key_other(
    struct store *s, const char *name, const struct sshkey *k, char other[NODE_NAME_MAX + 1])
{
	uint8_t digest[SSHKEY_DIGEST_SIZE];
	char hex[DIGEST_HEX];
	struct name_list l;
	int dir, rc;

	sshkey_digest(k, digest);
	hex_encode(hex, digest, sizeof(digest));
	dir = dir_open(s->keys, hex);
	if (dir == -1)
		return errno == ENOENT ? 0 : -1;
	rc = name_list_read(&l, dir, name_valid);
	close_fd(dir);
	if (rc == -1)
		return -1;
	for (size_t i = 0; i < l.n && rc == 0; i++) {
		struct sshkey theirs;
		int node, has;

		if (strcmp(l.v[i], name) == 0)
			continue;
		node = store_node_dir(s, l.v[i]);
		has = node != -1 ? has_key(node, digest, &theirs) : -1;
		/* A registration reaches no other node: then the index is believed. */
		if (has == 1 || (has == -1 && errno == EACCES)) {
			snprintf(other, NODE_NAME_MAX + 1, "%s", l.v[i]);
			rc = 1;
		}
		close_fd(node);
	}
	name_list_free(&l);
	return rc;
}

struct search {
	struct store *store;
	const char *name;
	const uint8_t *secret;
	char *other;
};

static int compare_secret(const char *name, void *arg)
{
	const struct search *w = arg;
	struct node n;
	int rc = 0;

	/* One that cannot be read does not keep others from being added. */
	if (strcmp(name, w->name) != 0 && store_node(w->store, name, &n) == 0 &&
	    sodium_memcmp(n.secret, w->secret, SECRET_SIZE) == 0) {
		snprintf(w->other, NODE_NAME_MAX + 1, "%s", name);
		rc = 1;
	}
	sodium_memzero(&n, sizeof(n));
	return rc;
}

int store_secret_other(struct store *s, const char *name, const uint8_t secret[SECRET_SIZE],
    char other[NODE_NAME_MAX + 1])
{
	struct search w = { s, name, secret, other };

	return store_each_node(s, compare_secret, &w);
}
