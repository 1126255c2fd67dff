/* SPDX-License-Identifier: ISC */
#include "common/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "common/base/banned.h"

/* At *at, or where the descriptor stands. */
static int write_all(int fd, const char *data, size_t len, const off_t *at)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = at != NULL ? pwrite(fd, data + done, len - done, *at + (off_t)done)
				       : write(fd, data + done, len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

int write_full(int fd, const void *data, size_t len)
{
	return write_all(fd, data, len, NULL);
}

int pwrite_full(int fd, const void *data, size_t len, off_t at)
{
	return write_all(fd, data, len, &at);
}

static ssize_t read_up_to(int fd, char *data, size_t len, const off_t *at)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = at != NULL ? pread(fd, data + got, len - got, *at + (off_t)got)
				       : read(fd, data + got, len - got);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

ssize_t read_full(int fd, void *data, size_t len)
{
	return read_up_to(fd, data, len, NULL);
}

ssize_t pread_full(int fd, void *data, size_t len, off_t at)
{
	return read_up_to(fd, data, len, &at);
}

int read_all(int fd, struct buf *b, deadline_t d)
{
	bool wait_first = d != DEADLINE_NEVER;

	for (;;) {
		size_t room = b->max - b->len;
		size_t want = room < 65536 ? room : 65536;
		char extra;
		ssize_t n;

		if (wait_first && wait_fd(fd, POLLIN, d) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (buf_reserve(b, want) == -1)
			return -1;
		/* A full buffer must still find out whether this is the end. */
		n = want > 0 ? read(fd, b->data + b->len, want) : read(fd, &extra, 1);
		if (n == 0)
			return 0;
		wait_first = d != DEADLINE_NEVER || (n == -1 && errno == EAGAIN);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n > 0 && want == 0)
			errno = EMSGSIZE;
		if (n == -1 || want == 0)
			return -1;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
	}
}

int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -1;
	return flags & O_NONBLOCK ? 0 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void close_fd(int fd)
{
	int saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
}
