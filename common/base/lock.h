/* SPDX-License-Identifier: ISC */
/*
 * Locks that end with their holder: flock on a file that stays where it is. The descriptor is the
 * lock; close it to let go.
 */
#ifndef BIJK_BASE_LOCK_H
#define BIJK_BASE_LOCK_H

#include <stdint.h>

#include "common/base/deadline.h"

/* Makes the file (mode 0600) if need be. -1: errno, EWOULDBLOCK when it is held past the deadline.
 */
int lock_take(int dir, const char *path, deadline_t d);
/* The lock if nobody has it: EWOULDBLOCK at once otherwise. */
int lock_try(int dir, const char *path);

/*
 * The lock of a directory itself, which needs no free inode. Where a directory cannot be locked, as on NFS: of that
 * file in it. EWOULDBLOCK at once when it is held.
 */
int lock_dir(int dir, const char *path);

/*
 * One of `count` places in a file: byte i is place i, held by an open-file-description lock, so the
 * descriptor may be handed to a child. Tries places first .. first+count-1. -1: EWOULDBLOCK when
 * all are taken.
 */
int lock_place(int dir, const char *path, uint64_t first, unsigned count);
/*
 * The same, but where all are taken the process that holds the first of them + `victim` is ended (SIGTERM), and
 * its place is ours; -1: EWOULDBLOCK when another was faster. It must not be mixed with lock_place() on one file:
 * this lock belongs to the process, not to its children, and ends when it closes any descriptor of the file.
 */
int lock_place_evicting(int dir, const char *path, uint64_t first, unsigned count, unsigned victim);

#endif
