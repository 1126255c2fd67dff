/* SPDX-License-Identifier: ISC */
/*
 * The order of the system calls that durability hangs on (protocol.md, section
 * 3, Writing and Opening). The calls are recorded on their way to the kernel,
 * one letter each:
 *
 *   W pwrite   N the note in the lock's file   S fdatasync   F fsync of a file   D fsync of a
 *              directory   R renameat
 *   X ftruncate   U unlinkat that removed something
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/exchange/proof.h"
#include "common/log/log.h"
#include "common/log/segment.h"
#include "tests/unit/put.h"

#define NOTE_LEN 68

static char calls[256];
static int syncs_that_fail, writes_that_fail;
static char top[64], dir[128];

static void note(char c)
{
	size_t n = strlen(calls);

	if (n + 1 < sizeof(calls))
		calls[n] = c;
}

/* By a call that takes an offset of 64 bits on every machine. */
static ssize_t write_at(int fd, const void *data, size_t len, off_t at)
{
	struct iovec v = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };

	return pwritev(fd, &v, 1, at);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	if (len == NOTE_LEN && at == 0) {
		note('N');
		return write_at(fd, data, len, at);
	}
	note('W');
	if (writes_that_fail > 0) {
		writes_that_fail--;
		errno = ENOSPC;
		return -1;
	}
	return write_at(fd, data, len, at);
}

int fdatasync(int fd)
{
	note('S');
	if (syncs_that_fail > 0) {
		syncs_that_fail--;
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	struct stat st;

	note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'D' : 'F');
	return (int)syscall(SYS_fsync, fd);
}

int renameat(int from, const char *a, int to, const char *b)
{
	note('R');
	return (int)syscall(SYS_renameat2, from, a, to, b, 0);
}

int ftruncate(int fd, off_t size)
{
	note('X');
	return (int)syscall(SYS_ftruncate, fd, (long)size);
}

int unlinkat(int at, const char *name, int flags)
{
	int rc = (int)syscall(SYS_unlinkat, at, name, flags);

	if (rc == 0)
		note('U');
	return rc;
}

/* What was recorded since the last time. */
static const char *recorded(void)
{
	static char last[sizeof(calls)];

	memcpy(last, calls, sizeof(last));
	memset(calls, 0, sizeof(calls));
	return last;
}

static void setup(void)
{
	proof_init();
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	snprintf(top, sizeof(top), "/tmp/check_durable.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/spool", top);
	recorded();
}

static void teardown(void)
{
	dir_remove_tree(AT_FDCWD, top);
}

static int put(struct log *l, size_t size)
{
	uint8_t *payload = calloc(1, size);
	struct record r = {
		.time_ns = 1, .source = "t", .source_len = 1, .payload = payload, .len = size
	};
	int rc = put_record(l, log_next(l), &r, FRAME_PLAIN);

	free(payload);
	return rc;
}

static struct log *open_writer(void)
{
	struct log *l = must(log_open_spool(dir, LOG_WRITE));

	return l;
}

START_TEST(new_log)
{
	struct log *l = open_writer();

	/* The directories on the way; the header under another name; its own
	 * name. */
	ck_assert_str_eq(recorded(), "DDDWSRD");
	ck_assert_int_eq(put(l, 100), 0);
	ck_assert_str_eq(recorded(), "WS");
	ck_assert_int_eq(put(l, 100), 0);
	ck_assert_str_eq(recorded(), "WS");
	log_close(l);
	ck_assert_str_eq(recorded(), "N");
}
END_TEST

START_TEST(directories_on_the_way)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/a/b", top);
	ck_assert_int_eq(log_make_dir(path), 0);
	ck_assert_str_eq(recorded(), "DDDD");
}
END_TEST

START_TEST(next_segment)
{
	struct log *l = open_writer();

	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(put(l, 1 << 20), 0);
	recorded();
	ck_assert_int_eq(put(l, 100), 0);
	ck_assert_str_eq(recorded(), "SWSRDWS");
	ck_assert_int_eq(log_jump(l, 50), 0);
	ck_assert_str_eq(recorded(), "SWSRD");
	log_close(l);
}
END_TEST

static int copy_file(const char *from, const char *to)
{
	struct buf all = BUF_INIT(1 << 20);
	int rc = file_read(AT_FDCWD, from, &all);

	if (rc == 0)
		rc = file_replace(AT_FDCWD, to, all.data, all.len, 0600, FILE_UNSYNCED);
	buf_free(&all);
	return rc;
}

