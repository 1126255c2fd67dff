/* SPDX-License-Identifier: ISC */
#include "tests/replay/record.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/msg.h"

int __real_openat(int dir, const char *name, int flags, mode_t mode);
int __real_mkdirat(int dir, const char *name, mode_t mode);
int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __real_unlinkat(int dir, const char *name, int flags);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __real_pwrite(int fd, const void *data, size_t len, off_t at);
int __real_ftruncate(int fd, off_t size);
int __real_fdatasync(int fd);
int __real_fsync(int fd);

int __wrap_openat(int dir, const char *name, int flags, ...);
int __wrap_mkdirat(int dir, const char *name, mode_t mode);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_unlinkat(int dir, const char *name, int flags);
ssize_t __wrap_write(int fd, const void *data, size_t len);
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at);
int __wrap_ftruncate(int fd, off_t size);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
void __wrap_msg(enum msg_level level, const char *fmt, ...);

struct recorder recorder = {
	.kill_at = NEVER, .fail_from = NEVER, .fail_to = NEVER, .full_at = NEVER
};

void record_start(struct trace *t)
{
	recorder.trace = t;
}

void record_stop(void)
{
	recorder.trace = NULL;
	recorder.kill_at = recorder.fail_from = recorder.fail_to = recorder.full_at = NEVER;
}

void record_quiet(void)
{
	recorder.changes = recorder.cuts = recorder.said_len = 0;
	recorder.said[0] = '\0';
}

/* The operation that comes now; here a process can die. */
static void step(void)
{
	if (recorder.trace != NULL && recorder.trace->disk_ops == recorder.kill_at)
		longjmp(recorder.killed, 1);
}

static bool now_at(size_t from, size_t to)
{
	return recorder.trace != NULL && recorder.trace->disk_ops >= from &&
	    recorder.trace->disk_ops < to;
}

static size_t node_of(int fd)
{
	struct stat st;
	size_t node = fstat(fd, &st) == -1 ? SIZE_MAX : trace_node(recorder.trace, st.st_ino);

	if (node == SIZE_MAX)
		die(EX_SOFTWARE, "a file was changed that the recorder has not seen");
	return node;
}

/* Of `name` in dir; AT_FDCWD: of an absolute path. */
static size_t dir_node(int dir, const char *name)
{
	char copy[PATH_MAX];
	struct stat st;

	if (dir != AT_FDCWD)
		return node_of(dir);
	snprintf(copy, sizeof(copy), "%s", name);
	if (stat(dirname(copy), &st) == -1)
		die(EX_SOFTWARE, "%s: %s", name, strerror(errno));
	return trace_node(recorder.trace, st.st_ino);
}

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

static struct op *note(enum op_kind kind, size_t node)
{
	struct op *o = trace_add(recorder.trace, kind);

	o->node = node;
	return o;
}

static struct op *note_name(enum op_kind kind, size_t node, int dir, const char *name)
{
	struct op *o = note(kind, node);

	o->dir = dir_node(dir, name);
	snprintf(o->name, sizeof(o->name), "%s", last_part(name));
	return o;
}

static void note_made(enum op_kind kind, int dir, const char *name)
{
	struct stat st;

	recorder.changes++;
	if (recorder.trace == NULL)
		return;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		die(EX_SOFTWARE, "%s: %s", name, strerror(errno));
	note_name(kind, trace_add_node(recorder.trace, st.st_ino, kind == OP_MKDIR), dir, name);
}

/*
 * The file `lock` holds a note at most, which does not fit the files of a state
 * that was built, and is made again by whoever misses it: it adds nothing to
 * the states. A process that goes on behind one that was killed finds it.
 */
static bool is_lock(const char *name)
{
	return strcmp(last_part(name), "lock") == 0;
}

static bool is_lock_fd(int fd)
{
	char link[32], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n == -1)
		return false;
	path[n] = '\0';
	return is_lock(path);
}

int __wrap_openat(int dir, const char *name, int flags, ...)
{
	bool makes = (flags & O_CREAT) && !is_lock(name) &&
	    faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1;
	mode_t mode = 0;
	va_list ap;
	int fd;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (makes)
		step();
	fd = __real_openat(dir, name, flags, mode);
	if (fd != -1 && makes)
		note_made(OP_CREATE, dir, name);
	return fd;
}

