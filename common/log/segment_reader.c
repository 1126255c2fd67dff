/* SPDX-License-Identifier: ISC */
/*
 * A segment is read through a window: a piece of the file in memory that is moved where it is
 * needed, so that small frames cost no system call each, and large ones are read once.
 */
#include "common/log/segment_reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/log/bytes.h"
#include "common/log/logio.h"

#include "common/base/banned.h"

#define WINDOW 131072
#define GLANCE 4096 /* what an opening looks at, which reads no further */

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int segment_list_read(struct segment_list *l, int dir, bool clean)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;
	size_t cap = 0;

	*l = (struct segment_list){ .n = 0 };
	if (d == NULL) {
		close_fd(fd);
		return -1;
	}
	/* A directory that cannot be read is not an empty one. */
	while (errno = 0, (e = readdir(d)) != NULL) {
		uint64_t first;

		if (clean && strcmp(e->d_name, NEW_SEGMENT) == 0)
			logio_remove(dir, NEW_SEGMENT);
		if (!segment_name_parse(e->d_name, &first))
			continue;
		if (l->n == cap) {
			size_t more = cap == 0 ? 16 : cap * 2;
			uint64_t *v = reallocarray(l->first, more, sizeof(*v));
			if (v == NULL) {
				segment_list_free(l);
				closedir(d);
				return -1;
			}
			l->first = v;
			cap = more;
		}
		l->first[l->n++] = first;
	}
	if (errno != 0) {
		int why = errno;
		segment_list_free(l);
		closedir(d);
		errno = why;
		return -1;
	}
	closedir(d);
	if (l->n > 0)
		qsort(l->first, l->n, sizeof(*l->first), by_number);
	return 0;
}

void segment_list_free(struct segment_list *l)
{
	free(l->first);
	*l = (struct segment_list){ .n = 0 };
}

int segment_stat(int dir, uint64_t first, uint64_t *size, int64_t *mtime)
{
	char name[SEGMENT_NAME_LEN + 1];
	struct stat st;

	segment_name(first, name);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	*size = (uint64_t)st.st_size;
	*mtime = st.st_mtime;
	return 0;
}

void segment_init(struct segment *s, int dir)
{
	*s = (struct segment){ .dir = dir, .fd = -1, .window = BUF_INIT(FRAME_MAX + WINDOW) };
}

void segment_close(struct segment *s)
{
	close_fd(s->fd);
	buf_free(&s->window);
	segment_init(s, s->dir);
}

/* Fills the window from `start` on. 0, or -1 with errno. */
static int load(struct segment *s, off_t start, size_t want)
{
	ssize_t n;

	if (s->end - start < (off_t)want)
		want = (size_t)(s->end - start);
	buf_reset(&s->window);
	if (buf_reserve(&s->window, want) == -1)
		return -1;
	n = logio_read(s->fd, s->window.data, want, start);
	if (n == -1)
		return -1;
	s->window_at = start;
	s->window.len = (size_t)n;
	return 0;
}

static const uint8_t *in_window(const struct segment *s, off_t at, size_t len)
{
	off_t in = at - s->window_at;

	if (in < 0 || (size_t)in > s->window.len || s->window.len - (size_t)in < len)
		return NULL;
	return (const uint8_t *)s->window.data + in;
}

/* The bytes [at, at + len), or NULL: they lie beyond the end (errno 0), or errno. */
static const uint8_t *view(struct segment *s, off_t at, size_t len)
{
	const uint8_t *p;

	errno = 0;
	if (at > s->end || s->end - at < (off_t)len)
		return NULL;
	p = in_window(s, at, len);
	if (p != NULL || load(s, at, len > WINDOW ? len : WINDOW) == -1)
		return p;
	errno = 0;
	return in_window(s, at, len);
}

/* The same for who goes backwards: the window, of so many bytes, then ends where these do. */
static const uint8_t *view_back(struct segment *s, off_t at, size_t len, size_t window)
{
	off_t end = at + (off_t)len;

	if (at >= 0 && end <= s->end && len <= window && in_window(s, at, len) == NULL &&
	    load(s, end > (off_t)window ? end - (off_t)window : 0, window) == -1)
		return NULL;
	return view(s, at, len);
}

int segment_frame_at(
    struct segment *s, off_t at, uint64_t expect, struct frame *f, const uint8_t **data)
{
	const uint8_t *p = view(s, at, FRAME_HEADER);

	if (p == NULL)
		return errno == 0 ? 0 : -1;
	if (frame_header(f, p) == -1 || f->seq < expect || frame_end(f) > s->bound)
		return 0;
	p = view(s, at, frame_len(f));
	if (p == NULL)
		return errno == 0 ? 0 : -1;
	if (!frame_check(f, p, frame_len(f), &s->head.id))
		return 0;
	*data = p;
	return 1;
}

