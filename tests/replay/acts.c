/* SPDX-License-Identifier: ISC */
#include "tests/replay/acts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/log/segment.h"
#include "tests/replay/crash.h"
#include "tests/replay/record.h"

/* --- Steps --- */

static struct op *note(struct run *r, enum op_kind kind, uint64_t seq)
{
	struct op *o = trace_add(&r->trace, kind);

	o->seq = seq;
	return o;
}

/* Whoever opens a log may name where it ends and hand out what is in it: all
 * that must be durable. */
static void note_named(struct run *r, struct log *l)
{
	struct buf scratch = BUF_INIT(FRAME_MAX);
	struct log_frame f;
	const char *why;

	memcpy(note(r, OP_NAMED, log_next(l))->log, log_id(l)->b, 16);
	if (log_seek(l, log_first(l)) == -1)
		die(EX_SOFTWARE, "seeking: %s", strerror(errno));
	while (log_read(l, &f) == 1) {
		const uint8_t *raw = frame_body(&f.head, f.data, &scratch, &why);
		struct record rec;
		size_t at = 0;
		struct op *o;
		if (raw == NULL || record_next(raw, f.head.raw_len, &at, &rec) == -1)
			die(EX_SOFTWARE, "a frame without a record");
		o = note(r, OP_STORED, f.head.seq);
		o->n = record_number(&rec);
		o->count = f.head.count;
	}
	buf_free(&scratch);
}

static int reopen(struct run *r)
{
	struct log_limits limits = { .max_size = r->max_size };

	log_close(r->l);
	r->l = NULL;
	r->l = subject_open(&r->s);
	if (r->l == NULL) {
		if (r->tidy)
			die(EX_SOFTWARE, "opening %s: %s", r->s.dir, strerror(errno));
		return -1;
	}
	log_set_limits(r->l, &limits);
	note_named(r, r->l);
	return 0;
}

static void end(struct run *r)
{
	log_close(r->l);
	r->l = NULL;
}

static int put_sized(struct run *r, uint64_t count, size_t size)
{
	struct buf frame = BUF_INIT(FRAME_MAX);
	uint64_t n = r->n + 1;
	struct op *o;
	size_t gone;
	int rc;

	if ((r->l == NULL && reopen(r) == -1) ||
	    subject_frame(&frame, r->l, r->seed, n, count, size) == -1)
		return -1;
	o = note(r, OP_MADE, log_next(r->l));
	o->n = n;
	o->count = count;
	r->n += count;
	/* What goes by the limit goes while we append; how far is seen
	 * afterwards. */
	gone = r->trace.n;
	note(r, OP_GONE, r->max_size > 0 ? log_next(r->l) : 0);
	rc = log_append(r->l, (uint8_t *)frame.data, frame.len);
	if (r->max_size > 0)
		r->trace.v[gone].seq = log_first(r->l);
	if (rc == 0) {
		o = note(r, OP_STORED, 0);
		o->n = n;
		o->count = count;
	} else if (r->tidy) {
		die(EX_SOFTWARE, "appending: %s", strerror(errno));
	}
	buf_free(&frame);
	return rc;
}

/* After a failure the program ends, and the next one tries; then nobody. */
static void put(struct run *r, uint64_t count, size_t size)
{
	if (r->given_up || put_sized(r, count, size) == 0)
		return;
	end(r);
	r->given_up = put_sized(r, count, size) == -1;
}

static void put_some(struct run *r, int frames)
{
	for (int i = 0; i < frames; i++) {
		uint64_t x = rng_next(&r->rng);
		put(r, 1 + x % 3, (size_t)(x % 5 == 0 ? 400 + x % 900 : 20 + x % 200));
	}
}

static void acked(struct run *r, uint64_t seq)
{
	note(r, OP_ACKED, seq);
	log_acked_put(r->s.dir, seq);
}

static void trim(struct run *r, uint64_t seq)
{
	end(r); /* it takes the lock itself */
	note(r, OP_GONE, seq);
	log_trim(r->s.dir, seq);
}

/* --- Scenarios --- */

static void first_start(struct run *r)
{
	put_some(r, 3);
	end(r);
}

static void one_by_one(struct run *r)
{
	for (int i = 0; i < 5; i++) {
		put_some(r, 1);
		end(r);
	}
}

static void append(struct run *r)
{
	put_some(r, 8);
	end(r);
}

static void large(struct run *r)
{
	put(r, 1, 60);
	put(r, 1, 9000);
	put(r, 12, 700);
	put(r, 1, 60);
	end(r);
}

static void rollover(struct run *r)
{
	for (int i = 0; i < 3; i++) {
		put(r, 1, 1000);
		put_some(r, 1);
		put(r, 1, 600);
	}
	put_some(r, 1);
	end(r);
}

/* As a sender works: what is acknowledged is kept, now and then trimmed. */
static void sender(struct run *r)
{
	rollover(r);
	acked(r, 3);
	trim(r, 3);
	put_some(r, 1);
	acked(r, r->n / 2);
	trim(r, r->n / 2);
	put_some(r, 2);
	end(r);
	acked(r, r->n);
	trim(r, r->n);
	put_some(r, 1);
	end(r);
}

