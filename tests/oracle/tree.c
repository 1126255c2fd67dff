/* SPDX-License-Identifier: ISC */
#include "tests/oracle/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"

#define FILE_MOST (64u << 20)

static bool is_dir(const struct tree_file *f)
{
	return f->path[strlen(f->path) - 1] == '/';
}

struct tree_file *tree_add(struct tree *t, const char *path)
{
	struct tree_file *v = reallocarray(t->v, t->n + 1, sizeof(*v));

	if (v == NULL)
		die(EX_OSERR, "no memory");
	t->v = v;
	v[t->n] = (struct tree_file){ .path = strdup(path), .data = BUF_INIT(FILE_MOST) };
	if (v[t->n].path == NULL)
		die(EX_OSERR, "no memory");
	return &v[t->n++];
}

static struct tree *into; /* of read_one() */
static size_t top_len;

static int read_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	struct tree_file *f;
	char name[1024];

	if (at->level == 0)
		return 0;
	snprintf(name, sizeof(name), "%s%s", path + top_len + 1, flag == FTW_D ? "/" : "");
	f = tree_add(into, name);
	f->mode = st->st_mode & 07777;
	f->written = st->st_mtim;
	if (flag != FTW_D && file_read(AT_FDCWD, path, &f->data) == -1)
		die(EX_OSERR, "reading %s: %s", path, strerror(errno));
	return 0;
}

void tree_read(struct tree *t, const char *top)
{
	*t = (struct tree){ .n = 0 };
	into = t;
	top_len = strlen(top);
	if (nftw(top, read_one, 16, FTW_PHYS) == -1 && errno != ENOENT)
		die(EX_OSERR, "reading %s: %s", top, strerror(errno));
	tree_sort(t);
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

static int write_one(int dir, const struct tree_file *f)
{
	const struct timespec times[2] = { f->written, f->written };
	int fd, rc;

	if (is_dir(f))
		return mkdirat(dir, f->path, 0700) == -1 ? -1
		    : f->mode == 0			 ? 0
							 : fchmodat(dir, f->path, f->mode, 0);
	fd = openat(dir, f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	rc = fd == -1 ? -1 : write_full(fd, f->data.data, f->data.len);
	if (rc == 0 && f->mode != 0)
		rc = fchmod(fd, f->mode) == -1 ? -1 : futimens(fd, times);
	close_fd(fd);
	return rc;
}

void tree_write(const struct tree *t, const char *top)
{
	int dir;

	dir_remove_tree(AT_FDCWD, top);
	if (mkdir(top, 0700) == -1 || (dir = dir_open(AT_FDCWD, top)) == -1)
		die(EX_OSERR, "making %s: %s", top, strerror(errno));
	for (size_t i = 0; i < t->n; i++) {
		if (write_one(dir, &t->v[i]) == -1)
			die(EX_OSERR, "writing %s: %s", t->v[i].path, strerror(errno));
	}
	close(dir);
}

bool tree_equal(const struct tree *a, const struct tree *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct buf *x = &a->v[i].data, *y = &b->v[i].data;
		if (strcmp(a->v[i].path, b->v[i].path) != 0 || x->len != y->len ||
		    (x->len > 0 && memcmp(x->data, y->data, x->len) != 0))
			return false;
	}
	return true;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct tree_file *)a)->path, ((const struct tree_file *)b)->path);
}

void tree_sort(struct tree *t)
{
	if (t->n > 0)
		qsort(t->v, t->n, sizeof(*t->v), by_path);
}

const struct buf *tree_file(const struct tree *t, const char *path)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->v[i].path, path) == 0)
			return &t->v[i].data;
	}
	return NULL;
}

void tree_drop(struct tree *t, const char *pattern)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (fnmatch(pattern, t->v[i].path, 0) == 0) {
			free(t->v[i].path);
			buf_free(&t->v[i].data);
		} else {
			t->v[kept++] = t->v[i];
		}
	}
	t->n = kept;
}
