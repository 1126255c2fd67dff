/* SPDX-License-Identifier: ISC */
/* Appending, in the order of protocol.md, section 3, "Writing". */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/log/impl.h"

#include "common/base/banned.h"

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

/* What a failed sync covered is not durable; a second proves nothing. */
static void abandon_tail(struct log *l)
{
	uint64_t next = l->next;
	int saved = errno;

	if (ftruncate(l->tail, l->tail_end) == -1)
		msg_error("%s: truncating what could not be synced: %s", l->path, strerror(errno));
	l->failed = true;
	if (log_start_segment(l, &l->id, l->base, next) == -1)
		msg_error(
		    "%s: starting a new segment after a failed sync: %s", l->path, strerror(errno));
	errno = saved;
}

/*
 * The lock excludes writers only while `lock` is the same file; a restored
 * backup can replace it. Never overwrite another writer's frame.
 */
static bool is_only_writer(const struct log *l)
{
	struct stat st;

	if (fstat(l->tail, &st) == -1)
		return false;
	if (st.st_nlink > 0 && st.st_size == l->tail_end)
		return true;
	msg_error(
	    "%s: another writer is active, or the file `lock` was replaced: try again", l->path);
	errno = EBUSY;
	return false;
}

/* Writes and syncs it behind the tail. */
static int write_frame(struct log *l, const uint8_t *frame, size_t len)
{
	if (!is_only_writer(l)) {
		l->failed = true;
		return -1;
	}
	if (pwrite_full(l->tail, frame, len, l->tail_end) == -1) {
		int saved = errno;

		if (ftruncate(l->tail, l->tail_end) == -1)
			l->failed = true;
		errno = saved;
		return -1;
	}
	if (fdatasync(l->tail) == -1) {
		abandon_tail(l);
		return -1;
	}
	return 0;
}

int log_append(struct log *l, const uint8_t *frame, size_t len)
{
	struct frame f;

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
	if (write_frame(l, frame, len) == -1)
		return -1;
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
	/* An empty one only marked a gap; so does the new one. */
	if (empty)
		log_remove_before_last(l, last);
	return 0;
}
