/* SPDX-License-Identifier: ISC */
/*
 * What whoever opens a log does with its last segment: finds its end, cuts off what is no frame, and makes
 * durable what is left (protocol.md, section 3, Opening).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/log/impl.h"
#include "common/log/logio.h"

#include "common/base/banned.h"

/* Where does the last segment end? Without the lock a frame may be growing there right now. */
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
	return rc == -1 ? -1 : 0;
}

/* A header that is damaged is not written over: a new segment with a sound one goes on behind it.
 */
static int replace_header(struct log *l, const struct segment *s)
{
	uint64_t base = s->head.base >= 1 ? s->head.base : l->segments.first[0];

	l->damaged = true;
	msg_warn("%s/%s: the header is damaged; going on in a new segment", l->path, s->name);
	return log_start_segment(l, &l->id, base, l->next);
}

/* --- What is durable already --- */

#define NOTE_LEN 68
#define NOTE_SIZE 34 /* of these: segment and inode; the size follows */
#define NOTE_DATA 51 /* of these: all but when it was changed */

/* Of which segment, inode and time of change, and up to where. -1 when the file does not end there. */
static int note_text(const struct log *l, int fd, off_t end, char text[NOTE_LEN + 1])
{
	struct stat st;

	if (l->segments.n == 0 || fstat(fd, &st) == -1 || st.st_size != end)
		return -1;
	snprintf(text, NOTE_LEN + 1,
	    "%016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n",
	    l->segments.first[l->segments.n - 1], (uint64_t)st.st_ino, (uint64_t)end,
	    (uint64_t)st.st_ctim.tv_sec * 1000000000 + (uint64_t)st.st_ctim.tv_nsec);
	return 0;
}

void log_note_durable(const struct log *l, int fd, off_t end)
{
	char text[NOTE_LEN + 1];

	if (l->lock != -1 && note_text(l, fd, end, text) == 0)
		(void)!pwrite(l->lock, text, NOTE_LEN, 0);
}

/* How many bytes of the note say what is there. */
static size_t noted(const struct log *l, int fd, off_t end)
{
	char is[NOTE_LEN + 1], said[NOTE_LEN];
	size_t n = 0;

	if (l->lock == -1 || note_text(l, fd, end, is) == -1 ||
	    pread_full(l->lock, said, NOTE_LEN, 0) != NOTE_LEN)
		return 0;
	while (n < NOTE_LEN && is[n] == said[n])
		n++;
	return n;
}

/*
 * What a torn write leaves behind the last frame was never promised. But where the note says that the file was durable
 * beyond its last whole frame, records are gone.
 */
static void look_for_lost_end(struct log *l, int fd, off_t end)
{
	int note = l->lock != -1
	    ? l->lock
	    : openat(l->dir, LOG_LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char is[NOTE_LEN + 1], said[NOTE_LEN + 1] = "";
	struct stat st;

	/* The segment and its inode are as noted; what follows is the size. */
	if (note != -1 && fstat(fd, &st) == 0 && note_text(l, fd, st.st_size, is) == 0 &&
	    pread_full(note, said, NOTE_LEN, 0) == NOTE_LEN && memcmp(is, said, NOTE_SIZE) == 0 &&
	    strtoull(said + NOTE_SIZE, NULL, 16) > (unsigned long long)end && !l->damaged) {
		l->damaged = true;
		msg_warn("%s/%s: damaged behind %jd: records that were durable are gone", l->path,
		    l->reader.name, (intmax_t)end);
	}
	if (note != l->lock)
		close_fd(note);
}

static int copy(int from, int to, off_t end)
{
	uint8_t piece[16384];
	ssize_t n;

	for (off_t at = 0; at < end; at += n) {
		size_t want = end - at < (off_t)sizeof(piece) ? (size_t)(end - at) : sizeof(piece);
		n = logio_read(from, piece, want, at);
		if (n == 0)
			errno = EIO;
		if (n <= 0 || logio_write(to, piece, (size_t)n, at) == -1)
			return -1;
	}
	return 0;
}

/* The last segment once more, under a temporary name, and that in its place. */
static int write_anew(struct log *l, struct segment *s, off_t end)
{
	int fd = logio_create(l->dir, NEW_SEGMENT);

	if (fd == -1)
		return -1;
	/* One that was cut off in its header is shorter than its end. */
	if (copy(s->fd, fd, end < s->end ? end : s->end) == -1 || logio_sync(fd) == -1 ||
	    logio_rename(l->dir, NEW_SEGMENT, s->name) == -1) {
		int why = errno;
		close_fd(fd);
		logio_remove(l->dir, NEW_SEGMENT);
		errno = why;
		return -1;
	}
	close_fd(s->fd);
	s->fd = fd;
	return logio_sync_dir(l->dir);
}

/* Where the disk is full, or has no free inode, a session is what makes room. */
static bool goes_on(const struct log *l)
{
	return l->mode == LOG_READ && (errno == ENOSPC || errno == EDQUOT);
}

/*
 * The last segment, up to `end`. What a process wrote that died before it noted it is not durable, and a sync may not
 * make it so: one that failed said so to that process alone, and from then on the kernel takes what it could not
 * write for written. So it is written anew.
 */
static int make_durable(struct log *l, struct segment *s, off_t end)
{
	size_t same = noted(l, s->fd, end);
	bool anew = true;

	if (same == NOTE_LEN)
		return 0;
	/* Nothing was added: its mode was changed, or what was added is cut off. */
	if (same >= NOTE_DATA) {
		anew = logio_sync(s->fd) == -1;
		if (anew)
			msg_warn("%s/%s: syncing it: %s; writing it anew", l->path, s->name,
			    strerror(errno));
	}
	if (!anew || write_anew(l, s, end) == 0) {
		log_note_durable(l, s->fd, end);
		return 0;
	}
	return goes_on(l) ? logio_sync(s->fd) : -1;
}

int log_recover(struct log *l, const struct log_id *hint)
{
	struct segment *s = &l->reader;
	bool may_write = l->mode != LOG_PEEK;
	struct log_id before;
	bool have_before = false;
	off_t end;

	if (l->segments.n == 0) {
		errno = ENOENT;
		return -1;
	}
	if (l->segments.n > 1 &&
	    segment_open(s, l->segments.first[l->segments.n - 2], SEQ_END, false, hint, NULL) ==
		0) {
		before = s->head.id;
		have_before = s->sound;
	}
	if (segment_open(s, l->segments.first[l->segments.n - 1], SEQ_END, may_write, hint,
		have_before ? &before : NULL) == -1) {
		/* Who may only read still can. */
		if (l->mode == LOG_WRITE || (errno != EACCES && errno != EROFS && errno != EPERM))
			return -1;
		may_write = false;
		if (segment_open(s, l->segments.first[l->segments.n - 1], SEQ_END, false, hint,
			have_before ? &before : NULL) == -1)
			return -1;
	}
	l->id = s->head.id;
	l->base = s->head.base >= 1 ? s->head.base : l->segments.first[0];
	if (find_end(l, s, &end) == -1)
		return -1;
	look_for_lost_end(l, s->fd, end);
	if (end < s->end && l->mode != LOG_PEEK) {
		msg_warn("%s/%s: cut at %jd, behind the last whole frame (%jd bytes were no frame)",
		    l->path, s->name, (intmax_t)end, (intmax_t)(s->end - end));
		if (may_write && logio_cut(s->fd, end) == -1)
			return -1;
	}
	if (may_write) {
		if (make_durable(l, s, end) == -1)
			return -1;
		if (!s->sound && replace_header(l, s) == 0)
			return 0;
		if (!s->sound && !goes_on(l))
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
