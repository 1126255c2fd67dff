/* SPDX-License-Identifier: ISC */
/*
 * A segment is read through a window: a piece of the file in memory, moved
 * where it is needed, so that small frames cost no system call each, and large
 * ones are read once.
 */
#include "common/log/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/log/bytes.h"

#include "common/base/banned.h"

#define DIGEST_AT 48
#define BLOCK 4096
#define WINDOW 131072
#define GLANCE 4096 /* what an opening reads, which looks no further */

static const char segment_magic[8] = { 'B', 'J', 'L', 'O', 'G', '0', '0', '1' };

/* --- The header and the name --- */

uint64_t segment_cost(uint64_t bytes)
{
	return (bytes + BLOCK - 1) / BLOCK * BLOCK + BLOCK;
}

void segment_format(const struct segment_header *h, uint8_t out[SEGMENT_HEADER])
{
	memset(out, 0, SEGMENT_HEADER);
	memcpy(out, segment_magic, sizeof(segment_magic));
	memcpy(out + 8, h->id.b, sizeof(h->id.b));
	put_u64(out + 24, h->first);
	put_u64(out + 32, h->base);
	crypto_generichash(out + DIGEST_AT, 16, out, DIGEST_AT, NULL, 0);
}

bool segment_parse(struct segment_header *h, const uint8_t in[SEGMENT_HEADER])
{
	uint8_t digest[16];

	memcpy(h->id.b, in + 8, sizeof(h->id.b));
	h->first = get_u64(in + 24);
	h->base = get_u64(in + 32);
	crypto_generichash(digest, sizeof(digest), in, DIGEST_AT, NULL, 0);
	return memcmp(in, segment_magic, sizeof(segment_magic)) == 0 && get_u64(in + 40) == 0 &&
	    memcmp(digest, in + DIGEST_AT, sizeof(digest)) == 0 && h->base >= 1 &&
	    h->base <= h->first && h->first < SEQ_END;
}

unsigned segment_other_version(const uint8_t in[SEGMENT_HEADER])
{
	const size_t word = 5; /* BJLOG, then three digits */
	uint8_t ours[SEGMENT_HEADER];
	struct segment_header h;
	unsigned n = 0;

	if (memcmp(in, segment_magic, word) != 0)
		return 0;
	for (size_t i = word; i < sizeof(segment_magic); i++) {
		if (in[i] < '0' || in[i] > '9')
			return 0;
		n = n * 10 + (unsigned)(in[i] - '0');
	}
	/* A header of ours, with damage in these digits? */
	memcpy(ours, in, sizeof(ours));
	memcpy(ours, segment_magic, sizeof(segment_magic));
	return n == SEGMENT_VERSION || segment_parse(&h, ours) ? 0 : n;
}

void segment_name(uint64_t first, char out[SEGMENT_NAME_LEN + 1])
{
	snprintf(out, SEGMENT_NAME_LEN + 1, "%016" PRIx64 ".seg", first);
}

bool segment_name_parse(const char *name, uint64_t *first)
{
	uint8_t b[8];
	char digits[17];

	if (strlen(name) != SEGMENT_NAME_LEN || strcmp(name + 16, ".seg") != 0)
		return false;
	memcpy(digits, name, 16);
	digits[16] = '\0';
	if (!hex_decode(b, sizeof(b), digits))
		return false;
	*first = 0;
	for (int i = 0; i < 8; i++)
		*first = *first << 8 | b[i];
	return *first >= 1 && *first < SEQ_END;
}

/* --- Files --- */

static bool is_segment(const char *name)
{
	uint64_t first;

	return segment_name_parse(name, &first);
}

