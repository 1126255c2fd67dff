/* SPDX-License-Identifier: ISC */
/*
 * The seam under the log: every system call that changes a log's files goes through here, so that a
 * test can link another logio.c, record the operations in their order, and build each state that a
 * crash could leave.
 *
 * All return 0 or a descriptor, -1 with errno. `dir` is a descriptor of the log's directory.
 */
#ifndef BIJK_LOG_LOGIO_H
#define BIJK_LOG_LOGIO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* mkdir of a directory and of those above it that are missing; `path` is absolute. */
int logio_make_dir(const char *path);
/*
 * Makes the names of all directories on the way durable, whoever made them: that process may have died
 * before it could. One that we may not open is passed over: there we can have made nothing.
 */
int logio_sync_way(const char *path);
int logio_open(int dir, const char *name, bool writable);
/* A new file, for reading and writing; one of that name is replaced. */
int logio_create(int dir, const char *name);
int logio_write(int fd, const void *data, size_t len, off_t at);
int logio_cut(int fd, off_t size);
/* Data and size. A failure is final: what it covered is not durable. */
int logio_sync(int fd);
int logio_rename(int dir, const char *from, const char *to);
int logio_remove(int dir, const char *name);
int logio_sync_dir(int dir);
/* Up to len bytes; how many, fewer only at the end. */
ssize_t logio_read(int fd, void *data, size_t len, off_t at);

#endif
