/* SPDX-License-Identifier: ISC */
#include "common/log/logio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"

#include "common/base/banned.h"

/* Does it to each part of an absolute path, from the top; a part ends where the next slash is. */
static int on_way(const char *path, int (*step)(char *part))
{
	char part[PATH_MAX];

	if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *p = part + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (step(part) == -1)
			return -1;
		*p = c;
		if (c == '\0')
			return 0;
	}
}

static int make_part(char *part)
{
	return mkdirat(AT_FDCWD, part, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

/* The name is an entry of the directory above. */
static int sync_above(char *part)
{
	char *slash = strrchr(part, '/');
	int fd, rc;

	*slash = '\0';
	fd = open(slash == part ? "/" : part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*slash = '/';
	if (fd == -1)
		return errno == EACCES || errno == EPERM ? 0 : -1;
	rc = fsync(fd);
	close_fd(fd);
	return rc;
}

int logio_make_dir(const char *path)
{
	return on_way(path, make_part);
}

int logio_sync_way(const char *path)
{
	return on_way(path, sync_above);
}

int logio_open(int dir, const char *name, bool writable)
{
	return file_open(dir, name, writable ? O_RDWR : O_RDONLY);
}

int logio_create(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
		return -1;
	return openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int logio_write(int fd, const void *data, size_t len, off_t at)
{
	return pwrite_full(fd, data, len, at);
}

int logio_cut(int fd, off_t size)
{
	return ftruncate(fd, size);
}

int logio_sync(int fd)
{
	return fdatasync(fd);
}

int logio_rename(int dir, const char *from, const char *to)
{
	return renameat(dir, from, dir, to);
}

int logio_remove(int dir, const char *name)
{
	return unlinkat(dir, name, 0);
}

int logio_sync_dir(int dir)
{
	return fsync(dir);
}

ssize_t logio_read(int fd, void *data, size_t len, off_t at)
{
	return pread_full(fd, data, len, at);
}
