/* SPDX-License-Identifier: ISC */
/*
 * A node begins with its node.yml, the last file that adding writes, and ends
 * with it, the first that removing deletes. What a crash leaves of either is
 * cleared when the node is added again.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/fields.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/exchange/proof.h"
#include "common/trust/secret.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

const char *node_address(const struct node *n, const struct node_state *st)
{
	const char *said = n->reg_address[0] != '\0' ? n->reg_address : n->reg_source;
	const char *source = n->reg_source[0] != '\0' ? n->reg_source : said;
	bool worked = strcmp(st->pulled_address, source) == 0;
	bool others_turn = st->failures % 4 == 1;

	if (n->address[0] != '\0')
		return n->address;
	if (said[0] == '\0')
		return n->name;
	return worked != others_turn ? source : said;
}

uint16_t node_port(const struct node *n)
{
	if (n->port != 0)
		return (uint16_t)n->port;
	return n->reg_port != 0 ? (uint16_t)n->reg_port : 22;
}

int store_read_settings(struct node *n, int dir)
{
	struct buf b = BUF_INIT(YAML_FILE_MAX);
	char file[NODE_NAME_MAX + 32], why[YAML_WHY_MAX];
	int rc = file_read(dir, "node.yml", &b);

	snprintf(file, sizeof(file), "nodes/%s/node.yml", n->name);
	if (rc == 0 &&
	    node_settings_parse(n, file, b.data != NULL ? b.data : "", b.len, why) == -1) {
		msg_error("%s", why);
		errno = EBADMSG;
		rc = -1;
	}
	buf_free(&b);
	return rc;
}

static void read_registered(struct node *n, int dir)
{
	struct fields f = { .n = 0 };
	const char *address, *source;
	int64_t port;

	fields_read(&f, dir, "registered");
	address = fields_get(&f, "address");
	port = fields_num(&f, "port", 0);
	source = fields_get(&f, "source");
	if (source != NULL && hostaddr_valid(source))
		snprintf(n->reg_source, sizeof(n->reg_source), "%s", source);
	if (address != NULL && hostaddr_valid(address))
		snprintf(n->reg_address, sizeof(n->reg_address), "%s", address);
	if (port >= 1 && port <= 65535)
		n->reg_port = (uint64_t)port;
	n->registered = fields_num(&f, "time", 0);
	fields_free(&f);
}

int store_node_and_state(struct store *s, const char *name, struct node *n, struct node_state *st)
{
	const char *why = "";
	int dir = dir_open(s->nodes, name);
	int rc = -1;

	*n = (struct node){ .port = 0 };
	if (dir == -1)
		return -1;
	snprintf(n->name, sizeof(n->name), "%s", name);
	if (store_read_settings(n, dir) == -1)
		goto out;
	if (hash_read(dir, "secret", n->secret, &why) == -1) {
		msg_error("node %s: secret: %s", name, why);
		errno = EBADMSG;
		goto out;
	}
	read_registered(n, dir);
	if (st != NULL)
		store_read_state(st, dir);
	rc = 0;
out:
	close_fd(dir);
	return rc;
}

int store_node(struct store *s, const char *name, struct node *n)
{
	return store_node_and_state(s, name, n, NULL);
}

/* A node whose directory may not be read is one, too. */
static bool is_node(struct store *s, const char *name)
{
	char file[NODE_NAME_MAX + 16];

	snprintf(file, sizeof(file), "%s/node.yml", name);
	return file_exists(s->nodes, file) || (errno != ENOENT && errno != ENOTDIR);
}

static bool has_records(struct store *s, const char *name)
{
	int dir = dir_open(s->archives, name);
	struct log_use *v = NULL;
	size_t n = 0;
	bool has = dir == -1 ? errno != ENOENT : log_uses_read(dir, &v, &n) == -1;

	for (size_t i = 0; i < n; i++)
		has |= log_use_has_frames(&v[i]);
	log_uses_free(v, n);
	close_fd(dir);
	return has;
}

static int each_name(
    struct store *s, bool removed, int (*call)(const char *name, void *arg), void *arg)
{
	struct name_list l;
	int rc = 0;

