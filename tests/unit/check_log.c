/* SPDX-License-Identifier: ISC */
/* The log: appending, recovering, reading past damage, limits, trimming,
 * renewing; and the golden segment. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/exchange/proof.h"
#include "common/log/log.h"
#include "common/log/segment.h"
#include "tests/unit/put.h"
#include "tests/unit/vectors.h"

static char dir[] = "/tmp/check_log.XXXXXX";
static int said = -1; /* what is written to standard error */

/* What is synced, and when, is the business of check_durable. */
int fdatasync(int fd)
{
	return fd < 0 ? -1 : 0;
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	rmdir(dir);
	proof_init();
	said = memfd_create("said", MFD_CLOEXEC);
	ck_assert_int_ne(dup2(said, STDERR_FILENO), -1);
}

static void teardown(void)
{
	dir_remove_tree(AT_FDCWD, dir);
}

/* Appends one record "N:…" of that size, numbered as the log has it. */
static int put_packed(struct log *l, size_t size, enum frame_effort effort)
{
	char *payload = malloc(size);
	struct record r = { .time_ns = 1,
		.source = "t",
		.source_len = 1,
		.payload = (uint8_t *)payload,
		.len = size };
	int rc;

	memset(payload, 'x', size);
	snprintf(payload, size, "%" PRIu64, log_next(l));
	rc = put_record(l, log_next(l), &r, effort);
	free(payload);
	return rc;
}

static int put_sized(struct log *l, size_t size)
{
	return put_packed(l, size, FRAME_PLAIN);
}

static void put_many(int n, size_t size)
{
	struct log *l = must(log_open_spool(dir, LOG_WRITE));

	for (int i = 0; i < n; i++)
		ck_assert_int_eq(put_sized(l, size), 0);
	log_close(l);
}

/* Reads from `from` on: every record has the number that stands in it. Returns
 * how many. */
static uint64_t read_all_from(uint64_t from, uint64_t *gaps)
{
	struct log *l = log_open(dir, LOG_READ);
	struct buf scratch = BUF_INIT(FRAME_MAX);
	struct log_frame f;
	uint64_t n = 0, expect = from;
	const char *why;
	int rc;

	*gaps = 0;
	ck_assert_ptr_nonnull(l);
	ck_assert_int_eq(log_seek(l, from), 0);
	while ((rc = log_read(l, &f)) == 1) {
		const uint8_t *raw = frame_body(&f.head, f.data, &scratch, &why);
		size_t at = 0;
		struct record r;

		ck_assert_uint_ge(f.head.seq, expect);
		*gaps += f.head.seq > expect;
		for (uint64_t seq = f.head.seq; seq < frame_end(&f.head); seq++, n++) {
			ck_assert_int_eq(record_next(raw, f.head.raw_len, &at, &r), 0);
			ck_assert_uint_eq(strtoull((const char *)r.payload, NULL, 10), seq);
		}
		expect = frame_end(&f.head);
	}
	ck_assert_int_eq(rc, 0);
	buf_free(&scratch);
	log_close(l);
	return n;
}

