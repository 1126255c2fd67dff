/* SPDX-License-Identifier: ISC */
/*
 * Files that are trusted, files that are replaced whole, and directories.
 *
 * Everything here refuses what is no regular file (a symlink, FIFO or device:
 * EINVAL or ELOOP), and never blocks in open. `dir` is a directory descriptor
 * or AT_FDCWD.
 */
#ifndef BIJK_BASE_FILE_H
#define BIJK_BASE_FILE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/base/buf.h"

/* Opens a regular file with one link, O_RDONLY or O_RDWR. -1: errno. */
int file_open(int dir, const char *path, int flags);
/* Reads all of it into b. -1: errno, EMSGSIZE beyond b's maximum. */
int file_read(int dir, const char *path, struct buf *b);
/* The same; EPERM if others may read or write the file ("secret"). */
int file_read_secret(int dir, const char *path, struct buf *b);

enum file_sync {
	FILE_UNSYNCED, /* small state: after a power cut it may be empty or old */
	FILE_DURABLE,  /* data, then the name, are on the disk when it returns */
};

/* By fstatat, which a restricted process may call. */
bool file_exists(int dir, const char *path);

/*
 * Replaces path: written beside it as "path.tmp", with this mode from its first
 * byte on, and renamed. On failure nothing has changed. Without room for a
 * second file an unsynced one is overwritten.
 */
int file_replace(
    int dir, const char *path, const void *data, size_t len, mode_t mode, enum file_sync s);
/* The same, unless it holds these bytes already; then *changed is false. */
int file_update(
    int dir, const char *path, const void *data, size_t len, mode_t mode, bool *changed);
/* Gives a whole file another name, durably: data, then the name. -1: errno. */
int file_rename(int dir, const char *from, const char *to);
/* Removes it and syncs the directory; a file that is not there is no error. */
int file_remove(int dir, const char *path);

/* A directory, opened as one and not through a symlink. -1: errno. */
int dir_open(int dir, const char *path);
/* mkdir unless it is there; then opens it. The new name is synced. */
int dir_make(int dir, const char *path, mode_t mode);
int dir_sync(int fd);
/* Removes a directory of at most a few levels; follows no link. */
int dir_remove_tree(int dir, const char *path);

/* The names in a directory that `take` takes, sorted. -1: errno, no list. */
struct name_list {
	char **v;
	size_t n;
};
int name_list_read(struct name_list *l, int dir, bool (*take)(const char *name));
void name_list_free(struct name_list *l);

/* "a/b", allocated; NULL: no memory. */
char *path_join(const char *a, const char *b);

#endif
