/* SPDX-License-Identifier: ISC */
#include "common/logio.h"

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

int logio_make_dir(const char *path)
{
	char part[PATH_MAX];

	if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *p = part + 1;; p++) {
		char c = *p;
		int fd;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdirat(AT_FDCWD, part, 0700) == 0) {
			/* The name is an entry of the directory above. */
			char *slash = strrchr(part, '/');
			*slash = '\0';
			fd = open(slash == part ? "/" : part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			*slash = '/';
			if (fd == -1 || fsync(fd) == -1) {
				close_fd(fd);
				return -1;
			}
			close(fd);
		} else if (errno != EEXIST) {
			return -1;
		}
		*p = c;
		if (c == '\0')
			return 0;
	}
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