static char *segment_path(uint64_t first)
{
	static char path[128];
	char name[SEGMENT_NAME_LEN + 1];

	segment_name(first, name);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static off_t size_of(uint64_t first)
{
	struct stat st;

	return stat(segment_path(first), &st) == 0 ? st.st_size : -1;
}

START_TEST(golden_segment)
{
	uint8_t check[RECORD_CHECK], want[RECORD_CHECK], key[SEAL_KEY];
	struct log *l;
	struct log_frame f;
	size_t len;
	uint8_t *bytes = vector_bytes(vectors(), "segment", &len);

	vector_key(key);
	mkdir(dir, 0700);
	ck_assert_int_eq(
	    file_replace(AT_FDCWD, segment_path(7), bytes, len, 0600, FILE_UNSYNCED), 0);
	l = must(log_open(dir, LOG_READ));
	ck_assert_uint_eq(log_base(l), 1);
	ck_assert_uint_eq(log_first(l), 7);
	ck_assert_uint_eq(log_next(l), 11);
	ck_assert_int_eq(log_read(l, &f), 1);
	ck_assert_uint_eq(f.head.count, 3);
	ck_assert_int_eq(log_read(l, &f), 1);
	ck_assert_uint_eq(f.head.seq, 10);
	ck_assert_int_eq(log_read(l, &f), 0);
	ck_assert_int_eq(log_check(l, 8, key, check), 1);
	ck_assert(hex_decode(want, sizeof(want),
	    vector_text(json_array_get(json_object_get(vectors(), "records"), 1), "check")));
	ck_assert_mem_eq(check, want, sizeof(check));
	ck_assert_int_eq(log_check(l, 6, key, check), 0);
	ck_assert_int_eq(log_check(l, 11, key, check), 0);
	log_close(l);
}
END_TEST

START_TEST(append_and_read)
{
	uint64_t gaps;

	put_many(100, 50);
	put_many(100, 50);
	ck_assert_uint_eq(read_all_from(1, &gaps), 200);
	ck_assert_uint_eq(gaps, 0);
	for (uint64_t from = 1; from <= 201; from += 10)
		ck_assert_uint_eq(read_all_from(from, &gaps), 201 - from);
}
END_TEST

START_TEST(segments)
{
	uint64_t gaps;

	put_many(20, 1 << 20); /* 1 MiB each: a segment is closed past 8 MiB */
	ck_assert_int_eq(size_of(9) > 0, 1);
	ck_assert_int_eq(size_of(17) > 0, 1);
	for (uint64_t from = 1; from <= 21; from++)
		ck_assert_uint_eq(read_all_from(from, &gaps), 21 - from);
	ck_assert_int_eq(log_trim(dir, 16), 0);
	ck_assert_int_eq(size_of(1), -1);
	ck_assert_int_gt(size_of(9), 0);
	ck_assert_int_eq(log_trim(dir, 21), 0);
	ck_assert_int_eq(size_of(9), -1);
	ck_assert_int_gt(size_of(17), 0); /* the last is never deleted */
}
END_TEST

START_TEST(tails)
{
	static const char garbage[] =
	    "BJF1 and then something that is no frame at all, for sure: not one";
	uint64_t gaps;
	off_t whole;

	put_many(10, 50);
	whole = size_of(1);
	/* Every cut inside the last frame: it goes, the nine before it stay. */
	for (off_t cut = whole - 1; cut > whole - 110; cut -= 9) {
		ck_assert_int_eq(truncate(segment_path(1), cut), 0);
		ck_assert_uint_eq(read_all_from(1, &gaps), 9);
		put_many(1, 50);
		ck_assert_int_eq(size_of(1), whole);
	}
	/* Zeros, and garbage, behind the last frame. */
	ck_assert_int_eq(truncate(segment_path(1), whole + 5000), 0);
	ck_assert_uint_eq(read_all_from(1, &gaps), 10);
	ck_assert_int_eq(size_of(1), whole);
	for (size_t n = 1; n < sizeof(garbage); n++) {
		int fd = open(segment_path(1), O_WRONLY | O_APPEND);
		ck_assert_int_eq(write_full(fd, garbage, n), 0);
		close(fd);
		ck_assert_uint_eq(read_all_from(1, &gaps), 10);
		ck_assert_int_eq(size_of(1), whole);
	}
}
END_TEST

/* --- Every bit of a segment --- */

#define FRAMES 8
#define GAP 4 /* what was passed over before the next segment */

static struct {
	off_t at;
	size_t len;
	uint8_t data[256];
} frames[FRAMES];

static const char *damage_said(void)
{
	static char text[4096];
	ssize_t n = pread_full(said, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	ck_assert_int_eq(ftruncate(said, 0), 0);
	ck_assert_int_eq(lseek(said, 0, SEEK_SET), 0);
	return text;
}

/* Half of them are compressed. With `closed` another segment, of one record,
 * lies behind this one. */
static void make_frames(bool closed)
{
	struct log *l = log_open_or_make(dir, &(struct log_id){ { 9 } }, 1, 1);
	struct log_frame f;
	off_t at = SEGMENT_HEADER;

	ck_assert_ptr_nonnull(l);
	for (int i = 0; i < FRAMES; i++)
		ck_assert_int_eq(
		    put_packed(l, i % 2 == 0 ? 30 : 150, i % 2 == 0 ? FRAME_PLAIN : FRAME_SMALL),
		    0);
	if (closed)
		ck_assert(log_jump(l, log_next(l) + GAP) == 0 && put_sized(l, 50) == 0);
	log_close(l);
	l = log_open(dir, LOG_PEEK);
	for (int i = 0; i < FRAMES; i++) {
		ck_assert_int_eq(log_read(l, &f), 1);
		ck_assert_uint_le(f.len, sizeof(frames[i].data));
		frames[i].at = at;
		frames[i].len = f.len;
		memcpy(frames[i].data, f.data, f.len);
		at += (off_t)f.len;
	}
	log_close(l);
	ck_assert_int_eq(at, size_of(1));
}

/* All from frame `from` on but the damaged one, as they were written; nothing
 * else; and what lies in the next segment. */
static void read_but(struct log *l, int from, int damaged, bool closed)
{
	struct log_frame f;

	ck_assert_int_eq(log_seek(l, (uint64_t)from + 1), 0);
	for (int i = from; i < FRAMES; i++) {
		if (i == damaged)
			continue;
		ck_assert_int_eq(log_read(l, &f), 1);
		ck_assert_uint_eq(f.head.seq, (uint64_t)i + 1);
		ck_assert_mem_eq(f.data, frames[i].data, f.len);
	}
	if (closed) {
		ck_assert_int_eq(log_read(l, &f), 1);
		ck_assert_uint_eq(f.head.seq, FRAMES + 1 + GAP);
	}
	ck_assert_int_eq(log_read(l, &f), 0);
}

/* Does it name the damage with the file, and the offset of its frame? */
static void names_damage(int damaged, bool tail)
{
	const char *text = damage_said();
	char words[80];

	if (damaged == -1)
		snprintf(words, sizeof(words), ".seg: the header is damaged");
	else if (tail)
		snprintf(words, sizeof(words), ".seg: cut at %jd,", (intmax_t)frames[damaged].at);
	else
		snprintf(words, sizeof(words), "0001.seg: damaged from %jd to %jd ",
		    (intmax_t)frames[damaged].at,
		    (intmax_t)(frames[damaged].at + (off_t)frames[damaged].len));
	ck_assert_msg(strstr(text, words) != NULL, "not named: %s, but: %s", words, text);
}

/* Whoever shows all of it finds it damaged; whoever opens it reads all other
 * frames, and changes only what is the tail. Where the id is, and no neighbour
 * has it, nothing is read, or cut. */
static void flip_and_read(off_t at, int bit, int damaged, bool closed)
{
	bool tail = !closed && damaged == FRAMES - 1;
	bool lost = !closed && at >= 8 && at < 8 + LOG_ID_SIZE;
	off_t whole = size_of(1);
	int fd = open(segment_path(1), O_RDWR);
	struct log_frame f;
	struct log *l;
	uint8_t was, b;

	ck_assert_int_eq(pread(fd, &was, 1, at), 1);
	b = was ^ (uint8_t)(1 << bit);
	ck_assert_int_eq(pwrite(fd, &b, 1, at), 1);
	l = must(log_open(dir, LOG_PEEK));
	while (log_read(l, &f) == 1)
		;
	ck_assert_msg(log_damaged(l), "byte %jd", (intmax_t)at);
	log_close(l);
	damage_said();
	l = must(log_open(dir, LOG_READ));
	if (lost) {
		ck_assert_int_eq(log_read(l, &f), 0);
	} else {
		ck_assert_int_eq(log_id(l)->b[0], 9);
		read_but(l, 0, damaged, closed);
		read_but(l, damaged > 0 ? damaged - 1 : 0, damaged, closed);
	}
	log_close(l);
	names_damage(damaged, tail);
	ck_assert_int_eq(size_of(1), tail ? frames[damaged].at : whole);
	if (damaged == -1 && !closed)
		unlink(segment_path(lost ? 2 : FRAMES + 1)); /* begun behind it */
	close(fd);
	/* It may have been written anew, into another file. */
	fd = open(segment_path(1), O_RDWR);
	if (tail) {
		pwrite_full(fd, frames[damaged].data, frames[damaged].len, frames[damaged].at);
	} else {
		uint8_t now;
		ck_assert_int_eq(pread(fd, &now, 1, at), 1);
		ck_assert_uint_eq(now, b);
		ck_assert_int_eq(pwrite(fd, &was, 1, at), 1);
	}
	close(fd);
	if (tail)
		log_close(log_open(dir, LOG_READ)); /* which notes that it is durable */
}

/* _i: 1, closed. */
START_TEST(every_bit)
{
	bool closed = _i == 1;
	struct log *l;

	make_frames(closed);
	for (off_t at = 0; at < SEGMENT_HEADER; at++) {
		for (int bit = 0; bit < 8; bit++)
			flip_and_read(at, bit, -1, closed);
	}
	for (int i = 0; i < FRAMES; i++) {
		for (size_t k = 0; k < 8 * frames[i].len; k++)
			flip_and_read(frames[i].at + (off_t)(k / 8), k % 8, i, closed);
	}
	l = log_open(dir, LOG_READ);
	read_but(l, 0, -1, closed);
	log_close(l);
}
END_TEST

/* A segment whose header lost its id has that of a neighbour, on either
 * side. */
START_TEST(damaged_ids)
{
	static const uint64_t first[] = { 1, 21, 41 };
	uint8_t other[LOG_ID_SIZE] = { 7 };
	uint64_t gaps;

	for (size_t i = 0; i < 3; i++) {
		struct log *l;

		put_many(10, 100);
		l = log_open_spool(dir, LOG_WRITE);
		if (i < 2)
			ck_assert_int_eq(log_jump(l, first[i + 1]), 0);
		log_close(l);
	}
	for (size_t i = 0; i < 3; i++) {
		int fd = open(segment_path(first[i]), O_RDWR);
		uint8_t id[LOG_ID_SIZE];

		ck_assert_int_eq(pread(fd, id, sizeof(id), 8), sizeof(id));
		ck_assert_int_eq(pwrite(fd, other, sizeof(other), 8), sizeof(other));
		ck_assert_uint_eq(read_all_from(1, &gaps), 30);
		close(fd);
		fd = open(segment_path(first[i]), O_RDWR);
		ck_assert_int_eq(pwrite(fd, id, sizeof(id), 8), sizeof(id));
		close(fd);
	}
}
END_TEST

/* Does somebody who shows all of it find it damaged? */
static bool shown_damaged(void)
{
	struct log *l = must(log_open(dir, LOG_PEEK));
	struct log_frame f;
	bool damaged;

	while (log_read(l, &f) == 1)
		;
	damaged = log_damaged(l);
	log_close(l);
	return damaged;
}

/* An end that was torn was never promised; one that is gone was. */
START_TEST(damage_is_told)
{
	off_t whole;

	put_many(5, 100);
	whole = size_of(1);
	ck_assert(!shown_damaged());
	ck_assert_int_eq(truncate(segment_path(1), whole + 40), 0);
	ck_assert(!shown_damaged());
	ck_assert_int_eq(truncate(segment_path(1), whole - 40), 0);
	ck_assert(shown_damaged());
}
END_TEST

/* A torn tail has the whole segment walked: what lies behind damage on the way
 * is not taken for the tail. */
START_TEST(damage_before_a_torn_tail)
{
	uint64_t gaps;
	uint8_t b = 0xff;
	int fd;

	put_many(20, 100);
	fd = open(segment_path(1), O_RDWR);
	ck_assert_int_eq(pwrite(fd, &b, 1, SEGMENT_HEADER + 500), 1);
	close(fd);
	ck_assert_int_eq(truncate(segment_path(1), size_of(1) - 10), 0);
	ck_assert_uint_eq(read_all_from(1, &gaps), 18);
	ck_assert_uint_eq(gaps, 1);
}
END_TEST

START_TEST(jumps)
{
	struct log_id id = { { 1 } };
	struct log *l;
	uint64_t gaps;

	l = must(log_open_or_make(dir, &id, 5, 7));
	ck_assert_uint_eq(log_base(l), 5);
	ck_assert_uint_eq(log_next(l), 7);
	ck_assert_int_eq(put_sized(l, 50), 0);
	ck_assert_int_eq(log_jump(l, 20), 0);
	ck_assert_int_eq(log_jump(l, 20), -1);
	ck_assert_int_eq(log_jump(l, 3), -1);
	ck_assert_int_eq(put_sized(l, 50), 0);
	log_close(l);
	l = log_open(dir, LOG_READ);
	ck_assert_uint_eq(log_next(l), 21);
	ck_assert_uint_eq(log_base(l), 5);
	ck_assert_mem_eq(log_id(l), &id, sizeof(id));
	log_close(l);
	ck_assert_uint_eq(read_all_from(7, &gaps), 2);
	ck_assert_uint_eq(gaps, 1);
}
END_TEST

static size_t segments_there(void)
{
	struct segment_list list;
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	size_t n;

	ck_assert_int_eq(segment_list_read(&list, fd, false), 0);
	n = list.n;
	segment_list_free(&list);
	close(fd);
	return n;
}

/* Gaps without records between: one empty segment, however many they are. */
START_TEST(jumps_without_records)
{
	struct log_id id = { { 1 } };
	struct log *l;
	uint64_t gaps;

	l = must(log_open_or_make(dir, &id, 1, 4));
	for (uint64_t to = 5; to < 100; to++)
		ck_assert_int_eq(log_jump(l, to), 0);
	ck_assert_uint_eq(log_first(l), 99);
	ck_assert_uint_eq(segments_there(), 1);
	ck_assert_int_eq(put_sized(l, 50), 0);
	for (uint64_t to = 110; to < 200; to++)
		ck_assert_int_eq(log_jump(l, to), 0);
	ck_assert_uint_eq(log_next(l), 199);
	ck_assert_uint_eq(segments_there(), 2);
	ck_assert_int_eq(put_sized(l, 50), 0);
	log_close(l);
	l = log_open(dir, LOG_READ);
	ck_assert_uint_eq(log_first(l), 99);
	ck_assert_uint_eq(log_next(l), 200);
	ck_assert_uint_eq(log_base(l), 1);
	log_close(l);
	ck_assert_uint_eq(read_all_from(99, &gaps), 2);
	ck_assert_uint_eq(gaps, 1);
}
END_TEST

/* What is left of a log that was cleared is where it stands. */
START_TEST(cleared)
{
	struct log_id id = { { 1 } };
	struct log *l;

	l = must(log_open_or_make(dir, &id, 3, 7));
	ck_assert_int_eq(put_sized(l, 50), 0);
	ck_assert_int_eq(log_jump(l, 20), 0);
	ck_assert_int_eq(put_sized(l, 50), 0);
	log_close(l);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(log_clear(dir), 0);
		ck_assert_uint_eq(segments_there(), 1);
		l = must(log_open(dir, LOG_WRITE));
		ck_assert_uint_eq(log_first(l), 21);
		ck_assert_uint_eq(log_next(l), 21);
		ck_assert_uint_eq(log_base(l), 3);
		ck_assert_mem_eq(log_id(l), &id, sizeof(id));
		log_close(l);
	}
	l = log_open(dir, LOG_WRITE);
	ck_assert_int_eq(put_sized(l, 50), 0);
	log_close(l);
}
END_TEST

/* The oldest go from under a writer, who writes and reads on. */
START_TEST(dropped_while_open)
{
	struct log *l;
	uint8_t key[SEAL_KEY] = { 1 }, check[RECORD_CHECK];

	l = must(log_open_spool(dir, LOG_WRITE));
	for (uint64_t first = 10; first <= 40; first += 10) {
		ck_assert_int_eq(put_sized(l, 50), 0);
		ck_assert_int_eq(log_jump(l, first), 0);
	}
	ck_assert_int_eq(put_sized(l, 50), 0);
	ck_assert_int_eq(log_check(l, 10, key, check), 1);
	ck_assert_int_eq(log_drop(l, 29), 0);
	ck_assert_uint_eq(log_first(l), 20);
	ck_assert_int_eq(log_check(l, 10, key, check), 0);
	ck_assert_int_eq(log_check(l, 20, key, check), 1);
	ck_assert_int_eq(log_drop(l, UINT64_MAX), 0);
	ck_assert_uint_eq(log_first(l), 40);
	ck_assert_uint_eq(segments_there(), 1);
	ck_assert_int_eq(put_sized(l, 50), 0);
	ck_assert_int_eq(log_check(l, 41, key, check), 1);
	log_close(l);
}
END_TEST

/* bijk-cat --since begins behind the newest segment that was last written
 * before; the last stays. */
START_TEST(older_ones_passed_over)
{
	static const struct {
		int64_t time;
		uint64_t first;
	} want[] = { { 0, 1 }, { 100, 1 }, { 101, 10 }, { 300, 20 }, { 301, 30 }, { 900, 30 } };
	struct log *l;

	l = must(log_open_spool(dir, LOG_WRITE));
	for (uint64_t first = 10; first <= 40; first += 10) {
		ck_assert_int_eq(put_sized(l, 50), 0);
		if (first < 40)
			ck_assert_int_eq(log_jump(l, first), 0);
	}
	log_close(l);
	for (int i = 0; i < 4; i++) {
		struct timespec t[2] = { { .tv_sec = (i + 1) * 100 }, { .tv_sec = (i + 1) * 100 } };
		ck_assert_int_eq(
		    utimensat(AT_FDCWD, segment_path(i == 0 ? 1 : (uint64_t)i * 10), t, 0), 0);
	}
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct log_frame f;
		l = log_open(dir, LOG_PEEK);
		log_skip_older(l, want[i].time);
		ck_assert_int_eq(log_read(l, &f), 1);
		ck_assert_uint_eq(f.head.seq, want[i].first);
		log_close(l);
	}
}
END_TEST

