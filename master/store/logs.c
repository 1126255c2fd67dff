/* SPDX-License-Identifier: ISC */
#include "master/store/logs.h"

#include <dirent.h>
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

static int add_segment(struct log_use *u, size_t *room, uint64_t first, const struct stat *st)
{
	int64_t ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;

	if (u->n == *room) {
		size_t more = *room == 0 ? 16 : *room * 2;
		struct log_use_segment *v = reallocarray(u->v, more, sizeof(*v));
		if (v == NULL)
			return -1;
		u->v = v;
		*room = more;
	}
	u->v[u->n++] = (struct log_use_segment){ first, (uint64_t)st->st_size, st->st_mtim.tv_sec };
	u->size += segment_cost((uint64_t)st->st_size);
	if (ns > u->newest_ns)
		u->newest_ns = ns;
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct log_use_segment *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static int read_segments(int logs, struct log_use *u)
{
	int fd = dir_open(logs, u->name);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *e;
	uint64_t first;
	struct stat st;
	size_t room = 0;
	int error;

	if (d == NULL) {
		close_fd(fd);
		return -1;
	}
	while (errno = 0, (e = readdir(d)) != NULL) {
		if (segment_name_parse(e->d_name, &first) &&
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && add_segment(u, &room, first, &st) == -1)
			break;
	}
	error = errno;
	closedir(d);
	if (u->n > 1)
		qsort(u->v, u->n, sizeof(*u->v), by_first);
	errno = error;
	return error == 0 ? 0 : -1;
}

static bool is_log_name(const char *s)
{
	struct log_id id;

	return hex_decode(id.b, sizeof(id.b), s);
}

static int by_use(const void *a, const void *b)
{
	const struct log_use *x = a, *y = b;

	if (x->newest_ns != y->newest_ns)
		return x->newest_ns < y->newest_ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* One that is being removed right now is no log any more, and what is no directory never was one. */
static bool is_gone(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

int log_uses_read(int logs, struct log_use **v, size_t *n)
{
	struct name_list l;
	int error = 0;

	*v = NULL;
	*n = 0;
	if (name_list_read(&l, logs, is_log_name) == -1)
		return -1;
	*v = calloc(l.n > 0 ? l.n : 1, sizeof(**v));
	if (*v == NULL) {
		name_list_free(&l);
		return -1;
	}
	for (size_t i = 0; error == 0 && i < l.n; i++) {
		struct log_use *u = &(*v)[*n];
		snprintf(u->name, sizeof(u->name), "%s", l.v[i]);
		hex_decode(u->id.b, sizeof(u->id.b), l.v[i]);
		if (read_segments(logs, u) == 0) {
			(*n)++;
		} else {
			if (!is_gone(errno))
				error = errno;
			free(u->v);
			*u = (struct log_use){ .n = 0 };
		}
	}
	name_list_free(&l);
	if (error != 0) {
		log_uses_free(*v, *n);
		*v = NULL;
		*n = 0;
		errno = error;
		return -1;
	}
	qsort(*v, *n, sizeof(**v), by_use);
	return 0;
}

void log_uses_free(struct log_use *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i].v);
	free(v);
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
	int logs = store_logs_dir(s, name);
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
	/* A node whose first record has not come yet; but what is no node, and has no records, is
	 * nothing. */
	if (found == 0) {
		int dir = store_known_dir(s, name);
		if (dir == -1)
			found = -1;
		close_fd(dir);
	}
out:
	log_uses_free(v, n);
	close_fd(logs);
	return found;
}