int segment_list_read(struct segment_list *l, int dir, bool clean)
{
	struct name_list names;

	*l = (struct segment_list){ .n = 0 };
	if (clean)
		unlinkat(dir, SEGMENT_NEW, 0);
	if (name_list_read(&names, dir, is_segment) == -1)
		return -1;
	/* Sorted names are sorted numbers. */
	l->first = calloc(names.n + 1, sizeof(*l->first));
	while (l->first != NULL && l->n < names.n) {
		segment_name_parse(names.v[l->n], &l->first[l->n]);
		l->n++;
	}
	name_list_free(&names);
	return l->first == NULL ? -1 : 0;
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

bool segment_read_header(int dir, uint64_t first, struct segment_header *h)
{
	char name[SEGMENT_NAME_LEN + 1];
	uint8_t bytes[SEGMENT_HEADER];
	bool sound;
	int fd;

	segment_name(first, name);
	fd = file_open(dir, name, O_RDONLY);
	sound = fd != -1 && pread_full(fd, bytes, sizeof(bytes), 0) == sizeof(bytes) &&
	    segment_parse(h, bytes) && h->first == first;
	close_fd(fd);
	return sound;
}

int segment_create(int dir)
{
	if (unlinkat(dir, SEGMENT_NEW, 0) == -1 && errno != ENOENT)
		return -1;
	return openat(dir, SEGMENT_NEW, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int segment_install(int dir, int fd, const char *name, int filled)
{
	int error;

	if (filled == 0 && fdatasync(fd) == 0 && renameat(dir, SEGMENT_NEW, dir, name) == 0)
		return fsync(dir);
	error = errno;
	unlinkat(dir, SEGMENT_NEW, 0);
	errno = error;
	return -1;
}

/* --- Reading --- */

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
static int load_window(struct segment *s, off_t start, size_t want)
{
	ssize_t n;

	if (s->end - start < (off_t)want)
		want = (size_t)(s->end - start);
	buf_reset(&s->window);
	if (buf_reserve(&s->window, want) == -1)
		return -1;
	n = pread_full(s->fd, s->window.data, want, start);
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

/* The bytes [at, at + len), or NULL: errno, 0 beyond the end. */
static const uint8_t *view(struct segment *s, off_t at, size_t len)
{
	const uint8_t *p;

	errno = 0;
	if (at > s->end || s->end - at < (off_t)len)
		return NULL;
	p = in_window(s, at, len);
	if (p != NULL || load_window(s, at, len > WINDOW ? len : WINDOW) == -1)
		return p;
	errno = 0;
	return in_window(s, at, len);
}

/* Like view(), for reading backwards: the window ends where these do. */
static const uint8_t *view_back(struct segment *s, off_t at, size_t len, size_t window)
{
	off_t end = at + (off_t)len;

	if (at >= 0 && end <= s->end && len <= window && in_window(s, at, len) == NULL &&
	    load_window(s, end > (off_t)window ? end - (off_t)window : 0, window) == -1)
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
	static const uint8_t frame_magic[4] = { 'B', 'J', 'F', '1' };

	while (s->end - at >= FRAME_HEADER + FRAME_TRAILER) {
		size_t len = s->end - at < WINDOW ? (size_t)(s->end - at) : WINDOW;
		const uint8_t *p = view(s, at, len);
		const uint8_t *hit =
		    p == NULL ? NULL : memmem(p, len, frame_magic, sizeof(frame_magic));
		const uint8_t *data;
		struct frame f;
		int rc;

		if (p == NULL)
			return errno == 0 ? 0 : -1;
		if (hit == NULL) {
			at += (off_t)(len - sizeof(frame_magic) + 1);
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
	if (in_window(s, *at, len) == NULL && load_window(s, *at, len) == -1)
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
		/*
		 * This frame ends before seq, so the one behind it holds seq,
		 * if the tag of this one holds: a flipped number would lead
		 * past frames that are whole.
		 */
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

int segment_open(struct segment *s, uint64_t first, uint64_t bound, bool writable)
{
	const uint8_t *p;
	struct stat st;

	segment_close(s);
	segment_name(first, s->name);
	s->fd = file_open(s->dir, s->name, writable ? O_RDWR : O_RDONLY);
	if (s->fd == -1 || fstat(s->fd, &st) == -1)
		goto fail;
	s->end = st.st_size;
	s->bound = bound;
	if (load_window(s, 0, GLANCE) == -1)
		goto fail;
	p = in_window(s, 0, SEGMENT_HEADER);
	if (p != NULL && segment_other_version(p) != 0) {
		msg_error("%s: a segment of format %u; this program knows format %d", s->name,
		    segment_other_version(p), SEGMENT_VERSION);
		errno = EPROTONOSUPPORT;
		goto fail;
	}
	s->sound = p != NULL && segment_parse(&s->head, p) && s->head.first == first;
	s->head.first = first;
	return 0;
fail:
	segment_close(s);
	return -1;
}
