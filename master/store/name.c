/* SPDX-License-Identifier: ISC */
/*
 * The master's name, in the file `name`: what nodes have pinned, and what their secrets follow from, goes with the
 * store and not with the machine. Names that it had before stand behind it, a line each, the last one first.
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
#include "master/store/dir.h"

#include "common/base/banned.h"

#define FILE_NAME "name"

static int failed(const struct store *s, const char *doing, struct fail *f)
{
	return fail_set(f, ERR_NONE, EX_CANTCREAT, "%s %s/" FILE_NAME ": %s", doing,
	    s->config->state, strerror(errno));
}

/* 1: read; 0: there is none; -1: f. */
static int read_names(const struct store *s, struct store_names *n, struct fail *f)
{
	struct buf b = BUF_INIT(sizeof(n->v));
	const char *next, *end;
	int rc = file_read(s->root, FILE_NAME, &b);

	n->n = 0;
	if (rc == -1) {
		rc = errno == ENOENT ? 0 : failed(s, "reading", f);
		goto out;
	}
	end = b.data + b.len;
	for (const char *at = b.data; at < end && n->n < STORE_NAMES; at = next) {
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

static int write_names(const struct store *s, const struct store_names *n, struct fail *f)
{
	struct buf b = BUF_INIT(sizeof(n->v));
	int rc;

	for (size_t i = 0; i < n->n; i++)
		buf_addf(&b, "%s\n", n->v[i]);
	rc = buf_ok(&b) ? file_replace(s->root, FILE_NAME, b.data, b.len, 0600, FILE_DURABLE) : -1;
	buf_free(&b);
	return rc == -1 ? failed(s, "writing", f) : 0;
}

static void put_first(struct store_names *n, const char *name)
{
	size_t from = 0;

	/* One that it had before moves to the front; else the oldest makes room. */
	while (from < n->n && from < STORE_NAMES - 1 && strcmp(n->v[from], name) != 0)
		from++;
	if (from == n->n)
		n->n++;
	memmove(n->v[1], n->v[0], from * sizeof(n->v[0]));
	snprintf(n->v[0], sizeof(n->v[0]), "%s", name);
}

/* Reads the names, and with `name` puts that one first, all under a lock. */
static int change(
    struct store *s, struct store_names *n, const char *name, bool only_first_time, struct fail *f)
{
	int lock = lock_take(s->root, FILE_NAME ".lock", deadline_in_s(LOCK_SECONDS));
	int rc;

	if (lock == -1)
		return failed(s, "locking", f);
	rc = read_names(s, n, f);
	if (rc == 0 || (rc == 1 && !only_first_time && strcmp(n->v[0], name) != 0)) {
		put_first(n, name);
		rc = write_names(s, n, f);
	}
	close_fd(lock);
	return rc == -1 ? -1 : 0;
}

int store_names(struct store *s, struct store_names *n, struct fail *f)
{
	return read_names(s, n, f) == -1 ? -1 : 0;
}

bool store_same_hash(struct store *s, const struct node *n, const uint8_t hash[HASH_SIZE])
{
	uint8_t secret[SECRET_SIZE];
	struct store_names names;
	bool same = false;
	struct fail f;

	if (store_names(s, &names, &f) == -1)
		names.n = 0;
	for (size_t i = 0; i < names.n && !same; i++) {
		secret_derive(hash, names.v[i], secret);
		same = sodium_memcmp(n->secret, secret, sizeof(secret)) == 0;
	}
	sodium_memzero(secret, sizeof(secret));
	return same;
}

static int take_over(struct master_config *c, const char *name, struct fail *f)
{
	char *copy = strdup(name);

	if (copy == NULL)
		return fail_set(f, ERR_NONE, EX_OSERR, "out of memory");
	free(c->name);
	c->name = copy;
	return 0;
}

static int stop(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return 1;
}

int store_settle_name(struct store *s, struct master_config *c, struct fail *f)
{
	char why[YAML_WHY_MAX];
	struct store_names n;
	int rc = read_names(s, &n, f);

	if (rc == 0 && master_config_name(c, why) == -1)
		return fail_set(f, ERR_NONE, EX_CONFIG, "%s", why);
	if (rc == 0)
		rc = change(s, &n, c->name, true, f);
	if (rc == -1)
		return -1;
	if (c->name == NULL || strcmp(c->name, n.v[0]) == 0)
		return take_over(c, n.v[0], f);
	/* Nobody knows it yet: as after an installation, whose configuration is edited only then. */
	if (store_each_node(s, stop, NULL) == 0)
		return change(s, &n, c->name, false, f);
	return fail_set(f, ERR_NONE, EX_CONFIG,
	    "master.name is %s, but the store in %.200s is that of master %s: leave "
	    "master.name out to "
	    "go on as %s; `bijk-master rename %s` changes it, and each node must then be "
	    "added "
	    "anew, for its secret follows from the name",
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
	struct store_names n;

	if (change(s, &n, name, false, f) == -1)
		return -1;
	return take_over(c, name, f);
}
