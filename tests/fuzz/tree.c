/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

static struct tree_file *add(struct tree *t, const char *dir, const char *name, bool is_dir)
{
	struct tree_file *v = reallocarray(t->v, t->n + 1, sizeof(*v));
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path = malloc(size);

	require(v != NULL && path != NULL);
	snprintf(path, size, "%s%s%s", dir, name, is_dir ? "/" : "");
	t->v = v;
	v[t->n] = (struct tree_file){ .path = path, .data = BUF_INIT(TREE_FILE_MAX) };
	return &v[t->n++];
}

static void read_file(int dir, const char *name, size_t size, struct buf *b)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW);

	require(fd != -1 && buf_reserve(b, size) == 0);
	require(read_full(fd, b->data, size) == (ssize_t)size);
	b->len = size;
	close(fd);
}

static void read_dir(struct tree *t, int fd, const char *prefix)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;

	require(d != NULL);
	while ((e = readdir(d)) != NULL) {
		struct tree_file *f;
		struct stat st;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		require(fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0);
		f = add(t, prefix, e->d_name, S_ISDIR(st.st_mode));
		if (S_ISDIR(st.st_mode)) {
			char *inner = strdup(f->path);
			require(inner != NULL);
			read_dir(t, openat(fd, e->d_name, O_RDONLY | O_DIRECTORY), inner);
			free(inner);
		} else {
			require(S_ISREG(st.st_mode));
			read_file(fd, e->d_name, (size_t)st.st_size, &f->data);
		}
	}
	closedir(d);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct tree_file *)a)->path, ((const struct tree_file *)b)->path);
}

void tree_read(struct tree *t, const char *top)
{
	int fd = open(top, O_RDONLY | O_DIRECTORY);

	*t = (struct tree){ .n = 0 };
	if (fd != -1)
		read_dir(t, fd, "");
	if (t->n > 0)
		qsort(t->v, t->n, sizeof(*t->v), by_path);
}

void tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].path);
		buf_free(&t->v[i].data);
	}
	free(t->v);
	*t = (struct tree){ .n = 0 };
}

void tree_write(const struct tree *t, const char *top)
{
	int dir;

	dir_remove_tree(AT_FDCWD, top);
	require(mkdir(top, 0700) == 0);
	dir = open(top, O_RDONLY | O_DIRECTORY);
	require(dir != -1);
	for (size_t i = 0; i < t->n; i++) {
		const struct tree_file *f = &t->v[i];
		int fd;

		if (f->path[strlen(f->path) - 1] == '/') {
			require(mkdirat(dir, f->path, 0700) == 0);
			continue;
		}
		fd = openat(dir, f->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		require(fd != -1 && write_full(fd, f->data.data, f->data.len) == 0);
		close(fd);
	}
	close(dir);
}

bool tree_equal(const struct tree *a, const struct tree *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->v[i].path, b->v[i].path) != 0 ||
		    a->v[i].data.len != b->v[i].data.len ||
		    (a->v[i].data.len > 0 &&
			memcmp(a->v[i].data.data, b->v[i].data.data, a->v[i].data.len) != 0))
			return false;
	}
	return true;
}

const struct buf *tree_file(const struct tree *t, const char *path)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->v[i].path, path) == 0)
			return &t->v[i].data;
	}
	return NULL;
}

void tree_drop(struct tree *t, const char *prefix)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (strncmp(t->v[i].path, prefix, strlen(prefix)) == 0) {
			free(t->v[i].path);
			buf_free(&t->v[i].data);
		} else {
			t->v[kept++] = t->v[i];
		}
	}
	t->n = kept;
}
