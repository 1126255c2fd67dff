/* SPDX-License-Identifier: ISC */
#include "common/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/io.h"

#include "common/base/banned.h"

static int open_regular(int dir, const char *path, int flags, struct stat *st)
{
	int fd = openat(dir, path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		return -1;
	if (fstat(fd, st) == -1) {
		close_fd(fd);
		return -1;
	}
	if (!S_ISREG(st->st_mode) || st->st_nlink > 1) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

int file_open(int dir, const char *path, int flags)
{
	struct stat st;

	return open_regular(dir, path, flags, &st);
}

static int read_checked(int dir, const char *path, struct buf *b, mode_t forbidden)
{
	struct stat st;
	int fd = open_regular(dir, path, O_RDONLY, &st);
	int rc = -1;

	if (fd == -1)
		return -1;
	if ((st.st_mode & forbidden) != 0)
		errno = EPERM;
	else
		rc = read_all(fd, b, DEADLINE_NEVER);
	close_fd(fd);
	return rc;
}

int file_read(int dir, const char *path, struct buf *b)
{
	return read_checked(dir, path, b, 0);
}

int file_read_secret(int dir, const char *path, struct buf *b)
{
	return read_checked(dir, path, b, S_IRWXO);
}

bool file_exists(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int dir_sync(int fd)
{
	return fsync(fd);
}

/* Syncs the directory that holds path. */
static int sync_parent_of(int dir, const char *path)
{
	char copy[PATH_MAX];
	int fd, rc;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", path) >= sizeof(copy)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = openat(dir, dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	rc = dir_sync(fd);
	close_fd(fd);
	return rc;
}

#define CREATE_NEW (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)

static int replace_file(
    int dir, const char *path, const void *data, size_t len, mode_t mode, enum file_sync s)
{
	char tmp[PATH_MAX];
	int fd;

	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.tmp", path) >= sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = openat(dir, tmp, CREATE_NEW, mode);
	/* Stale temporary file of a crashed process. */
	if (fd == -1 && errno == EEXIST && unlinkat(dir, tmp, 0) == 0)
		fd = openat(dir, tmp, CREATE_NEW, mode);
	if (fd == -1)
		return -1;
	if (fchmod(fd, mode) == -1 || write_full(fd, data, len) == -1 ||
	    (s == FILE_DURABLE && fsync(fd) == -1)) {
		close_fd(fd);
		goto fail;
	}
	if (close(fd) == -1 || renameat(dir, tmp, dir, path) == -1)
		goto fail;
	return s == FILE_DURABLE ? sync_parent_of(dir, path) : 0;
fail:
	fd = errno;
	unlinkat(dir, tmp, 0);
	errno = fd;
	return -1;
}

/* For want of room beside it. A crash can leave it half written. */
static int write_over(int dir, const char *path, const void *data, size_t len)
{
	int fd = file_open(dir, path, O_WRONLY), rc;

	if (fd == -1)
		return -1;
	rc = pwrite_full(fd, data, len, 0) == -1 || ftruncate(fd, (off_t)len) == -1 ? -1 : 0;
	close_fd(fd);
	return rc;
}

int file_replace(
    int dir, const char *path, const void *data, size_t len, mode_t mode, enum file_sync s)
{
	int rc = replace_file(dir, path, data, len, mode, s), why = errno;

	if (rc == -1 && s == FILE_UNSYNCED && (why == ENOSPC || why == EDQUOT)) {
		rc = write_over(dir, path, data, len);
		errno = why;
	}
	return rc;
}

int file_update(int dir, const char *path, const void *data, size_t len, mode_t mode, bool *changed)
{
	struct buf old = BUF_INIT(len + 1);
	bool same = file_read(dir, path, &old) == 0 && old.len == len &&
	    (len == 0 || memcmp(old.data, data, len) == 0);

	buf_free(&old);
	if (changed != NULL)
		*changed = !same;
	return same ? 0 : file_replace(dir, path, data, len, mode, FILE_DURABLE);
}

int file_rename(int dir, const char *from, const char *to)
{
	int fd = file_open(dir, from, O_RDONLY);
	int rc = fd == -1 ? -1 : fsync(fd);

	close_fd(fd);
	return rc == -1 || renameat(dir, from, dir, to) == -1 ? -1 : sync_parent_of(dir, to);
}

int file_remove(int dir, const char *path)
{
	if (unlinkat(dir, path, 0) == -1)
		return errno == ENOENT ? 0 : -1;
	return sync_parent_of(dir, path);
}

int dir_open(int dir, const char *path)
{
	return openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int dir_make(int dir, const char *path, mode_t mode)
{
	if (mkdirat(dir, path, mode) == 0) {
		if (sync_parent_of(dir, path) == -1)
			return -1;
	} else if (errno != EEXIST) {
		return -1;
	}
	return dir_open(dir, path);
}

static int remove_level(int dir, const char *path, int depth)
{
	int fd, rc = 0;
	struct dirent *e;
	DIR *d;

	if (unlinkat(dir, path, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (depth == 0) {
		errno = ELOOP;
		return -1;
	}
	fd = dir_open(dir, path);
	if (fd == -1)
		return -1;
	d = fdopendir(fd);
	if (d == NULL) {
		close_fd(fd);
		return -1;
	}
	while (rc == 0 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = remove_level(dirfd(d), e->d_name, depth - 1);
	}
	closedir(d);
	return rc == 0 ? unlinkat(dir, path, AT_REMOVEDIR) : -1;
}

int dir_remove_tree(int dir, const char *path)
{
	if (remove_level(dir, path, 8) == -1)
		return -1;
	return sync_parent_of(dir, path);
}

static int by_string(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_to_list(struct name_list *l, size_t *room, const char *name)
{
	char *copy = strdup(name);

	if (copy != NULL && l->n == *room) {
		size_t more = *room == 0 ? 64 : *room * 2;
		char **v = reallocarray(l->v, more, sizeof(*v));
		if (v == NULL) {
			free(copy);
			return -1;
		}
		l->v = v;
		*room = more;
	}
	if (copy == NULL)
		return -1;
	l->v[l->n++] = copy;
	return 0;
}

int name_list_read(struct name_list *l, int dir, bool (*take)(const char *name))
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	size_t room = 0;
	struct dirent *e;
	int error;

	*l = (struct name_list){ .n = 0 };
	if (d == NULL) {
		close_fd(fd);
		return -1;
	}
	while (errno = 0, (e = readdir(d)) != NULL) {
		if (take(e->d_name) && add_to_list(l, &room, e->d_name) == -1)
			break;
	}
	error = errno;
	closedir(d);
	if (error != 0) {
		name_list_free(l);
		errno = error;
		return -1;
	}
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), by_string);
	return 0;
}

void name_list_free(struct name_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct name_list){ .n = 0 };
}

char *path_join(const char *a, const char *b)
{
	char *s;

	return asprintf(&s, "%s/%s", a, b) == -1 ? NULL : s;
}