	if (name_list_read(&l, removed ? s->archives : s->nodes, name_valid) == -1)
		return -1;
	for (size_t i = 0; i < l.n && rc == 0; i++) {
		if (is_node(s, l.v[i]) != removed && (!removed || has_records(s, l.v[i])))
			rc = call(l.v[i], arg);
	}
	name_list_free(&l);
	return rc;
}

int store_each_node(struct store *s, int (*call)(const char *name, void *arg), void *arg)
{
	return each_name(s, false, call, arg);
}

int store_each_removed(struct store *s, int (*call)(const char *name, void *arg), void *arg)
{
	return each_name(s, true, call, arg);
}

struct secret_search {
	struct store *store;
	const char *name;
	const uint8_t *secret;
	char *other;
};

static int compare_secret(const char *name, void *arg)
{
	const struct secret_search *w = arg;
	struct node n;
	int rc = 0;

	/* A node that cannot be read does not keep others from being added. */
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
	struct secret_search w = { s, name, secret, other };

	return store_each_node(s, compare_secret, &w);
}

/* Removes all that is known of a node but its records. */
static int forget_node(struct store *s, int dir, const char *name)
{
	static const char *const files[] = { "day", "known_hosts", "registered", "secret",
		"state.yml" };
	bool changed;

	if (store_key_set(s, dir, name, NULL, &changed) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (unlinkat(dir, files[i], 0) == -1 && errno != ENOENT)
			return -1;
	}
	return dir_sync(dir);
}

static int write_secret(int dir, const struct node *n)
{
	uint8_t old[SECRET_SIZE];
	const char *why;
	bool same =
	    hash_read(dir, "secret", old, &why) == 0 && memcmp(old, n->secret, sizeof(old)) == 0;

	sodium_memzero(old, sizeof(old));
	return same ? 0 : hash_write(dir, "secret", n->secret);
}

int store_node_put(struct store *s, const struct node *n)
{
	struct buf text = BUF_INIT(4096);
	int dir = -1, lock = -1, rc = -1;

	if (node_settings_format(n, &text) == -1)
		goto out;
	dir = dir_make(s->nodes, n->name, 0700);
	if (dir == -1)
		goto out;
	lock = store_lock(dir, LOCK_FACTS, deadline_in_s(LOCK_SECONDS));
	if (lock == -1)
		goto out;
	/*
	 * A process that was killed before it synced may have made the
	 * directory.
	 */
	if (!store_dir_is_node(dir) &&
	    (dir_sync(s->root) == -1 || dir_sync(s->nodes) == -1 ||
		forget_node(s, dir, n->name) == -1))
		goto out;
	if (write_secret(dir, n) == 0)
		rc = file_update(dir, "node.yml", text.data, text.len, 0600, NULL);
out:
	close_fd(lock);
	close_fd(dir);
	buf_free(&text);
	return rc;
}

/* Nothing of it is needed any more; a session may still bring records. */
static int remove_dir(struct store *s, int dir, const char *name, bool purge)
{
	int session = store_lock(dir, LOCK_SESSION, purge ? deadline_in_s(LOCK_SECONDS) : 0);
	int rc = -1;

	if (session != -1 && (!purge || store_archive_purge(s, name) == 0))
		rc = dir_remove_tree(s->nodes, name);
	close_fd(session);
	return rc;
}

int store_node_remove(struct store *s, const char *name, bool purge)
{
	int dir = dir_open(s->nodes, name);
	int lock = -1, rc = -1;
	bool node;

	if (dir == -1)
		return -1;
	lock = store_lock(dir, LOCK_FACTS, deadline_in_s(LOCK_SECONDS));
	if (lock == -1)
		goto out;
	node = store_dir_is_node(dir);
	if (!node && !purge) {
		errno = ENOENT;
		goto out;
	}
	if ((node && file_remove(dir, "node.yml") == -1) || forget_node(s, dir, name) == -1)
		goto out;
	rc = purge ? remove_dir(s, dir, name, true) : 0;
	if (!purge && !has_records(s, name))
		remove_dir(s, dir, name, false);
out:
	close_fd(lock);
	close_fd(dir);
	return rc;
}
