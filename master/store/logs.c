/* SPDX-License-Identifier: ISC */
/* The logs of a node, as their files show them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/num.h"
#include "common/log/segment.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

static bool is_log_name(const char *s)
{
	struct log_id id;

	return hex_decode(id.b, sizeof(id.b), s);
}

static bool is_segment_name(const char *s)
{
	uint64_t first;

	return segment_name_parse(s, &first);
}

static void add_segment(struct log_use *u, const char *name, const struct stat *st)
{
	int64_t ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	struct log_use_segment *g = &u->v[u->n++];

	segment_name_parse(name, &g->first);
	g->bytes = (uint64_t)st->st_size;
	g->time = st->st_mtim.tv_sec;
	u->size += segment_cost(g->bytes);
	if (ns > u->newest_ns)
		u->newest_ns = ns;
}

/* Their names are in the order of their numbers. */
static int read_segments(int logs, struct log_use *u)
{
	int dir = dir_open(logs, u->name);
	struct name_list l = { .n = 0 };
	struct stat st;
	int rc = -1;

	if (dir != -1 && fstat(dir, &st) == 0)
		u->dir_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	if (dir != -1 && name_list_read(&l, dir, is_segment_name) == 0) {
		u->v = calloc(l.n > 0 ? l.n : 1, sizeof(*u->v));
		rc = u->v != NULL ? 0 : -1;
	}
	for (size_t i = 0; rc == 0 && i < l.n; i++) {
		if (fstatat(dir, l.v[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			add_segment(u, l.v[i], &st);
	}
	name_list_free(&l);
	close_fd(dir);
	return rc;
}

static int by_use(const void *a, const void *b)
{
	const struct log_use *x = a, *y = b;

	if (x->newest_ns != y->newest_ns)
		return x->newest_ns < y->newest_ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* It is being removed, or never was a directory. */
static bool is_no_log(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

int log_uses_read(int logs, struct log_use **v, size_t *n)
{
	struct name_list l;
	int rc = 0;

	*v = NULL;
	*n = 0;
	if (name_list_read(&l, logs, is_log_name) == -1)
		return -1;
	*v = calloc(l.n > 0 ? l.n : 1, sizeof(**v));
	if (*v == NULL)
		rc = -1;
	for (size_t i = 0; rc == 0 && i < l.n; i++) {
		struct log_use *u = &(*v)[*n];
		snprintf(u->name, sizeof(u->name), "%s", l.v[i]);
		hex_decode(u->id.b, sizeof(u->id.b), l.v[i]);
		if (read_segments(logs, u) == 0)
			(*n)++;
		else if (!is_no_log(errno))
			rc = -1;
	}
	name_list_free(&l);
	if (rc == 0)
		qsort(*v, *n, sizeof(**v), by_use);
	return rc;
}

void log_uses_free(struct log_use *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i].v);
	free(v);
}

bool log_use_has_frames(const struct log_use *u)
{
	return u->n > 1 || (u->n == 1 && u->v[0].bytes > SEGMENT_HEADER);
}

int log_uses_count(int logs)
{
	struct name_list l;
	int n;

	if (name_list_read(&l, logs, is_log_name) == -1)
		return -1;
	n = (int)l.n;
	name_list_free(&l);
	return n;
}

char *store_log_path(struct store *s, const char *name, const struct log_id *id)
{
	char hex[2 * LOG_ID_SIZE + 1];
	char *path;

	hex_encode(hex, id->b, sizeof(id->b));
	return asprintf(&path, "%s/archives/%s/%s", s->config->state, name, hex) == -1 ? NULL
										       : path;
}

int store_logs(struct store *s, const char *name, struct log_id **ids)
{
	struct log_use *v = NULL;
	int logs = dir_open(s->archives, name);
	size_t n = 0;
	int found = -1;

	*ids = NULL;
	if (logs == -1 && errno != ENOENT)
		return -1;
	if (logs != -1 && log_uses_read(logs, &v, &n) == -1)
		goto out;
	*ids = calloc(n > 0 ? n : 1, sizeof(**ids));
	if (*ids == NULL)
		goto out;
	found = 0;
	for (size_t i = 0; i < n; i++) {
		if (v[i].n > 0)
			(*ids)[found++] = v[i].id;
	}
	/* 0: no record has come yet; ENOENT: there is no such node. */
	if (found == 0) {
		int dir = store_known_dir(s, name);
		found = dir != -1 ? 0 : -1;
		close_fd(dir);
	}
out:
	log_uses_free(v, n);
	close_fd(logs);
	return found;
}
