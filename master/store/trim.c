/* SPDX-License-Identifier: ISC */
/*
 * What is kept of a node's records: max_age, then max_size; a count of logs or
 * files never removes a record. Age is counted by clock_age() (dir.h). The
 * log that the node writes keeps its last segment, for its end is the master's
 * only cursor; of another the end is kept for a while, so that what is missing
 * there is seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/log/log.h"
#include "common/log/segment.h"
#include "master/store/dir.h"
#include "master/store/feed.h"

#include "common/base/banned.h"

#define PURGED_KEPT 64 /* logs whose ends are kept: those last used */

struct trim {
	struct store *store;
	const char *name;
	const struct log_id *current;
	struct archive *open; /* of current; NULL: it is not open */
	int logs;	      /* the directory */
	int64_t now;
	bool purge;	 /* all of them are old */
	uint64_t *early; /* counts what went before its time */
};

static bool is_gone_name(const char *s)
{
	size_t len = strlen(s);

	return len > 5 && strcmp(s + len - 5, ".gone") == 0;
}

/* A process was killed while it removed them. */
static int finish_removals(const struct trim *t)
{
	struct name_list l;
	int rc = name_list_read(&l, t->logs, is_gone_name);

	for (size_t i = 0; i < l.n && rc == 0; i++)
		rc = dir_remove_tree(t->logs, l.v[i]);
	name_list_free(&l);
	return rc;
}

/* Renamed first: half a log under its id would seem to have gone back. */
static int remove_log(const struct trim *t, const struct log_use *u)
{
	char gone[sizeof(u->name) + 8];

	snprintf(gone, sizeof(gone), "%s.gone", u->name);
	if (renameat(t->logs, u->name, t->logs, gone) == -1 || dir_sync(t->logs) == -1)
		return -1;
	return dir_remove_tree(t->logs, gone);
}

static bool is_current(const struct trim *t, const struct log_use *u)
{
	return memcmp(&u->id, t->current, sizeof(u->id)) == 0;
}

/* The number behind the last record of a log; -1: errno. */
static int end_of_log(const char *path, uint64_t *end)
{
	struct log *l = log_open(path, LOG_PEEK);

	if (l == NULL)
		return -1;
	*end = log_next(l);
	log_close(l);
	return 0;
}

/*
 * What went by age is missing by intention: noted in `acked`, it is no gap.
 * What went before its time is told, and is one.
 */
static void tell_removed(
    const struct trim *t, const char *path, uint64_t from, uint64_t to, bool early)
{
	char which[RANGE_MAX];

	if (!early) {
		(void)!log_acked_put(path, to);
		msg_info("node %s: %s %s", t->name, num_show_range(which, "record", from, to),
		    t->purge ? "purged" : "passed archive.max_age");
		return;
	}
	*t->early += to - from;
	msg_warn("node %s: %s removed before archive.max_age, because the node exceeded "
		 "archive.max_size",
	    t->name, num_show_range(which, "record", from, to));
}

/* The first k segments; if that is all, the end of the log is kept. */
static int remove_segments(
    const struct trim *t, const struct log_use *u, const char *path, size_t k, uint64_t to)
{
	int rc;

	if (k == u->n) {
		rc = log_clear(path);
		/* Where there is no room even for that, nothing stays. */
		return rc == -1 && (errno == ENOSPC || errno == EDQUOT) ? remove_log(t, u) : rc;
	}
	return t->open != NULL && is_current(t, u) ? store_archive_drop(t->open, to)
						   : log_trim(path, to);
}

static void forget_segments(struct log_use *u, size_t k)
{
	if (k == u->n) {
		u->n = 1;
		u->size = segment_cost(SEGMENT_HEADER);
		return;
	}
	for (size_t i = 0; i < k; i++)
		u->size -= segment_cost(u->v[i].bytes);
	u->n -= k;
	memmove(u->v, u->v + k, u->n * sizeof(*u->v));
}

/* Removes the oldest k segments of a log. */
static int cut_log(const struct trim *t, struct log_use *u, size_t k, bool early)
{
	char *path = store_log_path(t->store, t->name, &u->id);
	uint64_t from = u->v[0].first, to = k < u->n ? u->v[k].first : 0;
	int rc = -1;

	if (path == NULL || (k == u->n && end_of_log(path, &to) == -1) ||
	    remove_segments(t, u, path, k, to) == -1)
		goto out;
	tell_removed(t, path, from, to, early);
	forget_segments(u, k);
	rc = 0;
out:
	free(path);
	return rc;
}

