/* SPDX-License-Identifier: ISC */
#include "common/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"

#include "common/base/banned.h"

#define EVICT_MS 1000

static int open_lock(int dir, const char *path)
{
	int fd = file_open(dir, path, O_RDWR);

	if (fd == -1 && errno == ENOENT) {
		fd =
		    openat(dir, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	} else if (fd == -1 && (errno == EACCES || errno == EROFS)) {
		fd = file_open(dir, path, O_RDONLY);
	}
	return fd;
}

int lock_take(int dir, const char *path, deadline_t d)
{
	int64_t pause = 1;
	int fd = open_lock(dir, path);

	if (fd == -1)
		return -1;
	/* flock has no time limit; short pauses keep the latency low. */
	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || deadline_passed(d)) {
			close_fd(fd);
			return -1;
		}
		sleep_ms(pause);
		if (pause < 20)
			pause++;
	}
	return fd;
}

int lock_dir(int dir, const char *path)
{
	int fd = dir_open(dir, ".");

	if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close_fd(fd);
	return errno == EWOULDBLOCK ? -1 : lock_take(dir, path, 0);
}

static struct flock slot(uint64_t at)
{
	return (struct flock){
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = 1
	};
}

/* By this command of fcntl(). -1: errno, EWOULDBLOCK: no slot is free. */
static int take_free_slot(int fd, int command, uint64_t first, unsigned count)
{
	for (uint64_t i = first; i < first + count; i++) {
		struct flock s = slot(i);
		if (fcntl(fd, command, &s) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES) {
			if (errno == EBADF)
				errno = EROFS; /* it is open for reading only */
			return -1;
		}
	}
	errno = EWOULDBLOCK;
	return -1;
}

/* Ends the process that holds this slot, and locks it. */
static int take_over(int fd, uint64_t at)
{
	struct flock s = slot(at), held = s;
	deadline_t d = deadline_in_ms(EVICT_MS);

	if (fcntl(fd, F_GETLK, &held) == -1)
		return -1;
	if (held.l_type != F_UNLCK && held.l_pid > 0)
		kill(held.l_pid, SIGTERM);
	while (fcntl(fd, F_SETLK, &s) == -1) {
		if ((errno != EAGAIN && errno != EACCES) || deadline_passed(d)) {
			errno = errno == EACCES ? EWOULDBLOCK : errno;
			return -1;
		}
		sleep_ms(5);
	}
	return 0;
}

int lock_slot(int dir, const char *path, uint64_t first, unsigned count)
{
	int fd = open_lock(dir, path);

	if (fd == -1 || take_free_slot(fd, F_OFD_SETLK, first, count) == 0)
		return fd;
	close_fd(fd);
	return -1;
}

/* An open-file-description lock does not tell the holder's pid. */
int lock_slot_evicting(int dir, const char *path, uint64_t first, unsigned count, unsigned victim)
{
	int fd = open_lock(dir, path);

	if (fd == -1 || take_free_slot(fd, F_SETLK, first, count) == 0)
		return fd;
	if (errno == EWOULDBLOCK && take_over(fd, first + victim % count) == 0)
		return fd;
	close_fd(fd);
	return -1;
}
