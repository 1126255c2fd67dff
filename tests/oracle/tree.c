/* SPDX-License-Identifier: ISC */
#include "tests/oracle/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"

typedef int each_name(int dir, const char *name, const struct stat *st, void *arg);

/* In order of names. */
static int walk(int dir, each_name *each, void *arg)
{
	struct dirent **v;
	int n = scandirat(dir, ".", &v, NULL, alphasort), rc = n == -1 ? -1 : 0;

	for (int i = 0; i < n; i++) {
		const char *name = v[i]->d_name;
		struct stat st;

		if (rc == 0 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			rc = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1
			    ? -1
			    : each(dir, name, &st, arg);
		free(v[i]);
	}
	if (n != -1)
		free(v);
	return rc;
}

static const void *map(int dir, const char *name, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	void *p =
	    fd == -1 || size == 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	close_fd(fd);
	return p == MAP_FAILED ? NULL : p;
}

static bool same_bytes(int a, int b, const char *name, size_t size)
{
	const void *p, *q;
	bool same;

	if (size == 0)
		return true;
	p = map(a, name, size);
	q = map(b, name, size);
	same = p != NULL && q != NULL && memcmp(p, q, size) == 0;
	if (p != NULL)
		munmap((void *)p, size);
	if (q != NULL)
		munmap((void *)q, size);
	return same;
}

static bool alike(const struct stat *a, int dir_a, int dir_b, const char *name)
{
	struct stat b;

	return fstatat(dir_b, name, &b, AT_SYMLINK_NOFOLLOW) == 0 && a->st_mode == b.st_mode &&
	    S_ISREG(a->st_mode) && a->st_size == b.st_size &&
	    same_bytes(dir_a, dir_b, name, (size_t)a->st_size);
}

static int copy_file(int from, int to, const char *name, const struct stat *st)
{
	int in = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int out = openat(to, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	off_t left = st->st_size;
	int rc = in == -1 || out == -1 ? -1 : fchmod(out, st->st_mode & 07777);

	while (rc == 0 && left > 0) {
		ssize_t n = sendfile(out, in, NULL, (size_t)left);
		if (n <= 0)
			rc = -1;
		left -= n;
	}
	close_fd(in);
	close_fd(out);
	return rc;
}

static int copy_dir(int from, int to);

static int copy_one(int from, const char *name, const struct stat *st, void *arg)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int to = *(int *)arg, rc = -1;

	if (S_ISDIR(st->st_mode)) {
		int a = dir_open(from, name), b;
		if (mkdirat(to, name, 0700) == -1 && errno != EEXIST)
			b = -1;
		else
			b = dir_open(to, name);
		if (a != -1 && b != -1)
			rc = copy_dir(a, b) == -1 ? -1 : fchmod(b, st->st_mode & 07777);
		close_fd(a);
		close_fd(b);
	} else if (S_ISREG(st->st_mode)) {
		rc = alike(st, from, to, name) ? 0 : copy_file(from, to, name, st);
	} else {
		errno = EINVAL;
	}
	return rc == -1 ? -1 : utimensat(to, name, times, AT_SYMLINK_NOFOLLOW);
}

/* What `from` does not have, or has as something else. */
static int remove_one(int to, const char *name, const struct stat *st, void *arg)
{
	struct stat other;

	if (fstatat(*(int *)arg, name, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (other.st_mode & S_IFMT) == (st->st_mode & S_IFMT))
		return 0;
	return S_ISDIR(st->st_mode) ? dir_remove_tree(to, name) : unlinkat(to, name, 0);
}

static int copy_dir(int from, int to)
{
	return walk(to, remove_one, &from) == -1 ? -1 : walk(from, copy_one, &to);
}

int tree_copy(const char *from, const char *to)
{
	int a = dir_open(AT_FDCWD, from), b, rc;

	if (mkdir(to, 0700) == -1 && errno != EEXIST)
		b = -1;
	else
		b = dir_open(AT_FDCWD, to);
	rc = a == -1 || b == -1 ? -1 : copy_dir(a, b);
	close_fd(a);
	close_fd(b);
	return rc;
}
