/* SPDX-License-Identifier: ISC */
/*
 * Why a system call failed, in words. banned.h puts why_text() in the place of strerror(), which speaks of space where a
 * file system has no free inode.
 */
#ifndef BIJK_BASE_WHY_H
#define BIJK_BASE_WHY_H

#include <stdbool.h>

/*
 * The directories, on one file system or two, whose inodes are looked at when there is said to be no space. Called
 * before a process restricts itself; what is not there is passed over. At most two; called again, it forgets the first.
 */
void why_watch(const char *dir, const char *below);
/* Has one of them no free inode? */
bool why_no_inodes(void);
const char *why_text(int error);

#endif
