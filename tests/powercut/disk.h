/* SPDX-License-Identifier: ISC */
/*
 * A file system of its own on a loop device, whose power can be cut: the shutdown ioctl stops all
 * its I/O at once, and what was not yet handed to the device is lost with the next unmounting, as
 * it is with the memory of a machine. What a disk's own cache would lose is not lost here.
 *
 * Its image lies beside the place where it is mounted. Functions return 0, or -1 with errno.
 */
#ifndef BIJK_TESTS_DISK_H
#define BIJK_TESTS_DISK_H

#include <stdbool.h>
#include <stdint.h>

struct disk {
	const char *type; /* "ext4" or "xfs" */
	char dir[200];
	char image[256];
	char where[256]; /* its mount point */
	char device[32];
	int loop; /* -1: not attached */
	bool mounted;
};

/* How the power goes (the values are the kernel's). */
enum cut_kind {
	CUT_FREEZE, /* all that was written is on the disk first: what kill -9 would leave */
	CUT_FLUSH,  /* the journal gets out, data does not */
	CUT_NOW,    /* nothing more gets out */
	CUT_KINDS
};

/* Makes the image and its file system under dir, not mounted. Close it in any case. */
int disk_make(struct disk *d, const char *type, const char *dir, const char *name);
void disk_close(struct disk *d);
int disk_mount(struct disk *d);
/* EBUSY as long as a process is at it. */
int disk_unmount(struct disk *d);
int disk_cut(const struct disk *d, enum cut_kind kind);
/* All of it durable. */
int disk_sync(const struct disk *d);

/* Can this machine do it? Else *why is a sentence. Needs what disk_make() needs. */
bool disk_possible(const char *type, const char *dir, const char **why);

#endif
