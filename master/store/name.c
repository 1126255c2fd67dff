/* SPDX-License-Identifier: ISC */
/*
 * The master's name, in the file `name`: nodes have pinned it and their secrets
 * follow from it, so it goes with the store and not with the machine. Earlier
 * names stand behind it, a line each, the latest first.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"
#include "common/base/text.h"
#include "common/exchange/proof.h"
#include "common/trust/secret.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

#define FILE_NAME "name"
#define NAMES_MAX 16

struct names {
	char v[NAMES_MAX][NODE_NAME_MAX + 1]; /* the present one first */
	size_t n;
};

static int fail_name(const struct store *s, const char *doing, struct fail *f)
{
	return fail_set(f, ERR_NONE, EX_CANTCREAT, "%s %s/" FILE_NAME ": %s", doing,
	    s->config->state, strerror(errno));
}

/* 1: read; 0: there is no file; -1: f. */
static int read_names(const struct store *s, struct names *n, struct fail *f)
{
	struct buf b = BUF_INIT(sizeof(n->v));
	const char *next, *end;
	int rc = file_read(s->root, FILE_NAME, &b);

	n->n = 0;
	if (rc == -1) {
		rc = errno == ENOENT ? 0 : fail_name(s, "reading", f);
		goto out;
	}
	end = b.data + b.len;
	for (const char *at = b.data; at < end && n->n < NAMES_MAX; at = next) {
		size_t len = text_line(at, end, &next);
		snprintf(n->v[n->n], sizeof(n->v[0]), "%.*s", (int)len, at);
		n->n += name_valid(n->v[n->n]) && len <= NODE_NAME_MAX;
	}
	rc = n->n > 0 ? 1
		      : fail_set(f, ERR_NONE, EX_DATAERR,
			    "%s/" FILE_NAME " holds no name of a master", s->config->state);
out:
	buf_free(&b);
	return rc;
}

static int write_names(const struct store *s, const struct names *n, struct fail *f)
{
	struct buf b = BUF_INIT(sizeof(n->v));
	int rc;

	for (size_t i = 0; i < n->n; i++)
		buf_addf(&b, "%s\n", n->v[i]);
	rc = buf_ok(&b) ? file_replace(s->root, FILE_NAME, b.data, b.len, 0600, FILE_DURABLE) : -1;
	buf_free(&b);
	return rc == -1 ? fail_name(s, "writing", f) : 0;
}

/* An earlier name moves to the front; a new one displaces the oldest. */
static void put_first(struct names *n, const char *name)
{
	size_t from = 0;

	while (from < n->n && from < NAMES_MAX - 1 && strcmp(n->v[from], name) != 0)
		from++;
	if (from == n->n)
		n->n++;
	memmove(n->v[1], n->v[0], from * sizeof(n->v[0]));
	snprintf(n->v[0], sizeof(n->v[0]), "%s", name);
}

/* Its records are in nodes/NAME/log, and it has a hash, not a secret. */
static int upgrade_node(const struct store *s, const char *name, const char *master)
{
	uint8_t hash[HASH_SIZE], secret[SECRET_SIZE];
	int dir = dir_open(s->nodes, name), rc = -1;
	const char *why;

	if (dir == -1)
		return errno == ENOTDIR ? 0 : -1;
	if (renameat(dir, "log", s->archives, name) == -1 && errno != ENOENT)
		goto out;
	if (hash_read(dir, "hash", hash, &why) == 0) {
		secret_derive(hash, master, secret);
		if (hash_write(dir, "secret", secret) == -1 || file_remove(dir, "hash") == -1)
			goto out;
	}
	rc = dir_sync(s->archives);
out:
	sodium_memzero(hash, sizeof(hash));
	sodium_memzero(secret, sizeof(secret));
	close_fd(dir);
	return rc;
}

/* A store of version 1 has no name; after a crash this begins again. */
static int upgrade_store(const struct store *s, const char *master)
{
	struct name_list l;
	int rc = name_list_read(&l, s->nodes, name_valid);

	for (size_t i = 0; i < l.n && rc == 0; i++)
		rc = upgrade_node(s, l.v[i], master);
	name_list_free(&l);
	return rc;
}

/* Reads the names; puts `name` first if there is none, or to replace one. */
static int change_name(
    struct store *s, struct names *n, const char *name, bool replace, struct fail *f)
{
	int lock = lock_take(s->root, FILE_NAME ".lock", deadline_in_s(LOCK_SECONDS));
	int rc;

	if (lock == -1)
		return fail_name(s, "locking", f);
	rc = read_names(s, n, f);
	if (rc == 0 && upgrade_store(s, name) == -1)
		rc = fail_name(s, "upgrading the store for", f);
	if (rc == 0 || (rc == 1 && replace && strcmp(n->v[0], name) != 0)) {
		put_first(n, name);
		rc = write_names(s, n, f);
	}
	close_fd(lock);
	return rc == -1 ? -1 : 0;
}

bool store_same_hash(struct store *s, const struct node *n, const uint8_t hash[HASH_SIZE])
{
	uint8_t secret[SECRET_SIZE];
	struct names names;
	bool same = false;
	struct fail f;

	read_names(s, &names, &f);
	for (size_t i = 0; i < names.n && !same; i++) {
		secret_derive(hash, names.v[i], secret);
		same = sodium_memcmp(n->secret, secret, sizeof(secret)) == 0;
	}
	sodium_memzero(secret, sizeof(secret));
	return same;
}

static int set_config_name(struct master_config *c, const char *name, struct fail *f)
{
	char *copy = strdup(name);

	if (copy == NULL)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	free(c->name);
	c->name = copy;
	return 0;
}

static int stop_at_first(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return 1;
}

int store_settle_name(struct store *s, struct master_config *c, struct fail *f)
{
	char why[YAML_WHY_MAX];
	struct names n;
	int rc = read_names(s, &n, f);

	if (rc == 0 && master_config_name(c, why) == -1)
		return fail_set(f, ERR_NONE, EX_CONFIG, "%s", why);
	if (rc == 0)
		rc = change_name(s, &n, c->name, false, f);
	if (rc == -1)
		return -1;
	if (c->name == NULL || strcmp(c->name, n.v[0]) == 0)
		return set_config_name(c, n.v[0], f);
	/* No node knows it: an installation edits the configuration last. */
	if (store_each_node(s, stop_at_first, NULL) == 0)
		return change_name(s, &n, c->name, true, f);
	return fail_set(f, ERR_NONE, EX_CONFIG,
	    "master.name is %s, but the store in %.200s is that of master %s: remove master.name "
	    "out to go on as %s; `bijk-master rename %s` changes it, and each node must then be "
	    "added anew, for its secret follows from the name",
	    c->name, c->state, n.v[0], n.v[0], c->name);
}

void store_settle_name_or_die(struct store *s, struct master_config *c)
{
	struct fail f;

	if (store_settle_name(s, c, &f) == -1)
		die(f.exit_code, "%s", f.text);
}

int store_rename(struct store *s, struct master_config *c, const char *name, struct fail *f)
{
	struct names n;

	if (change_name(s, &n, name, true, f) == -1)
		return -1;
	return set_config_name(c, name, f);
}
