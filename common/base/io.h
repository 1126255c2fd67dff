/* SPDX-License-Identifier: ISC */
/* Whole reads and writes: they continue after EINTR and short counts. */
#ifndef BIJK_BASE_IO_H
#define BIJK_BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "common/base/buf.h"
#include "common/base/deadline.h"

/* 0, or -1 with errno, ENOSPC also for a write that takes nothing. */
int write_full(int fd, const void *data, size_t len);
int pwrite_full(int fd, const void *data, size_t len, off_t at);
/* The bytes read, fewer than len only at the end of the file; -1: errno. */
ssize_t read_full(int fd, void *data, size_t len);
ssize_t pread_full(int fd, void *data, size_t len, off_t at);

/* Reads all of fd into b. -1: errno, EMSGSIZE beyond b's maximum, ETIMEDOUT. */
int read_all(int fd, struct buf *b, deadline_t d);

int set_nonblocking(int fd);
/* Closes fd unless it is -1, and keeps errno. */
void close_fd(int fd);

#endif