static bool is_old(const struct trim *t, const struct log_use_segment *g)
{
	return t->purge ||
	    clock_age(&t->store->clock, g->time, t->now) > (int64_t)t->store->config->max_age;
}

/* The number behind the last record of segment i; of one that cannot be read,
 * the highest. */
static uint64_t segment_end(const struct trim *t, const struct log_use *u, size_t i)
{
	uint64_t end = UINT64_MAX;
	char *path;

	if (i + 1 < u->n)
		return u->v[i + 1].first;
	path = store_log_path(t->store, t->name, &u->id);
	if (path != NULL)
		(void)!end_of_log(path, &end);
	free(path);
	return end;
}

/* Of the first k segments, those that no feed of archive.keep_for waits for. */
static size_t without_kept(const struct trim *t, const struct log_use *u, size_t k)
{
	uint64_t from = store_kept_from(t->store, t->name, &u->id);
	size_t n = 0;

	while (n < k && (from == UINT64_MAX || segment_end(t, u, n) <= from))
		n++;
	return n;
}

static int trim_age(const struct trim *t, struct log_use *v, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct log_use *u = &v[i];
		size_t k = 0;

		while (k < u->n && is_old(t, &u->v[k]))
			k++;
		if (k > 0 && !t->purge)
			k = without_kept(t, u, k);
		if (k > 0 && k == u->n && is_current(t, u))
			k--;
		/* Without a segment it was left by a process that was killed. */
		if (k == u->n && (!log_use_has_frames(u) || (t->purge && i + PURGED_KEPT < n))) {
			rc = remove_log(t, u);
			u->size = 0;
		} else if (k > 0) {
			rc = cut_log(t, u, k, false);
			/* A damaged one, too. */
			if (rc == -1 && t->purge)
				rc = remove_log(t, u);
		}
	}
	return rc;
}

static int trim_size(const struct trim *t, struct log_use *v, size_t n, uint64_t max_size)
{
	uint64_t total = 0;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		total += v[i].size;
	for (size_t i = 0; rc == 0 && i < n && total > max_size; i++) {
		struct log_use *u = &v[i];
		uint64_t before = u->size, less = 0;
		size_t k = 0;

		for (; k + 1 < u->n && total - less > max_size; k++)
			less += segment_cost(u->v[k].bytes);
		if (k > 0)
			rc = cut_log(t, u, k, true);
		/* A log as small as what would be left of it stays as it is. */
		if (rc == 0 && total - less > max_size && !is_current(t, u) &&
		    u->size > segment_cost(SEGMENT_HEADER))
			rc = cut_log(t, u, u->n, true);
		total -= before - u->size;
	}
	return rc;
}

/* Behind all others: a clock that was ahead may have put it elsewhere. */
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

static int trim_logs(struct trim *t, uint64_t max_size)
{
	struct log_use *v = NULL;
	size_t n = 0;
	int rc = -1;

	t->now = now_s();
	t->logs = dir_open(t->store->archives, t->name);
	if (t->logs == -1)
		return errno == ENOENT ? 0 : -1;
	if (finish_removals(t) == 0 && log_uses_read(t->logs, &v, &n) == 0) {
		put_last(v, n, t->current);
		rc = trim_age(t, v, n);
	}
	if (rc == 0)
		rc = trim_size(t, v, n, max_size);
	log_uses_free(v, n);
	close_fd(t->logs);
	return rc;
}

int store_archive_trim(struct store *s, const char *name, const struct log_id *current,
    struct archive *open, uint64_t *early)
{
	struct trim t = {
		.store = s, .name = name, .current = current, .open = open, .early = early
	};

	return trim_logs(&t, s->config->max_size);
}

int store_archive_purge(struct store *s, const char *name)
{
	static const struct log_id none;
	uint64_t early = 0;
	struct trim t = {
		.store = s, .name = name, .current = &none, .purge = true, .early = &early
	};

	return trim_logs(&t, UINT64_MAX);
}
