/* SPDX-License-Identifier: ISC */
/*
 * What of a node's records is kept: at most eight logs, max_age, max_size, in this order. The log
 * that the node writes always stays with its last segment, for its end is the master's only cursor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/log.h"
#include "master/state_change.h"
#include "master/store_dir.h"
#include "master/store_logs.h"

#include "common/base/banned.h"

#define LOGS_MAX 8

struct trim {
	struct store *store;
	const char *name;
	int logs; /* the directory */
};

static bool is_gone_name(const char *s)
{
	size_t len = strlen(s);

	return len > 5 && strcmp(s + len - 5, ".gone") == 0;
}

/* What we were removing when we were killed. */
static int finish_removals(const struct trim *t)
{
	struct name_list l;
	int rc;

	if (name_list_read(&l, t->logs, is_gone_name) == -1)
		return -1;
	rc = 0;
	for (size_t i = 0; i < l.n && rc == 0; i++)
		rc = dir_remove_tree(t->logs, l.v[i]);
	name_list_free(&l);
	return rc;
}

/* Renamed first: half a log must not be found under its id, or its end would seem to have gone
 * back. */
static int remove_log(const struct trim *t, struct log_use *u)
{
	char gone[sizeof(u->name) + 8];

	snprintf(gone, sizeof(gone), "%s.gone", u->name);
	if (renameat(t->logs, u->name, t->logs, gone) == -1 || dir_sync(t->logs) == -1)
		return -1;
	msg_info("node %s: log %s is not kept any longer", t->name, u->name);
	u->size = 0;
	u->first = 0;
	return dir_remove_tree(t->logs, gone);
}

/*
 * Removes segments, and notes in `acked` up to where records went by intention: what is missing
 * below that is no gap.
 */
static int trim_log(const struct trim *t, struct log_use *u, int64_t time, uint64_t max_size)
{
	uint64_t first = u->first;
	char *path;
	int rc;

	if (u->segments < 2)
		return 0;
	path = store_log_path(t->store, t->name, &u->id);
	rc = path != NULL ? log_trim_old(path, time, max_size) : -1;
	if (rc == 0)
		rc = log_use_read(t->logs, u);
	if (rc == 0 && u->first > first)
		rc = log_acked_put(path, u->first);
	free(path);
	return rc;
}

static int trim_age(const struct trim *t, struct log_use *v, size_t n, int64_t time)
{
	for (size_t i = 0; i < n; i++) {
		int rc = 0;

		if (i + 1 < n && v[i].newest_ns / 1000000000 < time)
			rc = remove_log(t, &v[i]);
		else if (v[i].oldest < time)
			rc = trim_log(t, &v[i], time, UINT64_MAX);
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* Frees so many bytes of this log, as far as it has them; all of it only if it may go. */
static int shrink(const struct trim *t, struct log_use *u, uint64_t excess, bool may_go)
{
	uint64_t before = u->size;

	if (!may_go || before > excess) {
		if (trim_log(t, u, 0, before > excess ? before - excess : 0) == -1)
			return -1;
		if (!may_go || before - u->size >= excess)
			return 0;
	}
	return remove_log(t, u);
}

/* For the administrator, who sees that there is no room for all that he may expect. */
static void note_cut(struct node_state *st, const void *arg)
{
	st->cut = now_s();
	st->cut_bytes = *(const uint64_t *)arg;
}

static int trim_size(const struct trim *t, struct log_use *v, size_t n, uint64_t max_size)
{
	uint64_t total = 0, all, cut;

	for (size_t i = 0; i < n; i++)
		total += v[i].size;
	all = total;
	for (size_t i = 0; i < n && total > max_size; i++) {
		uint64_t before = v[i].size;

		if (v[i].first == 0)
			continue;
		if (shrink(t, &v[i], total - max_size, i + 1 < n) == -1)
			return -1;
		total -= before - v[i].size;
	}
	cut = all - total;
	if (cut > 0)
		state_change(t->store, t->name, note_cut, &cut);
	return 0;
}

/* Behind all others, whatever the times of their files say: a clock may have been ahead. */
static void put_last(struct log_use *v, size_t n, const struct log_id *id)
{
	for (size_t i = 0; i + 1 < n; i++) {
		struct log_use u = v[i];

		if (memcmp(&u.id, id, sizeof(*id)) != 0)
			continue;
		memmove(&v[i], &v[i + 1], (n - 1 - i) * sizeof(*v));
		v[n - 1] = u;
		return;
	}
}

int store_archive_trim(struct store *s, const char *name, const struct log_id *current)
{
	struct trim t = { .store = s, .name = name, .logs = -1 };
	int64_t now = now_s(), max_age = (int64_t)s->config->max_age;
	struct log_use *v = NULL;
	int dir = store_node_dir(s, name);
	size_t n = 0, from;
	int rc = -1;

	if (dir == -1)
		return -1;
	t.logs = dir_open(dir, "log");
	if (t.logs == -1) {
		rc = errno == ENOENT ? 0 : -1;
		goto out;
	}
	if (finish_removals(&t) == -1 || log_uses_read(t.logs, &v, &n) == -1)
		goto out;
	put_last(v, n, current);
	from = n > LOGS_MAX ? n - LOGS_MAX : 0;
	for (size_t i = 0; i < n; i++) {
		/* A directory without a segment was left by one that was killed while making the
		 * log. */
		if ((i < from || v[i].first == 0) && remove_log(&t, &v[i]) == -1)
			goto out;
	}
	while (from < n && v[from].first == 0)
		from++;
	if (trim_age(&t, v + from, n - from, now > max_age ? now - max_age : 0) == -1)
		goto out;
	rc = trim_size(&t, v + from, n - from, s->config->max_size);
out:
	free(v);
	close_fd(t.logs);
	close_fd(dir);
	return rc;
}