START_TEST(limits)
{
	struct log_limits small = { .max_size = 32 << 20 },
			  full = { .min_free = (uint64_t)1 << 62 };
	struct log *l;
	uint64_t gaps;

	l = log_open_spool(dir, LOG_WRITE);
	log_set_limits(l, &small);
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(put_sized(l, 1 << 20), 0);
	ck_assert_uint_le(log_size(l), (32 << 20) + (10 << 20));
	ck_assert_uint_gt(log_first(l), 1);
	ck_assert_uint_eq(log_next(l), 65);
	log_set_limits(l, &full);
	fails(put_sized(l, 10), ENOSPC);
	log_set_limits(l, &small);
	ck_assert_int_eq(put_sized(l, 10), 0);
	log_close(l);
	ck_assert_uint_ge(read_all_from(1, &gaps), 24);
}
END_TEST

START_TEST(one_writer)
{
	struct log_id id = { { 1 } };
	struct log *l, *reader;
	struct log_frame f;

	l = log_open_or_make(dir, &id, 1, 1);
	put_sized(l, 50);
	/* A reader that takes no lock sees what is whole; one with a lock would
	 * wait. */
	reader = must(log_open(dir, LOG_PEEK));
	ck_assert_uint_eq(log_next(reader), 2);
	put_sized(l, 50);
	ck_assert_int_eq(log_read(reader, &f), 1);
	ck_assert_int_eq(log_read(reader, &f), 0);
	ck_assert_int_eq(log_refresh(reader), 0);
	ck_assert_int_eq(log_read(reader, &f), 1);
	ck_assert_uint_eq(f.head.seq, 2);
	log_close(reader);
	log_close(l);
}
END_TEST