/* As one that is killed behind its append. */
static void put_and_die(void)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		_exit(put(open_writer(), 100) == 0 ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* Who opens to write, or to name a position, makes durable what an earlier
 * process may not have. */
START_TEST(opening)
{
	static const enum log_mode modes[] = { LOG_WRITE, LOG_READ };
	struct log *l;

	log_close(open_writer());
	recorded();
	for (int i = 0; i < 2; i++) {
		l = must(log_open_spool(dir, modes[i]));
		ck_assert_str_eq(recorded(), ""); /* noted */
		log_close(l);
	}
	for (int i = 0; i < 2; i++) {
		put_and_die();
		l = must(log_open_spool(dir, modes[i]));
		ck_assert_str_eq(recorded(), "WSRDN");
		log_close(l);
	}
	l = must(log_open(dir, LOG_PEEK));
	ck_assert_str_eq(recorded(), ""); /* changes nothing, and promises nothing */
	log_close(l);
}
END_TEST

/* What the last one noted is durable, but only if the note is of this very
 * state of this file. */
START_TEST(opening_noted)
{
	char segment[192], lock[192], copy[192];
	char name[SEGMENT_NAME_LEN + 1];
	struct stat st;

	segment_name(1, name);
	snprintf(segment, sizeof(segment), "%s/%s", dir, name);
	snprintf(copy, sizeof(copy), "%s/copy", top);
	snprintf(lock, sizeof(lock), "%s/lock", dir);
	put_and_die();
	for (int i = 0; i < 6; i++) {
		struct log *l = open_writer();
		static const char *const does[] = { NULL, "", "WSRDN", "", "SN", "WSRDN" };
		if (i > 0)
			ck_assert_str_eq(recorded(), does[i]);
		ck_assert_int_eq(put(l, 100), 0);
		log_close(l);
		ck_assert_int_eq(stat(segment, &st), 0);
		if (i == 1) /* another inode has the name */
			ck_assert(rename(segment, copy) == 0 && copy_file(copy, segment) == 0);
		else if (i == 3) /* changed by another program, but no longer */
			ck_assert_int_eq(truncate(segment, st.st_size), 0);
		else if (i == 4) /* another note, or none */
			ck_assert_int_eq(truncate(lock, NOTE_LEN - 1), 0);
		recorded();
	}
}
END_TEST

/* A process that was told so died with it: no later sync of what it wrote is
 * believed. */
START_TEST(opening_after_failed_sync)
{
	struct log *l;

	put_and_die();
	recorded();
	syncs_that_fail = 1;
	ck_assert_ptr_null(log_open_spool(dir, LOG_READ));
	ck_assert_int_eq(errno, EIO);
	ck_assert_str_eq(recorded(), "WSU");
	writes_that_fail = 1;
	ck_assert_ptr_null(log_open_spool(dir, LOG_WRITE));
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_str_eq(recorded(), "WU");
	for (int i = 0; i < 2; i++) {
		l = must(log_open_spool(dir, LOG_WRITE));
		ck_assert_str_eq(recorded(), i == 0 ? "WSRDN" : "");
		ck_assert_uint_eq(log_next(l), 2 + (uint64_t)i);
		ck_assert_int_eq(put(l, 100), 0);
		ck_assert_str_eq(recorded(), "WS");
		log_close(l);
		ck_assert_str_eq(recorded(), "N");
	}
}
END_TEST

/* Nothing is stored then; but what is there can be sent, and make room. It is
 * looked at again the next time. */
START_TEST(opening_on_a_full_disk)
{
	struct log *l;

	put_and_die();
	recorded();
	writes_that_fail = 1;
	l = must(log_open_spool(dir, LOG_READ));
	ck_assert_str_eq(recorded(), "WUS");
	log_close(l);
	writes_that_fail = 1;
	syncs_that_fail = 1;
	ck_assert_ptr_null(log_open_spool(dir, LOG_READ));
	ck_assert_int_eq(errno, EIO);
	ck_assert_str_eq(recorded(), "WUS");
	l = must(log_open_spool(dir, LOG_READ));
	ck_assert_str_eq(recorded(), "WSRDN");
	log_close(l);
}
END_TEST

/* A sync that says so to us: the file's mode was changed, no more. */
START_TEST(opening_that_cannot_sync)
{
	char path[192], name[SEGMENT_NAME_LEN + 1];
	struct log *l = open_writer();

	ck_assert_int_eq(put(l, 100), 0);
	log_close(l);
	segment_name(1, name);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	ck_assert_int_eq(chmod(path, 0640), 0);
	recorded();
	syncs_that_fail = 1;
	l = must(log_open_spool(dir, LOG_READ));
	ck_assert_str_eq(recorded(), "SWSRDN");
	log_close(l);
}
END_TEST

START_TEST(torn_tail)
{
	char path[192], name[SEGMENT_NAME_LEN + 1];
	struct log *l = open_writer();
	struct stat st;

	ck_assert_int_eq(put(l, 100), 0);
	ck_assert_int_eq(put(l, 100), 0);
	log_close(l);
	segment_name(1, name);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(truncate(path, st.st_size - 10), 0);
	recorded();
	l = must(log_open_spool(dir, LOG_READ));
	ck_assert_str_eq(recorded(), "XWSRDN");
	ck_assert_uint_eq(log_next(l), 2);
	log_close(l);
}
END_TEST

START_TEST(failed_sync)
{
	struct log *l = open_writer();

	ck_assert_int_eq(put(l, 100), 0);
	recorded();
	syncs_that_fail = 1;
	fails(put(l, 100), EIO);
	/* Not asked again: cut back, and on in a new segment. */
	ck_assert_str_eq(recorded(), "WSXWSRD");
	ck_assert_int_eq(put(l, 100), -1);
	ck_assert_str_eq(recorded(), "");
	log_close(l);
	l = open_writer();
	ck_assert_uint_eq(log_next(l), 2);
	log_close(l);
}
END_TEST

START_TEST(failed_write)
{
	struct log *l = open_writer();

	ck_assert_int_eq(put(l, 100), 0);
	recorded();
	writes_that_fail = 1;
	fails(put(l, 100), ENOSPC);
	ck_assert_str_eq(recorded(), "WX");
	ck_assert_int_eq(put(l, 100), 0);
	ck_assert_uint_eq(log_next(l), 3);
	log_close(l);
}
END_TEST

/* The acknowledged number is small state; but beyond the end of a renewed log
 * it is replaced durably. */
START_TEST(acknowledged)
{
	struct log *l = open_writer();

	ck_assert_int_eq(put(l, 100), 0);
	log_close(l);
	recorded();
	ck_assert_int_eq(log_acked_put(dir, 9), 0);
	ck_assert_str_eq(recorded(), "R");
	l = open_writer();
	ck_assert_str_eq(recorded(), "SWSRDFRD");
	ck_assert_uint_eq(log_acked(dir), 2);
	log_close(l);
}
END_TEST

START_TEST(writer_is_alone)
{
	struct log *l = open_writer();
	int fd = dir_open(AT_FDCWD, dir);
	int lock;

	fails(lock_take(fd, "lock", 0), EWOULDBLOCK);
	log_close(l);
	lock = lock_take(fd, "lock", 0);
	ck_assert_int_ne(lock, -1);
	close(lock);
	close(fd);
}
END_TEST

/* Another file `lock` is there, that of a backup or none, and another writer
 * came. */
START_TEST(writer_that_is_not_alone)
{
	char lock[192], copy[192];

	snprintf(lock, sizeof(lock), "%s/lock", dir);
	snprintf(copy, sizeof(copy), "%s/copy", top);
	for (int i = 0; i < 2; i++) {
		struct log *l = open_writer(), *other;
		uint64_t next;

		ck_assert_int_eq(put(l, 100), 0);
		log_close(l);
		l = open_writer();
		if (i == 0)
			ck_assert(copy_file(lock, copy) == 0 && rename(copy, lock) == 0);
		else
			ck_assert_int_eq(unlink(lock), 0);
		recorded();
		other = open_writer();
		/* Behind a frame that it does not know of; or in a file that is
		 * no segment any more. */
		ck_assert_str_eq(recorded(), i == 0 ? "" : "WSRDN");
		if (i == 0)
			ck_assert_int_eq(put(other, 100), 0);
		next = log_next(other);
		log_close(other);
		recorded();
		for (int j = 0; j < 2; j++) {
			ck_assert_int_eq(put(l, 100), -1);
			ck_assert_int_eq(errno, j == 0 ? EBUSY : EIO);
		}
		log_close(l);
		ck_assert_str_eq(recorded(), "");
		l = open_writer();
		ck_assert_uint_eq(log_next(l), next);
		log_close(l);
	}
}
END_TEST

START_TEST(replaced_file)
{
	char path[192];
	bool changed;
	int fd;

	snprintf(path, sizeof(path), "%s/f", top);
	ck_assert_int_eq(file_replace(AT_FDCWD, path, "a", 1, 0600, FILE_DURABLE), 0);
	ck_assert_str_eq(recorded(), "FRD");
	ck_assert_int_eq(file_replace(AT_FDCWD, path, "b", 1, 0600, FILE_UNSYNCED), 0);
	ck_assert_str_eq(recorded(), "R");
	ck_assert_int_eq(file_update(AT_FDCWD, path, "b", 1, 0600, &changed), 0);
	ck_assert_str_eq(recorded(), "");
	ck_assert(!changed);
	ck_assert_int_eq(file_update(AT_FDCWD, path, "c", 1, 0600, &changed), 0);
	ck_assert_str_eq(recorded(), "FRD");
	ck_assert_int_eq(file_remove(AT_FDCWD, path), 0);
	ck_assert_str_eq(recorded(), "UD");
	snprintf(path, sizeof(path), "%s/d", top);
	fd = dir_make(AT_FDCWD, path, 0700);
	ck_assert_int_ne(fd, -1);
	close(fd);
	ck_assert_str_eq(recorded(), "D");
}
END_TEST

SUITE_MAIN_FIXTURE("durable", setup, teardown, new_log, directories_on_the_way, next_segment,
    opening_noted, opening, opening_after_failed_sync, opening_on_a_full_disk,
    opening_that_cannot_sync, torn_tail, failed_sync, failed_write, acknowledged, writer_is_alone,
    writer_that_is_not_alone, replaced_file)