int __wrap_mkdirat(int dir, const char *name, mode_t mode)
{
	int rc;

	if (recorder.trace != NULL && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1)
		step();
	rc = __real_mkdirat(dir, name, mode);
	if (rc == 0)
		note_made(OP_MKDIR, dir, name);
	return rc;
}

int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	struct stat st;
	struct op *o;

	step();
	if (__real_renameat(from_dir, from, to_dir, to) == -1)
		return -1;
	recorder.changes++;
	if (recorder.trace != NULL) {
		if (fstatat(to_dir, to, &st, AT_SYMLINK_NOFOLLOW) == -1)
			die(EX_SOFTWARE, "%s: %s", to, strerror(errno));
		o = note_name(OP_RENAME, trace_node(recorder.trace, st.st_ino), from_dir, from);
		snprintf(o->to, sizeof(o->to), "%s", last_part(to));
	}
	return 0;
}

int __wrap_unlinkat(int dir, const char *name, int flags)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	step();
	if (__real_unlinkat(dir, name, flags) == -1)
		return -1;
	recorder.changes++;
	if (recorder.trace != NULL)
		note_name(OP_UNLINK, trace_node(recorder.trace, st.st_ino), dir, name);
	return 0;
}

static void note_write(int fd, const void *data, size_t len, off_t at)
{
	struct op *o;

	recorder.changes++;
	if (recorder.trace == NULL)
		return;
	o = note(OP_WRITE, node_of(fd));
	o->at = at;
	o->len = len;
	o->data = malloc(len + 1);
	if (o->data == NULL)
		die(EX_OSERR, "no memory");
	memcpy(o->data, data, len);
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at)
{
	ssize_t n;

	if (is_lock_fd(fd))
		return __real_pwrite(fd, data, len, at);
	step();
	if (recorder.full_at != NEVER && now_at(recorder.full_at, recorder.full_at + 1) &&
	    len > 1) {
		len /= 2;
	} else if (recorder.full_at != NEVER &&
	    now_at(recorder.full_at + 1, recorder.full_at + 2)) {
		errno = ENOSPC;
		return -1;
	}
	n = __real_pwrite(fd, data, len, at);
	if (n > 0)
		note_write(fd, data, (size_t)n, at);
	return n;
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	struct stat st;
	/* Not what is printed, which may go to a file. */
	bool file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fd > STDERR_FILENO;
	ssize_t n;

	if (file)
		step();
	n = __real_write(fd, data, len);
	if (n > 0 && file)
		note_write(fd, data, (size_t)n, lseek(fd, 0, SEEK_CUR) - n);
	return n;
}

int __wrap_ftruncate(int fd, off_t size)
{
	step();
	if (__real_ftruncate(fd, size) == -1)
		return -1;
	recorder.changes++;
	recorder.cuts++;
	if (recorder.trace != NULL)
		note(OP_CUT, node_of(fd))->at = size;
	return 0;
}

/* A real sync is not needed: the power is cut on paper. */
static int sync_file(int fd)
{
	struct stat st;
	bool fails;

	/* What lies above the root of the scenario is durable. */
	if (recorder.trace == NULL || fstat(fd, &st) == -1 ||
	    (S_ISDIR(st.st_mode) && trace_node(recorder.trace, st.st_ino) == SIZE_MAX))
		return 0;
	step();
	fails = now_at(recorder.fail_from, recorder.fail_to) || recorder.fail_next > 0;
	if (recorder.fail_next > 0 && recorder.fail_next != NEVER)
		recorder.fail_next--;
	note(fails ? OP_SYNC_FAILED : OP_SYNC, node_of(fd));
	if (fails && recorder.kill_told)
		longjmp(recorder.killed, 1);
	errno = EIO;
	return fails ? -1 : 0;
}

int __wrap_fdatasync(int fd)
{
	return sync_file(fd);
}

int __wrap_fsync(int fd)
{
	return sync_file(fd);
}

void __wrap_msg(enum msg_level level, const char *fmt, ...)
{
	size_t room = sizeof(recorder.said) - recorder.said_len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(recorder.said + recorder.said_len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n + 1 >= room)
		return;
	(void)level;
	recorder.said_len += (size_t)n;
	recorder.said[recorder.said_len++] = '\n';
	recorder.said[recorder.said_len] = '\0';
}