START_TEST(renewing)
{
	struct log_id before;
	struct log *l;
	uint64_t gaps;

	put_many(10, 50);
	l = log_open(dir, LOG_READ);
	before = *log_id(l);
	log_close(l);
	ck_assert_int_eq(log_acked_put(dir, 6), 0);
	ck_assert_uint_eq(log_acked(dir), 6);
	ck_assert_int_eq(log_renew(dir), 0);
	l = log_open(dir, LOG_READ);
	ck_assert_mem_ne(log_id(l), &before, sizeof(before));
	ck_assert_uint_eq(log_base(l), 6);
	ck_assert_uint_eq(log_first(l), 6);
	ck_assert_uint_eq(log_next(l), 11);
	log_close(l);
	ck_assert_uint_eq(read_all_from(6, &gaps), 5);
	ck_assert_uint_eq(gaps, 0);
	put_many(1, 50);
	ck_assert_uint_eq(read_all_from(6, &gaps), 6);
}
END_TEST

/* The tail is gone although a master has it: the numbers are not given out
 * again under the old id. */
START_TEST(lost_tail)
{
	struct log_id before;
	struct log *l;
	off_t five;
	uint64_t gaps;

	put_many(5, 50);
	five = size_of(1);
	put_many(5, 50);
	l = log_open(dir, LOG_READ);
	before = *log_id(l);
	log_close(l);
	log_acked_put(dir, 11);
	ck_assert_int_eq(truncate(segment_path(1), five), 0);
	put_many(1, 50);
	put_many(2, 50);
	l = log_open(dir, LOG_READ);
	ck_assert_mem_ne(log_id(l), &before, sizeof(before));
	ck_assert_uint_eq(log_base(l), 6);
	ck_assert_uint_eq(log_next(l), 9);
	log_close(l);
	ck_assert_uint_eq(read_all_from(6, &gaps), 3);
}
END_TEST

