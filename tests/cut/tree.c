/* SPDX-License-Identifier: ISC */
#include "tests/cut/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/io.h"

#include "common/base/banned.h"

#define FILE_LIMIT (4u << 20)
#define PATH_LIMIT 512

static int names(const char *dir, struct dirent ***list)
{
	return scandir(dir, list, NULL, alphasort);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int read_file(const char *path, struct buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd == -1 ? -1 : read_all(fd, b, DEADLINE_NEVER);

	close_fd(fd);
	return rc;
}

/* Not every file system tells with the name. */
static bool is_dir(const struct dirent *e, const char *path)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int copy_file(const char *from, const char *to)
{
	static char bytes[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, rc = -1;
	ssize_t n = in == -1 ? -1 : read(in, bytes, sizeof(bytes));

	if (n >= 0 && n < (ssize_t)sizeof(bytes)) {
		out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		rc = out == -1 ? -1 : write_full(out, bytes, (size_t)n);
	} else if (n >= 0) {
		errno = EFBIG;
	}
	close_fd(in);
	close_fd(out);
	return rc;
}

int tree_copy(const char *from, const char *to)
{
	struct dirent **list;
	int n, rc = 0;

	if (mkdir(to, 0700) == -1 || (n = names(from, &list)) == -1)
		return -1;
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		char a[PATH_LIMIT], b[PATH_LIMIT];

		snprintf(a, sizeof(a), "%s/%s", from, name);
		snprintf(b, sizeof(b), "%s/%s", to, name);
		if (rc == 0 && !is_dots(name))
			rc = is_dir(list[i], a) ? tree_copy(a, b) : copy_file(a, b);
		free(list[i]);
	}
	free(list);
	return rc;
}

static int add_text(const char *root, size_t skip, struct buf *out)
{
	struct dirent **list;
	int n = names(root, &list), rc = 0;

	if (n == -1)
		return errno == ENOENT ? 0 : -1;
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		char path[PATH_LIMIT];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", root, name);
		if (rc == 0 && !is_dots(name)) {
			rc = lstat(path, &st);
			if (rc == 0 && S_ISDIR(st.st_mode)) {
				rc = add_text(path, skip, out);
			} else if (rc == 0) {
				struct buf b = BUF_INIT(FILE_LIMIT);
				rc = read_file(path, &b);
				buf_addf(out, "%s\n", path + skip);
				buf_add(out, b.data != NULL ? b.data : "", b.len);
				buf_adds(out, "\n");
				buf_free(&b);
			}
		}
		free(list[i]);
	}
	free(list);
	return rc == 0 && buf_ok(out) ? 0 : -1;
}

int tree_text(const char *root, struct buf *out)
{
	return add_text(root, strlen(root) + 1, out);
}
