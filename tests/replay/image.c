/* SPDX-License-Identifier: ISC */
#include "tests/replay/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"

void image_init(struct image *i)
{
	*i = (struct image){ .n = 1 };
	i->v[0].dir = true;
}

void image_free(struct image *i)
{
	for (size_t k = 0; k < i->n; k++)
		free(i->v[k].data);
	image_init(i);
}

size_t image_add(struct image *i, size_t parent, const char *name, const uint8_t *data, size_t len)
{
	struct image_entry *e = &i->v[i->n];

	if (i->n == IMAGE_ENTRIES)
		die(EX_SOFTWARE, "more than %d files in a state", IMAGE_ENTRIES);
	*e = (struct image_entry){ .parent = parent, .dir = data == NULL, .len = len };
	snprintf(e->name, sizeof(e->name), "%s", name);
	if (data != NULL) {
		e->data = malloc(len + 1);
		if (e->data == NULL)
			die(EX_OSERR, "no memory");
		memcpy(e->data, data, len);
	}
	return i->n++;
}

static void read_file(struct image *i, size_t parent, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *data;

	if (fd == -1 || fstat(fd, &st) == -1 || (data = malloc((size_t)st.st_size + 1)) == NULL ||
	    pread_full(fd, data, (size_t)st.st_size, 0) != st.st_size)
		die(EX_OSERR, "%s: %s", name, strerror(errno));
	image_add(i, parent, name, data, (size_t)st.st_size);
	free(data);
	close(fd);
}

static void read_dir(struct image *i, size_t parent, int fd)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;

	if (d == NULL)
		die(EX_OSERR, "opendir: %s", strerror(errno));
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    strcmp(e->d_name, "lock") == 0)
			continue;
		if (e->d_type == DT_DIR) {
			size_t at = image_add(i, parent, e->d_name, NULL, 0);
			read_dir(i, at, openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		} else {
			read_file(i, parent, fd, e->d_name);
		}
	}
	closedir(d);
}

void image_read(struct image *i, const char *root)
{
	image_init(i);
	read_dir(i, 0, open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void empty_dir(int fd)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;

	if (d == NULL)
		die(EX_OSERR, "opendir: %s", strerror(errno));
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (e->d_type == DT_DIR) {
			empty_dir(openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
			unlinkat(fd, e->d_name, AT_REMOVEDIR);
		} else {
			unlinkat(fd, e->d_name, 0);
		}
	}
	closedir(d);
}

void image_write(const struct image *i, const char *root)
{
	int dirs[IMAGE_ENTRIES];

	empty_dir(open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	for (size_t k = 0; k < i->n; k++) {
		const struct image_entry *e = &i->v[k];
		int at = k == 0 ? AT_FDCWD : dirs[e->parent];
		const char *name = k == 0 ? root : e->name;
		int fd;

		dirs[k] = -1;
		if (e->dir) {
			if (k > 0 && mkdirat(at, name, 0700) == -1)
				die(EX_OSERR, "%s: %s", name, strerror(errno));
			fd = dirs[k] = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		} else {
			fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		}
		if (fd == -1 || (!e->dir && pwrite_full(fd, e->data, e->len, 0) == -1))
			die(EX_OSERR, "%s: %s", name, strerror(errno));
		if (!e->dir)
			close(fd);
	}
	for (size_t k = 0; k < i->n; k++)
		close_fd(dirs[k]);
}

/* The entry of b that lies where entry k of a does. */
static const struct image_entry *same_place(const struct image *a, size_t k, const struct image *b)
{
	for (size_t m = 0; m < b->n; m++) {
		const struct image_entry *x = &a->v[k], *y = &b->v[m];
		if (strcmp(x->name, y->name) == 0 && x->dir == y->dir &&
		    strcmp(a->v[x->parent].name, b->v[y->parent].name) == 0)
			return y;
	}
	return NULL;
}

const char *image_differs(const struct image *a, const struct image *b)
{
	static char what[80];

	for (int turn = 0; turn < 2; turn++) {
		const struct image *x = turn == 0 ? a : b, *y = turn == 0 ? b : a;
		for (size_t k = 1; k < x->n; k++) {
			const struct image_entry *p = &x->v[k], *q = same_place(x, k, y);
			snprintf(what, sizeof(what), "%s", p->name);
			if (q == NULL || p->len != q->len ||
			    (p->len > 0 && memcmp(p->data, q->data, p->len) != 0))
				return what;
		}
	}
	return NULL;
}

void image_print(const struct image *i)
{
	for (size_t k = 1; k < i->n; k++) {
		const struct image_entry *e = &i->v[k];
		printf("    has %s%s%s%s, %zu bytes\n", e->parent > 0 ? i->v[e->parent].name : "",
		    e->parent > 0 ? "/" : "", e->name, e->dir ? "/" : "", e->len);
	}
}
