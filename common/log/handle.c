/* SPDX-License-Identifier: ISC */
/*
 * What the other files of the log share: the handle, a new segment, and the
 * note of what is durable. The order of the system calls is that of
 * protocol.md, section 3, "Writing".
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/log/impl.h"

#include "common/base/banned.h"

#define LOCK_NAME "lock"

struct log *log_open_dir(const char *path, enum log_mode mode)
{
	deadline_t wait = mode == LOG_READ_NOW ? 0 : deadline_in_s(LOG_LOCK_SECONDS);
	struct log *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->mode = mode == LOG_READ_NOW ? LOG_READ : mode;
	l->dir = l->lock = l->tail = -1;
	l->path = strdup(path);
	l->dir = l->path != NULL ? dir_open(AT_FDCWD, path) : -1;
	segment_init(&l->reader, l->dir);
	if (l->dir == -1)
		goto fail;
	if (mode != LOG_PEEK) {
		l->lock = lock_take(l->dir, LOCK_NAME, wait);
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

uint64_t log_settled(const struct log *l)
{
	return l->segments.first[l->segments.n - 1];
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

/* --- Segments --- */

/* Takes the first candidate under whose id a frame holds, else the first. */
static void find_id(struct log *l, size_t i)
{
	struct segment_header try[4], *own = &l->reader.head;
	size_t n = 0;
	off_t found;

	if (own->base > own->first)
		own->base = 0;
	if (i > 0 && segment_read_header(l->dir, l->segments.first[i - 1], &try[n]))
		n++;
	if (i + 1 < l->segments.n && segment_read_header(l->dir, l->segments.first[i + 1], &try[n]))
		n++;
	if (l->id_known)
		try[n++] = (struct segment_header){ .id = l->id, .base = own->base };
	try[n++] = *own;
	for (size_t k = 0; k <= n; k++) {
		own->id = try[k % n].id;
		own->base = try[k % n].base;
		if (segment_search(&l->reader, 0, own->first, &found) == 1)
			return;
	}
}

int log_open_segment(struct log *l, size_t i, uint64_t bound, bool writable)
{
	if (segment_open(&l->reader, l->segments.first[i], bound, writable) == -1)
		return -1;
	if (!l->reader.sound)
		find_id(l, i);
	return 0;
}

/* Adds it to the list, unless it replaced an empty one of that name. */
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

	if (l->tail != -1 && !l->failed && fdatasync(l->tail) == -1)
		return -1;
	fd = segment_create(l->dir);
	if (fd == -1)
		return -1;
	segment_format(&h, bytes);
	segment_name(first, name);
	if (segment_install(l->dir, fd, name, pwrite_full(fd, bytes, sizeof(bytes), 0)) == -1 ||
	    list_add(&l->segments, first) == -1) {
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
	/* The segment that this one replaced may be open for reading. */
	if (!l->at_open || l->reader.head.first == first) {
		segment_close(&l->reader);
		l->at_open = false;
	}
	l->id = *id;
	l->base = base;
	l->next = first;
	return 0;
}

/* --- What is durable --- */

int log_note_text(const struct log *l, int fd, off_t end, char text[LOG_NOTE_LEN + 1])
{
	struct stat st;

	if (l->segments.n == 0 || fstat(fd, &st) == -1 || st.st_size != end)
		return -1;
	snprintf(text, LOG_NOTE_LEN + 1,
	    "%016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n",
	    l->segments.first[l->segments.n - 1], (uint64_t)st.st_ino, (uint64_t)end,
	    (uint64_t)st.st_ctim.tv_sec * 1000000000 + (uint64_t)st.st_ctim.tv_nsec);
	return 0;
}

void log_note_durable(const struct log *l, int fd, off_t end)
{
	char text[LOG_NOTE_LEN + 1];

	if (l->lock != -1 && log_note_text(l, fd, end, text) == 0)
		(void)!pwrite(l->lock, text, LOG_NOTE_LEN, 0);
}

void log_note_read(const struct log *l, char text[LOG_NOTE_LEN + 1])
{
	int fd = l->lock != -1
	    ? l->lock
	    : openat(l->dir, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	memset(text, 0, LOG_NOTE_LEN + 1);
	if (fd != -1 && pread_full(fd, text, LOG_NOTE_LEN, 0) != LOG_NOTE_LEN)
		text[0] = '\0';
	if (fd != l->lock)
		close_fd(fd);
}