static void renew(struct run *r)
{
	put_some(r, 4);
	end(r);
	acked(r, 3);
	log_renew(r->s.dir);
	put_some(r, 2);
	end(r);
	log_renew(r->s.dir);
	put_some(r, 1);
	end(r);
}

static void over_limit(struct run *r)
{
	r->max_size = 5000;
	for (int i = 0; i < 5; i++) {
		put(r, 1, 900);
		put(r, 1, 800);
	}
	end(r);
}

/* A master's archive passes over what a node has lost. */
static void jump(struct run *r)
{
	uint64_t to;

	put_some(r, 2);
	for (int i = 0; i < 2; i++) {
		if (r->l == NULL && reopen(r) == -1)
			return;
		to = log_next(r->l) + 5;
		note(r, OP_JUMP, to);
		if (log_jump(r->l, to) == -1)
			end(r);
		put_some(r, 2);
	}
	end(r);
}

/* The number that the last segment begins with; 0: there is none. */
static uint64_t newest_first(const struct run *r)
{
	int dir = open(r->s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct segment_list list = { .n = 0 };
	uint64_t first = 0;

	if (dir != -1 && segment_list_read(&list, dir, false) == 0 && list.n > 0)
		first = list.first[list.n - 1];
	segment_list_free(&list);
	close_fd(dir);
	return first;
}

/* A master's archive ends by age, and by size. */
static void retention(struct run *r)
{
	rollover(r);
	note(r, OP_GONE, newest_first(r));
	log_trim(r->s.dir, UINT64_MAX);
	put_some(r, 1);
	end(r);
}

static int newest_segment(const struct run *r)
{
	char name[SEGMENT_NAME_LEN + 1];
	int dir = open(r->s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd;

	segment_name(newest_first(r), name);
	fd = openat(dir, name, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		die(EX_OSERR, "%s/%s: %s", r->s.dir, name, strerror(errno));
	close(dir);
	return fd;
}

/* A snapshot from before the last two frames; its master has them. */
static void prepare_lost_tail(struct run *r)
{
	struct log *l;
	uint64_t n;
	off_t end_then;
	int fd;

	put(r, 2, 60);
	put(r, 1, 200);
	end(r);
	fd = newest_segment(r);
	end_then = lseek(fd, 0, SEEK_END);
	n = r->n;
	put(r, 1, 40);
	put(r, 1, 40);
	end(r);
	acked(r, r->n + 1);
	l = log_open(r->s.dir, LOG_PEEK);
	if (l == NULL)
		die(EX_OSERR, "opening %s: %s", r->s.dir, strerror(errno));
	r->before.tail_lost = true;
	memcpy(r->before.lost_log, log_id(l)->b, sizeof(r->before.lost_log));
	log_close(l);
	if (ftruncate(fd, end_then) == -1)
		die(EX_OSERR, "ftruncate");
	close(fd);
	promise_take(&r->before, &r->trace, r->trace.n);
	memset(r->before.stored + n + 1, 0, (size_t)(RECORDS - n - 1));
	memset(r->before.made + n + 1, 0, (size_t)(RECORDS - n - 1));
	r->before.named = 0;
}

static void prepare_bad_header(struct run *r)
{
	static const uint8_t bad[] = "!";
	int fd;

	rollover(r);
	fd = newest_segment(r);
	if (pwrite(fd, bad, 1, 0) != 1 || pwrite(fd, bad, 1, 50) != 1)
		die(EX_OSERR, "pwrite");
	close(fd);
	promise_take(&r->before, &r->trace, r->trace.n);
}

const struct scenario scenarios[] = {
	{ "first-start", true, NULL, first_start },
	{ "one-by-one", true, NULL, one_by_one },
	{ "append", true, NULL, append },
	{ "large", true, NULL, large },
	{ "rollover", true, NULL, rollover },
	{ "sender", true, NULL, sender },
	{ "renew", true, NULL, renew },
	{ "over-limit", true, NULL, over_limit },
	{ "lost-tail", true, prepare_lost_tail, one_by_one },
	{ "bad-header", true, prepare_bad_header, first_start },
	{ "archive", false, NULL, append },
	{ "archive-rollover", false, NULL, rollover },
	{ "archive-jump", false, NULL, jump },
	{ "archive-retention", false, NULL, retention },
};
const size_t n_scenarios = sizeof(scenarios) / sizeof(scenarios[0]);

/* --- After a kill --- */

void scenario_next_session(struct run *r)
{
	struct log *l =
	    r->s.spool ? log_open_spool(r->s.dir, LOG_READ) : log_open(r->s.dir, LOG_READ);

	if (l != NULL)
		note_named(r, l);
	log_close(l);
}

void scenario_next_writer(struct run *r)
{
	put(r, 1, 60);
	end(r);
}
