/* SPDX-License-Identifier: ISC */
/*
 * Whether a node's logs changed, from a few stat() calls. A record makes the
 * last segment grow, or comes with a new segment, which changes the time of the
 * directory of its log; a new log changes that of the node's. What a crash left
 * behind the last record may be replaced by as many bytes, so the time of the
 * segment counts, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/num.h"
#include "common/log/segment.h"
#include "master/store/dir.h"
#include "master/store/feed.h"

#include "common/base/banned.h"

#define TICK_NS 1000000000 /* no file system's clock ticks more slowly, we assume */

static int64_t changed_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static int mark_logs(struct node_mark *m, const struct log_use *v, size_t n)
{
	m->v = calloc(n > 0 ? n : 1, sizeof(*m->v));
	if (m->v == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct log_use_segment *last = v[i].n > 0 ? &v[i].v[v[i].n - 1] : NULL;
		m->v[m->n++] = (struct log_mark){ .id = v[i].id,
			.dir_ns = v[i].dir_ns,
			.last = last != NULL ? last->first : 0,
			.size = last != NULL ? last->bytes : 0,
			.time = last != NULL ? last->time : 0 };
	}
	return 0;
}

int store_mark(struct store *s, const char *node, struct node_mark *m)
{
	int logs = dir_open(s->archives, node), rc = -1;
	struct log_use *v = NULL;
	struct stat st;
	size_t n = 0;

	*m = (struct node_mark){ .dir_ns = 0 };
	if (logs == -1)
		return -1;
	/* Before the list: what comes after it must show. */
	if (fstat(logs, &st) == 0 && log_uses_read(logs, &v, &n) == 0) {
		m->dir_ns = changed_ns(&st);
		rc = mark_logs(m, v, n);
	}
	log_uses_free(v, n);
	close_fd(logs);
	return rc;
}

void node_mark_free(struct node_mark *m)
{
	free(m->v);
	*m = (struct node_mark){ .dir_ns = 0 };
}

bool node_mark_tells(const struct node_mark *m, int64_t now_ns)
{
	bool tells = now_ns - m->dir_ns > TICK_NS;

	for (size_t i = 0; i < m->n; i++)
		tells = tells && m->v[i].last > 0 && now_ns - m->v[i].dir_ns > TICK_NS;
	return tells;
}

static bool log_mark_holds(int archives, const char *node, const struct log_mark *m)
{
	char path[NODE_NAME_MAX + 2 * LOG_ID_SIZE + SEGMENT_NAME_LEN + 3];
	char hex[2 * LOG_ID_SIZE + 1], segment[SEGMENT_NAME_LEN + 1];
	struct stat st;

	hex_encode(hex, m->id.b, sizeof(m->id.b));
	snprintf(path, sizeof(path), "%s/%s", node, hex);
	if (fstatat(archives, path, &st, AT_SYMLINK_NOFOLLOW) == -1 || changed_ns(&st) != m->dir_ns)
		return false;
	segment_name(m->last, segment);
	snprintf(path, sizeof(path), "%s/%s/%s", node, hex, segment);
	return fstatat(archives, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (uint64_t)st.st_size == m->size && (int64_t)st.st_mtim.tv_sec == m->time;
}

bool store_mark_holds(struct store *s, const char *node, const struct node_mark *m)
{
	struct stat st;
	bool holds = fstatat(s->archives, node, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    changed_ns(&st) == m->dir_ns;

	for (size_t i = 0; i < m->n && holds; i++)
		holds = log_mark_holds(s->archives, node, &m->v[i]);
	return holds;
}
