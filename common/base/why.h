/* SPDX-License-Identifier: ISC */
/*
 * Why a system call failed, in words. banned.h replaces strerror() with
 * why_text(), which tells missing inodes from missing space.
 */
#ifndef BIJK_BASE_WHY_H
#define BIJK_BASE_WHY_H

#include <stdbool.h>

/*
 * Sets two directories, on one file system or two, whose inodes are checked on
 * ENOSPC. Call it before restricting the process. Missing ones are skipped; a
 * second call replaces the first.
 */
void why_watch(const char *dir, const char *below);
/* Does one of them have no free inode? */
bool why_no_inodes(void);
const char *why_text(int error);

#endif
