/* SPDX-License-Identifier: ISC */
#include "common/base/owner.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/banned.h"

int owner_become(const char *dir)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (stat(dir, &st) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	if (st.st_uid == 0)
		return 0;
	/* Order matters: groups need the privilege that setuid gives up. */
	if (setgroups(1, &st.st_gid) == -1 || setresgid(st.st_gid, st.st_gid, st.st_gid) == -1 ||
	    setresuid(st.st_uid, st.st_uid, st.st_uid) == -1)
		return -1;
	if (setuid(0) == 0) {
		errno = EPERM; /* it did not hold */
		return -1;
	}
	return setenv("HOME", dir, 1);
}

bool owner_is_us(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == -1)
		return false;
	errno = EACCES;
	return geteuid() == 0 || geteuid() == st.st_uid;
}
