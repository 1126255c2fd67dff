/* SPDX-License-Identifier: ISC */
/*
 * A log of known records, damaged, then opened. First byte: which log; then the
 * operations of recover_damage.h.
 *
 * What is read is what was stored under its number, or is not there; a frame
 * that nothing touched is read, where the header of its segment leaves its id
 * to be known; opening twice does nothing the second time; and what is stored
 * afterwards is read too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/log/log.h"
#include "common/log/segment.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/records.h"
#include "tests/fuzz/recover_damage.h"

#include "common/base/banned.h"

#define LOGS 4
#define NUMBERS 128 /* records of a log have lower numbers */
#define OPS_MAX 24

enum { WHOLE, CUT, HOLE, BAD_HEADER, REFUSED };
static const char *const goals[] = { "all read", "a tail cut off", "a gap", "a damaged header",
	"refused", NULL };

static struct tree logs[LOGS];
static char *dir;

static void make_log(unsigned which)
{
	struct log_id id = { { (uint8_t)(which + 1), 7 } };
	struct log *l;

	tree_write(&(struct tree){ .n = 0 }, dir);
	l = log_open_or_make(dir, &id, 1, which == 3 ? 5 : 1);
	require(l != NULL);
	for (uint32_t i = 0; which > 0 && i < 6; i++)
		log_put(l, i % 3 + 1, i % 2 == 0 ? FRAME_SMALL : FRAME_PLAIN);
	if (which >= 2) {
		require(log_jump(l, log_next(l) + 1) == 0);
		for (uint32_t i = 0; i < 4; i++)
			log_put(l, 2, FRAME_PLAIN);
		require(log_jump(l, log_next(l) + 7) == 0);
		for (uint32_t i = 0; which == 2 && i < 3; i++)
			log_put(l, i + 1, FRAME_SMALL);
	}
	require(log_next(l) < NUMBERS);
	log_close(l);
	tree_read(&logs[which], dir);
	/* The lock file holds a note at most, which is of no other file. */
	tree_drop(&logs[which], "lock");
}

static void begin(void)
{
	dir = temp_path("log");
	for (unsigned i = 0; i < LOGS; i++)
		make_log(i);
}

/* --- What must be found again --- */

/* Was nothing of [at, at + len) touched, and is it still there? */
static bool untouched(const struct segment_file *s, size_t at, size_t len)
{
	for (size_t i = at; i < at + len; i++) {
		if (i >= s->touched.len || s->touched.data[i] != 0)
			return false;
	}
	return true;
}

/* Was nothing of [from, to) of this header changed? */
static bool header_is(const struct damaged *v, size_t i, size_t from, size_t to)
{
	return v->v[i].data.len >= SEGMENT_HEADER &&
	    memcmp(v->v[i].data.data + from, v->from->v[i].data.data + from, to - from) == 0;
}

/* Does segment k, a neighbour of i, tell the id of i? */
static bool neighbour_tells(const struct damaged *v, size_t k, size_t i)
{
	return !v->v[k].removed && header_is(v, k, 0, SEGMENT_HEADER) &&
	    memcmp(v->from->v[k].data.data + 8, v->from->v[i].data.data + 8, LOG_ID_SIZE) == 0;
}

/* Does the log id follow from the header, or from that of a neighbour? */
static bool header_tells(const struct damaged *v, size_t i)
{
	if (v->v[i].data.len < SEGMENT_HEADER)
		return false;
	if (!header_is(v, i, 0, SEGMENT_HEADER))
		reached(BAD_HEADER);
	return header_is(v, i, 8, 8 + LOG_ID_SIZE) || (i > 0 && neighbour_tells(v, i - 1, i)) ||
	    (i + 1 < v->n && neighbour_tells(v, i + 1, i));
}

/* The numbers that were there, and those that must be read. Frames that were
 * copied about may be taken for others. */
static void must_be_read(const struct damaged *v, bool had[NUMBERS], bool must[NUMBERS])
{
	memset(had, 0, NUMBERS * sizeof(bool));
	memset(must, 0, NUMBERS * sizeof(bool));
	for (size_t i = 0; i < v->n; i++) {
		const struct segment_file *s = &v->v[i];
		const struct buf *was = &v->from->v[i].data;

		bool tells = !s->removed && !s->copied && header_tells(v, i);

		for (size_t at = SEGMENT_HEADER; at < was->len;) {
			struct frame f;
			require(frame_header(&f, (const uint8_t *)was->data + at) == 0);
			memset(had + f.seq, 1, f.count * sizeof(bool));
			if (tells && untouched(s, at, frame_len(&f)))
				memset(must + f.seq, 1, f.count * sizeof(bool));
			at += frame_len(&f);
		}
	}
}

