/* SPDX-License-Identifier: ISC */
/*
 * Opening and appending. The order of the system calls is the whole point here and in recover.c; the
 * rules that it follows are protocol.md, section 3, "Writing" and "Opening".
 */
#include "common/log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"
#include "common/log/impl.h"
#include "common/log/logio.h"

#include "common/base/banned.h"

void log_close(struct log *l)
{
	int saved = errno;

	if (l == NULL)
		return;
	if (l->synced && !l->failed)
		log_note_durable(l, l->tail, l->tail_end);
	segment_close(&l->reader);
	segment_list_free(&l->segments);
	close_fd(l->tail);
	close_fd(l->dir);
	close_fd(l->lock); /* last: what it protects is closed */
	free(l->path);
	free(l);
	errno = saved;
}

const struct log_id *log_id(const struct log *l)
{
	return &l->id;
}

uint64_t log_base(const struct log *l)
{
	return l->base;
}

uint64_t log_next(const struct log *l)
{
	return l->next;
}

uint64_t log_first(const struct log *l)
{
	uint64_t first = l->segments.first[0];

	return first > l->base ? first : l->base;
}

size_t log_segments(const struct log *l)
{
	return l->segments.n;
}

uint64_t log_size(const struct log *l)
{
	uint64_t sum = 0, size;
	int64_t mtime;

	for (size_t i = 0; i < l->segments.n; i++) {
		if (segment_stat(l->dir, l->segments.first[i], &size, &mtime) == 0)
			sum += size;
	}
	return sum;
}

bool log_damaged(const struct log *l)
{
	return l->damaged;
}

void log_set_limits(struct log *l, const struct log_limits *limits)
{
	l->limits = *limits;
}

/* --- Opening --- */

struct log *log_open_dir(const char *path, enum log_mode mode)
{
	struct log *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->mode = mode;
	l->dir = l->lock = l->tail = -1;
	l->path = strdup(path);
	l->dir = l->path != NULL ? dir_open(AT_FDCWD, path) : -1;
	segment_init(&l->reader, l->dir);
	if (l->dir == -1)
		goto fail;
	if (mode != LOG_PEEK) {
		l->lock = lock_take(l->dir, LOG_LOCK_NAME, deadline_in_s(LOG_LOCK_SECONDS));
		if (l->lock == -1)
			goto fail;
	}
	if (segment_list_read(&l->segments, l->dir, mode == LOG_WRITE) == -1)
		goto fail;
	return l;
fail:
	log_close(l);
	return NULL;
}

/* Ends an opening: the lock of a mere reader goes. */
static struct log *opened(struct log *l, int rc)
{
	if (rc == -1) {
		log_close(l);
		return NULL;
	}
	if (l->mode == LOG_READ) {
		close_fd(l->lock);
		l->lock = -1;
	}
	if (log_seek(l, log_first(l)) == -1) {
		log_close(l);
		return NULL;
	}
	return l;
}

struct log *log_open(const char *dir, enum log_mode mode)
{
	struct log *l = log_open_dir(dir, mode);

	return l == NULL ? NULL : opened(l, log_recover(l, NULL));
}

/* Only now is anything put into the directory, so only now need it be durable. */
static int start_first(struct log *l, const struct log_id *id, uint64_t base, uint64_t first)
{
	if (logio_sync_way(l->path) == -1)
		return -1;
	return log_start_segment(l, id, base, first);
}

struct log *log_open_or_make(
    const char *dir, const struct log_id *id, uint64_t base, uint64_t first)
{
	struct log *l;

	if (logio_make_dir(dir) == -1 || (l = log_open_dir(dir, LOG_WRITE)) == NULL)
		return NULL;
	if (l->segments.n > 0)
		return opened(l, log_recover(l, id));
	return opened(l, start_first(l, id, base, first));
}

int log_make_dir(const char *dir)
{
	struct segment_list list = { .n = 0 };
	int fd = logio_make_dir(dir) == 0 ? dir_open(AT_FDCWD, dir) : -1;
	int rc = fd != -1 ? segment_list_read(&list, fd, false) : -1;

	if (rc == 0 && list.n == 0)
		rc = logio_sync_way(dir);
	segment_list_free(&list);
	close_fd(fd);
	return rc;
}

struct log *log_open_spool(const char *dir, enum log_mode mode)
{
	struct log *l;
	int rc;

	if (logio_make_dir(dir) == -1 || (l = log_open_dir(dir, mode)) == NULL)
		return NULL;
	if (l->segments.n == 0) {
		struct log_id id;
		randombytes_buf(id.b, sizeof(id.b));
		rc = start_first(l, &id, 1, 1);
	} else {
		rc = log_recover(l, NULL);
	}
	/*
	 * Acknowledged beyond the end: the tail is gone, and numbers that a master has would be
	 * given to other records. Nothing that is new bears the old id.
	 */
	if (rc == 0 && log_acked_at(l->dir) > l->next) {
		msg_warn("%s: its end is gone (acknowledged to %" PRIu64 ", held to %" PRIu64 ")",
		    dir, log_acked_at(l->dir) - 1, l->next - 1);
		rc = log_renew_open(l);
	}
	return opened(l, rc);
}

/* --- Appending --- */

