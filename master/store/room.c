/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/num.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

#define MIN_INODES 1024 /* with fewer, no state can be kept and no segment begun before long */
#define BLOCK 4096

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int store_room_of(const struct store *s, int dir, struct store_room *r)
{
	uint64_t want = s->config->archive_free;
	struct statvfs fs;

	*r = (struct store_room){ .error = 0 };
	if (fstatvfs(dir, &fs) == -1)
		return -1;
	r->free = (uint64_t)fs.f_bavail * fs.f_frsize;
	r->min_free = want != ARCHIVE_FREE_UNSET
	    ? want
	    : least((uint64_t)256 << 20, (uint64_t)fs.f_blocks * fs.f_frsize / 8);
	r->inodes = fs.f_favail;
	r->min_inodes = least(MIN_INODES, fs.f_files / 8);
	return 0;
}

/* A file without a name, or with one where the file system knows none without. */
static int try_writing(int dir)
{
	static const char block[BLOCK];
	int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600), error = 0;

	if (fd == -1 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
		return faccessat(dir, ".", W_OK, AT_EACCESS) == -1 ? errno : 0;
	if (fd == -1)
		return errno;
	if (pwrite_full(fd, block, sizeof(block), 0) == -1)
		error = errno;
	close_fd(fd);
	return error;
}

int store_room(struct store *s, struct store_room *r)
{
	if (store_room_of(s, s->nodes, r) == -1)
		return -1;
	r->error = try_writing(s->nodes);
	return 0;
}

const char *store_room_text(const struct store_room *r, char text[STORE_ROOM_MAX])
{
	char is[32], want[32];

	if (r->error == EROFS)
		snprintf(text, STORE_ROOM_MAX, "it is read-only");
	else if (r->free < r->min_free)
		snprintf(text, STORE_ROOM_MAX,
		    "no space: only %s are free there, less than archive.min_free, %s",
		    num_show_size(is, sizeof(is), r->free),
		    num_show_size(want, sizeof(want), r->min_free));
	else if (r->inodes < r->min_inodes)
		snprintf(text, STORE_ROOM_MAX,
		    "no inodes, however much space: only %llu are free there, so that many small "
		    "files have to go, not large ones",
		    (unsigned long long)r->inodes);
	else if (r->error != 0)
		snprintf(text, STORE_ROOM_MAX, "it cannot be written: %s", strerror(r->error));
	else
		return NULL;
	return text;
}
