/* SPDX-License-Identifier: ISC */
/*
 * Locks that end with their holder: flock on a file that is never replaced. The
 * descriptor is the lock; closing it releases the lock.
 */
#ifndef BIJK_BASE_LOCK_H
#define BIJK_BASE_LOCK_H

#include <stdint.h>

#include "common/base/deadline.h"

/*
 * Makes the file (mode 0600) if need be. -1: errno, EWOULDBLOCK when it is held
 * past the deadline, at once if that is 0.
 */
int lock_take(int dir, const char *path, deadline_t d);

/*
 * The lock of the directory itself, which needs no free inode. A directory that
 * cannot be locked, as on NFS: of that file in it. -1: EWOULDBLOCK at once when
 * it is held.
 */
int lock_dir(int dir, const char *path);

/*
 * One of `count` slots in a file: byte i is slot i, held by an
 * open-file-description lock, so the descriptor may be handed to a child. Tries
 * slots first .. first+count-1. -1: EWOULDBLOCK when all are taken.
 */
int lock_slot(int dir, const char *path, uint64_t first, unsigned count);
/*
 * The same, but when all are taken, ends the process (SIGTERM) that holds slot
 * first + `victim`, and takes it over; -1: EWOULDBLOCK when another was faster.
 * Not for a file that lock_slot() is used on: this lock belongs to the process,
 * not to its children, and ends when it closes any descriptor of the file.
 */
int lock_slot_evicting(int dir, const char *path, uint64_t first, unsigned count, unsigned victim);

#endif