START_TEST(refused_files)
{
	put_many(2, 50);
	ck_assert_int_eq(rename(segment_path(1), "/tmp/check_log.moved"), 0);
	ck_assert_int_eq(symlink("/tmp/check_log.moved", segment_path(1)), 0);
	ck_assert_ptr_null(log_open(dir, LOG_READ));
	unlink(segment_path(1));
	ck_assert_int_eq(mkfifo(segment_path(1), 0600), 0);
	ck_assert_ptr_null(log_open(dir, LOG_READ));
	unlink(segment_path(1));
	unlink("/tmp/check_log.moved");
	ck_assert_ptr_null(log_open(dir, LOG_READ));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

static bool there(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void leave(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ne(fd, -1);
	close(fd);
}

/* A session replaces `acked` without the lock that a writer holds. */
START_TEST(temporary_names)
{
	put_many(2, 50);
	leave("segment.tmp");
	leave("acked.tmp");
	log_close(log_open(dir, LOG_READ));
	ck_assert(there("segment.tmp") && there("acked.tmp"));
	log_close(log_open(dir, LOG_WRITE));
	ck_assert(!there("segment.tmp"));
	ck_assert(there("acked.tmp"));
	ck_assert_int_eq(log_acked_put(dir, 2), 0);
	ck_assert(!there("acked.tmp"));
}
END_TEST

/* A digest that holds, with another number of the format: no damage, and
 * nothing is touched. */
START_TEST(another_format)
{
	static const enum log_mode modes[] = { LOG_WRITE, LOG_READ, LOG_PEEK };
	static const char *const formats[] = { "002", "010", "200" };
	uint8_t head[SEGMENT_HEADER], now[SEGMENT_HEADER];

	for (size_t i = 0; i < 3; i++) {
		int fd;

		put_many(2, 100);
		fd = open(segment_path(1), O_RDWR);
		ck_assert_int_eq(pread_full(fd, head, sizeof(head), 0), sizeof(head));
		memcpy(head + 5, formats[i], 3);
		crypto_generichash(head + 48, 16, head, 48, NULL, 0);
		ck_assert_int_eq(pwrite_full(fd, head, sizeof(head), 0), 0);
		for (size_t m = 0; m < 3; m++) {
			ck_assert_ptr_null(log_open(dir, modes[m]));
			ck_assert_int_eq(errno, EPROTONOSUPPORT);
		}
		ck_assert_int_eq(pread_full(fd, now, sizeof(now), 0), sizeof(now));
		ck_assert_mem_eq(now, head, sizeof(now));
		close(fd);
		ck_assert_int_eq(dir_remove_tree(AT_FDCWD, dir), 0);
	}
}
END_TEST

SUITE_MAIN_BOTH("log", setup, teardown, every_bit, 2, golden_segment, append_and_read, segments,
    tails, damaged_ids, damage_is_told, damage_before_a_torn_tail, jumps, jumps_without_records,
    cleared, dropped_while_open, older_ones_passed_over, limits, one_writer, renewing, lost_tail,
    refused_files, temporary_names, another_format)
