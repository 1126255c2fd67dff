/* SPDX-License-Identifier: ISC */
#include "common/base/why.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "common/base/file.h"
#include "common/base/io.h"

#include "common/base/banned.h"

#undef strerror

static int watched[2] = { -1, -1 };

void why_watch(const char *dir, const char *below)
{
	for (int i = 0; i < 2; i++)
		close_fd(watched[i]);
	watched[0] = dir_open(AT_FDCWD, dir);
	watched[1] = watched[0] != -1 ? dir_open(watched[0], below) : -1;
}

bool why_no_inodes(void)
{
	struct statvfs fs;
	bool none = false;
	int saved = errno;

	for (int i = 0; i < 2; i++) {
		/* A file system with no fixed number (btrfs) reports 0 of 0. */
		if (watched[i] != -1 && fstatvfs(watched[i], &fs) == 0 && fs.f_files > 0)
			none |= fs.f_favail == 0;
	}
	errno = saved;
	return none;
}

const char *why_text(int error)
{
	if (error == ENOSPC && why_no_inodes())
		return "no free inodes: the file system takes no more files";
	return strerror(error);
}