/* Reads all: only what was stored, in order. false: the log is refused. */
static bool read_all_of(bool got[NUMBERS], uint64_t *next, bool copied)
{
	struct log *l = log_open(dir, LOG_READ);
	struct buf scratch = BUF_INIT(FRAME_MAX);
	uint64_t expect = 0;
	struct log_frame f;
	const uint8_t *raw;
	const char *why;
	int rc;

	memset(got, 0, NUMBERS * sizeof(bool));
	if (l == NULL)
		return false;
	*next = log_next(l);
	require(log_base(l) >= 1 && log_first(l) <= log_next(l));
	require(log_seek(l, 1) == 0);
	while ((rc = log_read(l, &f)) == 1) {
		require(f.head.seq >= expect && frame_end(&f.head) <= log_next(l));
		require(frame_end(&f.head) <= NUMBERS);
		raw = frame_body(&f.head, f.data, &scratch, &why);
		require(raw != NULL && frame_is_ours(&f.head, raw));
		memset(got + f.head.seq, 1, f.head.count * sizeof(bool));
		expect = frame_end(&f.head);
	}
	if (rc == -1 && errno == EPROTONOSUPPORT) {
		/* One behind the first is of another format. */
		log_close(l);
		buf_free(&scratch);
		errno = EPROTONOSUPPORT;
		return false;
	}
	require(rc == 0);
	/* The same from every number on, and each has the digest of what was
	 * stored. */
	for (uint64_t n = 1; n < NUMBERS / 3; n++) {
		uint8_t check[RECORD_CHECK], want[RECORD_CHECK];
		struct buf one = BUF_INIT(4096);
		rc = log_check(l, n, test_secret, check);
		record_make(&one, n);
		record_check((const uint8_t *)one.data, one.len, test_secret, want);
		buf_free(&one);
		require(rc >= 0 && (rc == 0 || memcmp(check, want, sizeof(want)) == 0));
		/* A frame that stands there twice leads a search from the end
		 * astray. */
		require((rc == 1) == got[n] || copied);
	}
	log_close(l);
	buf_free(&scratch);
	return true;
}

/* What comes afterwards has a number of its own and is read, and nothing before
 * it is lost. */
static void judge_append(const bool before[NUMBERS], uint64_t next, bool copied)
{
	bool got[NUMBERS];
	uint64_t after;
	struct log *l = log_open(dir, LOG_WRITE);

	require(l != NULL && log_next(l) == next);
	if (next + 1 < NUMBERS) {
		log_put(l, 1, FRAME_PLAIN);
		require(log_next(l) == next + 1);
	}
	log_close(l);
	if (next + 1 >= NUMBERS)
		return;
	require(read_all_of(got, &after, copied) && after == next + 1 && got[next]);
	got[next] = false;
	require(memcmp(got, before, sizeof(got)) == 0);
}

/* Only a log without a segment, or one with a header that tells of another
 * format. */
static void judge_refused(const struct damaged *v, bool none)
{
	bool other = false;

	for (size_t i = 0; i < v->n; i++) {
		const struct segment_file *s = &v->v[i];
		require(s->removed || !none);
		other |= !s->removed && s->data.len >= 8 && memcmp(s->data.data, "BJLOG", 5) == 0 &&
		    memcmp(s->data.data, "BJLOG001", 8) != 0 && untouched(s, 0, 5);
	}
	require(none || other);
	reached(REFUSED);
}

static void judge(const struct damaged *v)
{
	bool had[NUMBERS], must[NUMBERS], got[NUMBERS], again[NUMBERS], all = true, hole = false;
	struct tree first, second;
	uint64_t next, next2;
	bool copied = false;

	for (size_t i = 0; i < v->n; i++)
		copied |= v->v[i].copied;
	must_be_read(v, had, must);
	if (!read_all_of(got, &next, copied)) {
		require(errno == ENOENT || errno == EPROTONOSUPPORT);
		judge_refused(v, errno == ENOENT);
		return;
	}
	tree_read(&first, dir);
	require(read_all_of(again, &next2, copied) && next2 == next);
	tree_read(&second, dir);
	tree_drop(&first, "lock");
	tree_drop(&second, "lock");
	require(tree_equal(&first, &second));
	require(memcmp(got, again, sizeof(got)) == 0);
	for (size_t i = 0; i < v->n; i++) {
		const struct buf *now = tree_file(&first, v->from->v[i].path);
		if (now != NULL && now->len < v->v[i].data.len)
			reached(CUT);
	}
	tree_free(&first);
	tree_free(&second);
	for (size_t i = 0; i < NUMBERS; i++) {
		require(!must[i] || got[i]);
		require(!got[i] || had[i]);
		all &= had[i] == got[i];
		hole |= had[i] && !got[i];
		if (hole && got[i])
			reached(HOLE);
	}
	if (all)
		reached(WHOLE);
	judge_append(got, next, copied);
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	struct damaged v;

	damaged_load(&v, &logs[input_byte(&in) % LOGS]);
	for (unsigned i = 0; in.left > 0 && i < OPS_MAX; i++)
		damage(&v, &in);
	damaged_store(&v, dir);
	judge(&v);
	damaged_free(&v);
}

const struct target target_recover = { "recover", goals, begin, run };
