/* SPDX-License-Identifier: ISC */
/*
 * What an opening does with the last segment (protocol.md, section 3,
 * "Opening"): it finds the end, cuts off what is no frame, and makes durable
 * what is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/log/impl.h"

#include "common/base/banned.h"

static int open_last(struct log *l, bool *may_write)
{
	size_t last = l->segments.n - 1;

	if (l->segments.n == 0) {
		errno = ENOENT;
		return -1;
	}
	if (log_open_segment(l, last, SEQ_END, *may_write) == 0)
		return 0;
	/* Fall back to read-only. */
	if (l->mode != LOG_READ || (errno != EACCES && errno != EROFS && errno != EPERM))
		return -1;
	*may_write = false;
	return log_open_segment(l, last, SEQ_END, false);
}

/* Finds the end. Without the lock, a frame may be growing there. */
static int find_end(struct log *l, struct segment *s, off_t *end)
{
	const uint8_t *data;
	struct frame f;
	off_t at;
	int rc;

	*end = s->end;
	l->next = s->head.first;
	if (s->end == SEGMENT_HEADER)
		return 0;
	rc = segment_last_frame(s, &at, &f, &data);
	if (rc == 1)
		l->next = frame_end(&f);
	else if (rc == 0)
		rc = segment_walk(s, end, &l->next);
	/* Its id is lost: nothing tells a frame from a torn tail. Keep it. */
	if (rc == 0 && !s->sound && *end == SEGMENT_HEADER && s->end > *end) {
		*end = s->end;
		l->next++;
	}
	return rc == -1 ? -1 : 0;
}

/*
 * What a torn write leaves behind the last frame was never promised. But where
 * the note says that the file was durable beyond its last whole frame, records
 * are gone.
 */
static void report_lost_end(struct log *l, const char *note, off_t end)
{
	char is[LOG_NOTE_LEN + 1];
	struct stat st;

	if (fstat(l->reader.fd, &st) == 0 && log_note_text(l, l->reader.fd, st.st_size, is) == 0 &&
	    memcmp(is, note, LOG_NOTE_SIZE) == 0 &&
	    strtoull(note + LOG_NOTE_SIZE, NULL, 16) > (unsigned long long)end && !l->damaged) {
		l->damaged = true;
		msg_warn("%s/%s: damaged after %jd: durable records are lost", l->path,
		    l->reader.name, (intmax_t)end);
	}
}

/* --- Making it durable --- */

static int copy_bytes(int from, int to, off_t end)
{
	uint8_t piece[16384];
	ssize_t n;

	for (off_t at = 0; at < end; at += n) {
		size_t want = end - at < (off_t)sizeof(piece) ? (size_t)(end - at) : sizeof(piece);
		n = pread_full(from, piece, want, at);
		if (n == 0)
			errno = EIO;
		if (n <= 0 || pwrite_full(to, piece, (size_t)n, at) == -1)
			return -1;
	}
	return 0;
}

static int rewrite_segment(struct log *l, struct segment *s, off_t end)
{
	int fd = segment_create(l->dir);

	if (fd == -1)
		return -1;
	/* One that was cut off in its header is shorter than its end. */
	if (segment_install(
		l->dir, fd, s->name, copy_bytes(s->fd, fd, end < s->end ? end : s->end)) == -1) {
		close_fd(fd);
		return -1;
	}
	close_fd(s->fd);
	s->fd = fd;
	return 0;
}

/* When the disk is full a session goes on, for it makes room. */
static bool goes_on_without_room(const struct log *l)
{
	return l->mode == LOG_READ && (errno == ENOSPC || errno == EDQUOT);
}

/*
 * The last segment, up to `end`. Data from a process that died unrecorded
 * cannot be trusted: the kernel may have reported the write error to it alone
 * and marked the pages clean. So the segment is rewritten.
 */
static int make_durable(struct log *l, const char *note, off_t end)
{
	struct segment *s = &l->reader;
	char is[LOG_NOTE_LEN + 1];
	size_t same = 0;

	if (log_note_text(l, s->fd, end, is) == 0) {
		while (same < LOG_NOTE_LEN && is[same] == note[same])
			same++;
	}
	if (same == LOG_NOTE_LEN)
		return 0;
	/* Nothing was added: its mode changed, or the tail was cut. */
	if (same >= LOG_NOTE_DATA && fdatasync(s->fd) == 0) {
		log_note_durable(l, s->fd, end);
		return 0;
	}
	if (same >= LOG_NOTE_DATA)
		msg_warn("%s/%s: syncing it: %s; rewriting it", l->path, s->name, strerror(errno));
	if (rewrite_segment(l, s, end) == -1)
		return goes_on_without_room(l) ? fdatasync(s->fd) : -1;
	log_note_durable(l, s->fd, end);
	return 0;
}

/* A damaged header is not overwritten: a new segment follows. */
static int replace_header(struct log *l, const struct segment *s)
{
	l->damaged = true;
	msg_warn("%s/%s: the header is damaged; continuing in a new segment", l->path, s->name);
	return log_start_segment(l, &l->id, l->base, l->next);
}

int log_recover(struct log *l)
{
	struct segment *s = &l->reader;
	bool may_write = l->mode != LOG_PEEK;
	char note[LOG_NOTE_LEN + 1];
	off_t end;

	if (open_last(l, &may_write) == -1)
		return -1;
	l->id = s->head.id;
	l->id_known = true;
	l->base = s->head.base >= 1 ? s->head.base : l->segments.first[0];
	if (find_end(l, s, &end) == -1)
		return -1;
	log_note_read(l, note);
	report_lost_end(l, note, end);
	if (end < s->end && l->mode != LOG_PEEK) {
		msg_warn(
		    "%s/%s: cut at %jd, after the last whole frame (%jd bytes were not a frame)",
		    l->path, s->name, (intmax_t)end, (intmax_t)(s->end - end));
		if (may_write && ftruncate(s->fd, end) == -1)
			return -1;
	}
	if (may_write) {
		if (make_durable(l, note, end) == -1)
			return -1;
		if (!s->sound && replace_header(l, s) == 0)
			return 0;
		if (!s->sound && !goes_on_without_room(l))
			return -1;
	}
	l->tail_end = end;
	if (l->mode == LOG_WRITE) {
		l->tail = fcntl(s->fd, F_DUPFD_CLOEXEC, 3);
		if (l->tail == -1)
			return -1;
	}
	return 0;
}
