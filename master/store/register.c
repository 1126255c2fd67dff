/* SPDX-License-Identifier: ISC */
/* What a registration brings: push.pub, known_hosts, registered; durable. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/base/fields.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

#define KNOWN_HOSTS_MAX (SSHKEYS_MAX * (NODE_NAME_MAX + SSHKEY_TEXT_MAX + 2))

static int put_hostkeys(int dir, const char *name, const struct sshkeys *keys, bool *changed)
{
	struct buf b = BUF_INIT(KNOWN_HOSTS_MAX);
	bool differs = false;
	int rc;

	for (size_t i = 0; i < keys->n; i++) {
		char key[SSHKEY_TEXT_MAX];
		sshkey_format(&keys->v[i], key);
		buf_addf(&b, "%s %s\n", name, key);
	}
	rc = buf_ok(&b) ? file_update(dir, "known_hosts", b.data, b.len, 0600, &differs) : -1;
	*changed |= differs;
	buf_free(&b);
	return rc;
}

static int put_field(struct fields *f, const char *key, const char *value, bool *changed)
{
	const char *old = fields_get(f, key);

	if (value[0] == '\0' || (old != NULL && strcmp(old, value) == 0))
		return 0;
	*changed = true;
	return fields_set(f, key, value);
}

/*
 * Whoever relays a registration can choose where it comes from: the source is
 * for a node that says no address, or one that cannot be reached, and does not
 * move a node that can.
 */
static const char *source_to_keep(int dir, const struct fields *f, const char *source)
{
	struct node_state st;

	store_read_state(&st, dir);
	return fields_get(f, "source") == NULL || st.failures > 0 ? source : "";
}

/* Written last: its time says that all the rest is in place. */
static int put_registered(int dir, const struct card *c, const char *source, bool *changed)
{
	struct fields f = { .n = 0 };
	struct buf b = BUF_INIT(FIELDS_MAX);
	char port[8] = "";
	int rc = -1;

	if (c->port != 0)
		snprintf(port, sizeof(port), "%u", (unsigned)c->port);
	if (fields_read(&f, dir, "registered") == -1 && errno != ENOENT)
		goto out;
	if (put_field(&f, "address", c->address, changed) == -1 ||
	    put_field(&f, "source", source_to_keep(dir, &f, source), changed) == -1 ||
	    put_field(&f, "port", port, changed) == -1)
		goto out;
	if (!*changed && fields_num(&f, "time", 0) != 0) {
		rc = 0;
		goto out;
	}
	*changed = true;
	if (fields_set_num(&f, "time", now_s()) == 0 && fields_format(&f, &b) == 0)
		rc = file_replace(dir, "registered", b.data, b.len, 0600, FILE_DURABLE);
out:
	buf_free(&b);
	fields_free(&f);
	return rc;
}

int store_register(
    struct store *s, const char *name, const struct card *c, const char *source, bool *changed)
{
	int dir = store_known_dir(s, name);
	int lock = -1, rc = -1;

	*changed = false;
	if (dir == -1)
		return -1;
	lock = store_lock(dir, LOCK_FACTS, deadline_in_s(LOCK_SECONDS));
	if (lock == -1)
		goto out;
	if (!store_dir_is_node(dir)) {
		errno = ENOENT;
		goto out;
	}
	if (c->keys.n > 0 && store_key_set(s, dir, name, &c->keys.v[0], changed) == -1)
		goto out;
	if (c->hostkeys.n > 0 && put_hostkeys(dir, name, &c->hostkeys, changed) == -1)
		goto out;
	rc = put_registered(dir, c, source, changed);
out:
	close_fd(lock);
	close_fd(dir);
	return rc;
}

char *store_known_hosts(struct store *s, const char *name)
{
	char path[NODE_NAME_MAX + 32];

	snprintf(path, sizeof(path), "nodes/%s/known_hosts", name);
	if (!file_exists(s->root, path))
		return NULL;
	return path_join(s->config->state, path);
}