int segment_search(struct segment *s, off_t at, uint64_t expect, off_t *found)
{
	static const uint8_t magic[4] = { 'B', 'J', 'F', '1' };

	while (s->end - at >= FRAME_HEADER + FRAME_TRAILER) {
		size_t len = s->end - at < WINDOW ? (size_t)(s->end - at) : WINDOW;
		const uint8_t *p = view(s, at, len);
		const uint8_t *hit = p == NULL ? NULL : memmem(p, len, magic, sizeof(magic));
		const uint8_t *data;
		struct frame f;
		int rc;

		if (p == NULL)
			return errno == 0 ? 0 : -1;
		if (hit == NULL) {
			at += (off_t)(len - sizeof(magic) + 1);
			continue;
		}
		at += hit - p;
		rc = segment_frame_at(s, at, expect, &f, &data);
		if (rc != 0) {
			*found = at;
			return rc;
		}
		at++;
	}
	return 0;
}

int segment_last_frame(struct segment *s, off_t *at, struct frame *f, const uint8_t **data)
{
	const uint8_t *p;
	uint32_t len;
	int rc;

	if (s->end < SEGMENT_HEADER + FRAME_HEADER + FRAME_TRAILER)
		return 0;
	p = view_back(s, s->end - FRAME_TRAILER, FRAME_TRAILER, GLANCE);
	if (p == NULL)
		return errno == 0 ? 0 : -1;
	len = get_u32(p);
	if (len < FRAME_HEADER + FRAME_TRAILER || len > FRAME_MAX || len > s->end - SEGMENT_HEADER)
		return 0;
	*at = s->end - (off_t)len;
	if (in_window(s, *at, len) == NULL && load(s, *at, len) == -1)
		return -1;
	rc = segment_frame_at(s, *at, s->head.first, f, data);
	return rc == 1 && frame_len(f) != len ? 0 : rc;
}

int segment_walk(struct segment *s, off_t *end, uint64_t *next)
{
	off_t at = SEGMENT_HEADER;

	*end = at;
	*next = s->head.first;
	for (;;) {
		const uint8_t *data;
		struct frame f;
		int rc = segment_frame_at(s, at, *next, &f, &data);

		if (rc == 0) {
			rc = segment_search(s, at + 1, *next, &at);
			if (rc == 1)
				continue;
		}
		if (rc != 1)
			return rc;
		at += (off_t)frame_len(&f);
		*end = at;
		*next = frame_end(&f);
	}
}

int segment_seek_back(struct segment *s, uint64_t seq, off_t *at)
{
	uint64_t above = s->bound;
	off_t end = s->end;

	while (end > SEGMENT_HEADER) {
		const uint8_t *p = view_back(s, end - FRAME_TRAILER, FRAME_TRAILER, WINDOW);
		struct frame f;
		uint32_t len;

		if (p == NULL)
			return errno == 0 ? 0 : -1;
		len = get_u32(p);
		if (len < FRAME_HEADER + FRAME_TRAILER || len > end - SEGMENT_HEADER)
			return 0;
		p = view_back(s, end - (off_t)len, FRAME_HEADER, WINDOW);
		if (p == NULL)
			return errno == 0 ? 0 : -1;
		if (frame_header(&f, p) == -1 || frame_len(&f) != len || frame_end(&f) > above)
			return 0;
		/* A frame that ends before seq: the one behind it, where we came from, is the
		 * place, if its tag holds: a flipped number would lead past frames that are whole. */
		if (frame_end(&f) <= seq) {
			const uint8_t *data;
			*at = end;
			return segment_frame_at(s, end - (off_t)len, s->head.first, &f, &data);
		}
		end -= (off_t)len;
		above = f.seq;
	}
	*at = SEGMENT_HEADER;
	return 1;
}

/* Which of the ids makes a frame of this segment valid? Where no frame proves one, the last is
 * taken. */
static void guess_id(struct segment *s, const struct log_id *const *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		off_t found;
		if (ids[i] == NULL)
			continue;
		s->head.id = *ids[i];
		if (segment_search(s, 0, s->head.first, &found) == 1)
			return;
	}
}

int segment_open(struct segment *s, uint64_t first, uint64_t bound, bool writable,
    const struct log_id *hint1, const struct log_id *hint2)
{
	const uint8_t *p;
	struct stat st;

	segment_close(s);
	segment_name(first, s->name);
	s->fd = logio_open(s->dir, s->name, writable);
	if (s->fd == -1)
		return -1;
	if (fstat(s->fd, &st) == -1) {
		segment_close(s);
		return -1;
	}
	s->end = st.st_size;
	s->bound = bound;
	s->head = (struct segment_header){ .first = first };
	if (load(s, 0, GLANCE) == -1) {
		segment_close(s);
		return -1;
	}
	p = in_window(s, 0, SEGMENT_HEADER);
	if (p != NULL && segment_other_version(p) != 0) {
		msg_error("%s: a segment of format %u; this program knows format %d", s->name,
		    segment_other_version(p), SEGMENT_VERSION);
		segment_close(s);
		errno = EPROTONOSUPPORT;
		return -1;
	}
	s->sound = p != NULL && segment_parse(&s->head, p) && s->head.first == first;
	if (!s->sound &&
	    (p == NULL || !segment_parse_flipped(&s->head, p) || s->head.first != first)) {
		struct log_id own = s->head.id;
		const struct log_id *ids[] = { p != NULL ? &own : NULL, hint2, hint1 };
		s->head = (struct segment_header){ .first = first, .id = own };
		guess_id(s, ids, sizeof(ids) / sizeof(ids[0]));
	}
	return 0;
}