/* Adds it to the list, unless it took the place of an empty one of that name. */
static int list_add(struct segment_list *list, uint64_t first)
{
	uint64_t *v;

	if (list->n > 0 && list->first[list->n - 1] == first)
		return 0;
	v = reallocarray(list->first, list->n + 1, sizeof(*v));
	if (v == NULL)
		return -1;
	v[list->n++] = first;
	list->first = v;
	return 0;
}

int log_start_segment(struct log *l, const struct log_id *id, uint64_t base, uint64_t first)
{
	struct segment_header h = { .id = *id, .first = first, .base = base };
	uint8_t bytes[SEGMENT_HEADER];
	char name[SEGMENT_NAME_LEN + 1];
	int fd;

	if (l->tail != -1 && !l->failed && logio_sync(l->tail) == -1)
		return -1;
	fd = logio_create(l->dir, NEW_SEGMENT);
	if (fd == -1)
		return -1;
	segment_format(&h, bytes);
	segment_name(first, name);
	if (logio_write(fd, bytes, sizeof(bytes), 0) == -1 || logio_sync(fd) == -1 ||
	    logio_rename(l->dir, NEW_SEGMENT, name) == -1) {
		close_fd(fd);
		logio_remove(l->dir, NEW_SEGMENT);
		return -1;
	}
	if (logio_sync_dir(l->dir) == -1 || list_add(&l->segments, first) == -1) {
		close_fd(fd);
		return -1;
	}
	close_fd(l->tail);
	l->tail = -1;
	if (l->mode == LOG_WRITE)
		l->tail = fd;
	else
		close(fd);
	l->tail_end = SEGMENT_HEADER;
	l->synced = true;
	/* It may be open for reading what this one took the place of. */
	if (!l->at_open || l->reader.head.first == first) {
		segment_close(&l->reader);
		l->at_open = false;
	}
	l->id = *id;
	l->base = base;
	l->next = first;
	return 0;
}

static int check_space(const struct log *l, size_t len)
{
	struct statvfs fs;

	if (l->limits.min_free == 0)
		return 0;
	if (fstatvfs(l->dir, &fs) == -1)
		return -1;
	if ((uint64_t)fs.f_bavail * fs.f_frsize < l->limits.min_free + len) {
		errno = ENOSPC;
		return -1;
	}
	return 0;
}

/* What a failed sync covered is not durable, and asking again would prove nothing. */
static void abandon(struct log *l)
{
	uint64_t next = l->next;

	if (logio_cut(l->tail, l->tail_end) == -1)
		msg_error(
		    "%s: cutting back what could not be synced: %s", l->path, strerror(errno));
	l->failed = true;
	if (log_start_segment(l, &l->id, l->base, next) == -1)
		msg_error(
		    "%s: starting a new segment after a failed sync: %s", l->path, strerror(errno));
}

/*
 * Who holds the lock is alone, unless somebody has put another file in the place of `lock`, a backup perhaps. A frame
 * that another wrote is not to be written over.
 */
static bool is_alone(const struct log *l)
{
	struct stat st;

	if (fstat(l->tail, &st) == -1)
		return false;
	if (st.st_nlink > 0 && st.st_size == l->tail_end)
		return true;
	msg_error("%s: another writer is at work, or the file `%s` was replaced: try again",
	    l->path, LOG_LOCK_NAME);
	errno = EBUSY;
	return false;
}

int log_append(struct log *l, const uint8_t *frame, size_t len)
{
	struct frame f;
	int saved;

	if (l->mode != LOG_WRITE || l->failed) {
		errno = EIO;
		return -1;
	}
	if (len < FRAME_HEADER || frame_header(&f, frame) == -1 || frame_len(&f) != len ||
	    f.seq < l->next) {
		errno = EINVAL;
		return -1;
	}
	if (check_space(l, len) == -1)
		return -1;
	if (l->tail_end >= SEGMENT_CLOSE) {
		if (log_start_segment(l, &l->id, l->base, f.seq) == -1)
			return -1;
		log_drop_oldest(l);
	}
	if (!is_alone(l)) {
		l->failed = true;
		return -1;
	}
	if (logio_write(l->tail, frame, len, l->tail_end) == -1) {
		saved = errno;
		if (logio_cut(l->tail, l->tail_end) == -1)
			l->failed = true;
		errno = saved;
		return -1;
	}
	if (logio_sync(l->tail) == -1) {
		saved = errno;
		abandon(l);
		errno = saved;
		return -1;
	}
	l->tail_end += (off_t)len;
	l->synced = true;
	l->next = frame_end(&f);
	return 0;
}

int log_jump(struct log *l, uint64_t seq)
{
	uint64_t last;
	bool empty;

	if (l->mode != LOG_WRITE || l->failed) {
		errno = EIO;
		return -1;
	}
	if (seq <= l->next || seq >= SEQ_END) {
		errno = EINVAL;
		return -1;
	}
	empty = l->tail_end == SEGMENT_HEADER;
	last = l->segments.first[l->segments.n - 1];
	if (log_start_segment(l, &l->id, l->base, seq) == -1)
		return -1;
	/* It said no more than that numbers up to there are missing, which the new one says too. */
	if (empty)
		log_remove_before_last(l, last);
	return 0;
}
