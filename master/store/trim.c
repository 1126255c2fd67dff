/* SPDX-License-Identifier: ISC */
/*
 * What of a node's records is kept: max_age, then max_size; never does a count of logs or of files remove a record. Age is
 * counted in time that passed here (dir.h). The log that the node writes always stays with its last segment, for its
 * end is the master's only cursor; of another the place where it stood stays for a while, so that what is missing there
 * is seen.
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

#include "common/base/banned.h"

struct trim {
	struct store *store;
	const char *name;
	const struct log_id *current;
	struct archive *open; /* of current; NULL: it is not open */
	int logs;	      /* the directory */
	int64_t now;	      /* in time that passed */
	struct store_gone *gone;
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
	u->n = 0;
	u->size = 0;
	return dir_remove_tree(t->logs, gone);
}

static bool is_current(const struct trim *t, const struct log_use *u)
{
	return memcmp(&u->id, t->current, sizeof(u->id)) == 0;
}

/* It may be counted no more, whether it can be read or not. */
static void count_frame(const struct log_frame *f, struct buf *scratch, struct store_gone *g)
{
	const char *why;
	const uint8_t *raw = frame_body(&f->head, f->data, scratch, &why);
	struct record r;
	size_t at = 0;

	g->records += f->head.count;
	for (uint32_t i = 0; raw != NULL && i < f->head.count; i++) {
		record_next(raw, f->head.raw_len, &at, &r);
		g->bytes += r.len;
	}
}

/* What a log holds below *end, which becomes its own end if that is less. */
static int count(const char *path, uint64_t *end, struct store_gone *g)
{
	struct log *l = log_open(path, LOG_PEEK);
	struct buf scratch = BUF_INIT(FRAME_MAX);
	struct log_frame f;

	if (l == NULL)
		return -1;
	while (log_read(l, &f) == 1 && f.head.seq < *end)
		count_frame(&f, &scratch, g);
	if (*end > log_next(l))
		*end = log_next(l);
	log_close(l);
	buf_free(&scratch);
	return 0;
}

/*
 * What went by age is missing by intention: noted in `acked`, it is no gap. What went before its time is told, and
 * is one.
 */
static void tell(const struct trim *t, const char *path, uint64_t from, uint64_t to, bool early,
    const struct store_gone *g, uint64_t size)
{
	char which[RANGE_MAX];

	t->gone->records += g->records;
	t->gone->bytes += g->bytes;
	if (!early) {
		(void)!log_acked_put(path, to);
		msg_info("node %s: %s passed archive.max_age", t->name,
		    num_show_range(which, "record", from, to));
		return;
	}
	t->gone->early += g->records;
	t->gone->early_size += size;
	msg_warn("node %s: %s removed before archive.max_age, for the node passed archive.max_size",
	    t->name, num_show_range(which, "record", from, to));
}

/* Its oldest segments, so many of more. */
static int cut(const struct trim *t, struct log_use *u, size_t k, bool early)
{
	char *path = store_log_path(t->store, t->name, &u->id);
	uint64_t from = u->v[0].first, to = u->v[k].first, end = to, size = 0;
	struct store_gone g = { 0 };
	int rc = -1;

	if (path == NULL || count(path, &end, &g) == -1)
		goto out;
	if (t->open != NULL && is_current(t, u))
		rc = store_archive_drop(t->open, to);
	else
		rc = log_trim(path, to);
	if (rc == -1)
		goto out;
	for (size_t i = 0; i < k; i++) {
		size += u->v[i].bytes;
		u->size -= segment_cost(u->v[i].bytes);
	}
	tell(t, path, from, to, early, &g, size);
	u->n -= k;
	memmove(u->v, u->v + k, u->n * sizeof(*u->v));
out:
	free(path);
	return rc;
}

/* All records of a log that the node does not write. */
static int clear(const struct trim *t, struct log_use *u, bool early)
{
	char *path = store_log_path(t->store, t->name, &u->id);
	uint64_t from = u->v[0].first, end = UINT64_MAX, size = 0;
	struct store_gone g = { 0 };
	int rc = -1;

	for (size_t i = 0; i < u->n; i++)
		size += u->v[i].bytes;
	if (path == NULL || count(path, &end, &g) == -1)
		goto out;
	rc = log_clear(path);
	/* Where there is no room even for that, nothing stays. */
	if (rc == -1 && (errno == ENOSPC || errno == EDQUOT))
		rc = remove_log(t, u);
	if (rc == 0) {
		tell(t, path, from, end, early, &g, size);
		u->n = u->n > 0 ? 1 : 0;
		u->size = segment_cost(SEGMENT_HEADER) * u->n;
	}
out:
	free(path);
	return rc;
}

static bool has_frames(const struct log_use *u)
{
	return u->n > 1 || u->v[0].bytes > SEGMENT_HEADER;
}

static bool is_old(const struct trim *t, const struct log_use_segment *g)
{
	return t->now - timeline_of(&t->store->timeline, g->time) >
	    (int64_t)t->store->config->max_age;
}

static int trim_age(const struct trim *t, struct log_use *v, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct log_use *u = &v[i];
		size_t k = 0;

		while (k < u->n && is_old(t, &u->v[k]))
			k++;
		if (k == u->n && !is_current(t, u))
			rc = has_frames(u) ? clear(t, u, false) : remove_log(t, u);
		else if (k > 0 && u->n > 1)
			rc = cut(t, u, k < u->n ? k : k - 1, false);
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
			rc = cut(t, u, k, true);
		/* One that is as small as what would be left of it stays as it is. */
		if (rc == 0 && total - less > max_size && !is_current(t, u) &&
		    u->size > segment_cost(SEGMENT_HEADER))
			rc = clear(t, u, true);
		total -= before - u->size;
	}
	return rc;
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

int store_archive_trim(struct store *s, const char *name, const struct log_id *current,
    struct archive *open, struct store_gone *gone)
{
	struct trim t = {
		.store = s, .name = name, .current = current, .open = open, .logs = -1, .gone = gone
	};
	struct log_use *v = NULL;
	size_t n = 0, kept = 0;
	int rc = -1;

	t.logs = store_logs_dir(s, name);
	if (t.logs == -1) {
		rc = errno == ENOENT ? 0 : -1;
		goto out;
	}
	if (finish_removals(&t) == -1 || log_uses_read(t.logs, &v, &n) == -1)
		goto out;
	store_timeline(s);
	t.now = timeline_now(&s->timeline, now_s());
	put_last(v, n, current);
	/* A directory without a segment was left by one that was killed while making the log. */
	for (size_t i = 0; i < n; i++) {
		struct log_use u = v[i];
		if (u.n == 0) {
			if (remove_log(&t, &u) == -1)
				goto out;
			continue;
		}
		v[i] = v[kept];
		v[kept++] = u;
	}
	if (trim_age(&t, v, kept) == -1)
		goto out;
	rc = trim_size(&t, v, kept, s->config->max_size);
out:
	log_uses_free(v, n);
	close_fd(t.logs);
	return rc;
}
