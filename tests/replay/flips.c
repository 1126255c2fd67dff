/* SPDX-License-Identifier: ISC */
/*
 * flips: every bit of a 64 KiB segment flipped, one at a time. The damage is
 * found and named with file and offset, every other frame is delivered as it
 * was written, and nothing else is; what is not the tail is not changed. Where
 * the bit is of the log id, and no other segment has it, no frame is delivered,
 * and none is cut off. Two processes share the bits. The segment lies in memory
 * (a directory on tmpfs).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/log/log.h"
#include "common/log/segment.h"
#include "tests/oracle/oracle.h"
#include "tests/replay/record.h"

#define SIZE 65536
#define FRAMES 256
#define PROCESSES 2
#define FAULTS_SHOWN 5
/*
 * Short: one flip in so many is read from the first frame to the last. The
 * others from the frame before the damage to some behind it: a reader that has
 * delivered these is where it would be without the damage.
 */
#define WHOLE_EVERY 16
#define BEHIND 5
#define NAME "0000000000000001.seg"
#define SOURCE "flips"
#define FRAME_OVERHEAD (FRAME_HEADER + FRAME_TRAILER + RECORD_HEADER + sizeof(SOURCE) - 1)

static uint64_t seed = 1, limit = UINT64_MAX;
static bool closed; /* another segment lies behind this one */
static bool whole;  /* every flip is read from the first frame to the last */
static uint8_t original[SIZE];
static struct {
	size_t at, len;
	uint64_t seq;
} frames[FRAMES];
static size_t n_frames; /* in the segment */
static struct log_id id;
static char base[80], dir[112];
static int fd; /* of the segment */

static struct shared {
	uint64_t flips, faults;
} * shared;

/* --- The segment --- */

static void append(struct log *l, uint64_t n, size_t size, enum frame_effort effort)
{
	struct buf raw = BUF_INIT(FRAME_MAX), payload = BUF_INIT(FRAME_MAX),
		   frame = BUF_INIT(FRAME_MAX);
	struct record r = {
		.time_ns = (int64_t)n, .source = SOURCE, .source_len = sizeof(SOURCE) - 1
	};

	if (payload_make(&payload, seed, n, PAYLOAD_BYTES, size) == -1)
		die(EX_OSERR, "no memory");
	r.payload = (uint8_t *)payload.data;
	r.len = payload.len;
	if (record_add(&raw, &r) == -1 ||
	    frame_build(&frame, log_id(l), log_next(l), 1, (uint8_t *)raw.data, raw.len, effort) ==
		-1 ||
	    log_append(l, (uint8_t *)frame.data, frame.len) == -1)
		die(EX_OSERR, "appending: %s", strerror(errno));
	buf_free(&raw);
	buf_free(&payload);
	buf_free(&frame);
}

static void make_segment(void)
{
	struct log *l = log_open_or_make(dir, &(struct log_id){ { 9 } }, 1, 1);
	uint64_t n = 0;

	if (l == NULL)
		die(EX_OSERR, "%s: %s", dir, strerror(errno));
	id = *log_id(l);
	while (SIZE - log_size(l) > 5000) {
		n++;
		append(l, n, 20 + n * 7919 % 3000, n % 2 == 0 ? FRAME_SMALL : FRAME_PLAIN);
	}
	append(l, ++n, SIZE - log_size(l) - FRAME_OVERHEAD, FRAME_PLAIN);
	if (log_size(l) != SIZE)
		die(EX_SOFTWARE, "the segment has %" PRIu64 " bytes", log_size(l));
	if (closed) {
		if (log_jump(l, log_next(l) + 3) == -1)
			die(EX_OSERR, "another segment: %s", strerror(errno));
		append(l, ++n, 100, FRAME_PLAIN);
	}
	log_close(l);
}

/* Where its frames lie, by the code that is tested, before anything is
 * damaged. */
static void list_frames(void)
{
	struct log *l = log_open(dir, LOG_READ);
	struct log_frame f;
	size_t at = SEGMENT_HEADER;

	fd = open(dir, O_RDONLY | O_DIRECTORY);
	fd = openat(fd, NAME, O_RDWR | O_CLOEXEC);
	if (l == NULL || fd == -1 || pread_full(fd, original, SIZE, 0) != SIZE)
		die(EX_OSERR, "%s: %s", dir, strerror(errno));
	for (n_frames = 0; at < SIZE && log_read(l, &f) == 1; n_frames++) {
		frames[n_frames].at = at;
		frames[n_frames].len = f.len;
		frames[n_frames].seq = f.head.seq;
		if (memcmp(original + at, f.data, f.len) != 0)
			die(EX_SOFTWARE, "a frame is not where it should be");
		at += f.len;
	}
	log_close(l);
	if (at != SIZE)
		die(EX_SOFTWARE, "the frames do not fill the segment");
}

/* --- One flip --- */

/* All from frame `from` on but the damaged one (n_frames: none), and then what
 * lies in the next segment. */
static const char *read_on(struct log *l, size_t from, size_t to, size_t damaged)
{
	struct log_frame f;
	int rc;

	if (log_seek(l, frames[from].seq) == -1)
		return "seeking failed";
	for (size_t i = from; i < to; i++) {
		if (i == damaged)
			continue;
		rc = log_read(l, &f);
		if (rc != 1)
			return rc == 0 ? "a frame is missing" : "reading failed";
		if (f.head.seq != frames[i].seq || f.len != frames[i].len ||
		    memcmp(f.data, original + frames[i].at, f.len) != 0)
			return "another frame than the next was delivered";
	}
	if (to < n_frames)
		return NULL;
	rc = log_read(l, &f);
	if (closed && rc == 1 && f.head.seq == frames[n_frames - 1].seq + 4)
		rc = log_read(l, &f);
	else if (closed)
		return "the next segment is missing";
	return rc == 0 ? NULL : "more than there is was delivered";
}

static void find_segment(int d)
{
	close_fd(fd);
	fd = openat(d, NAME, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		die(EX_OSERR, "%s/" NAME ": %s", dir, strerror(errno));
}

/* Is nothing delivered, and all of the segment still there? */
static const char *all_kept(struct log *l, size_t at)
{
	static uint8_t now[SIZE];
	struct log_frame f;
	int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (log_seek(l, 1) == -1 || log_read(l, &f) != 0)
		return "a frame was delivered under an id that is damaged";
	find_segment(d);
	close_fd(d);
	if (pread_full(fd, now, SIZE, 0) != SIZE)
		return "the segment was cut";
	now[at] = original[at];
	return memcmp(now, original, SIZE) == 0 ? NULL : "the segment was changed";
}

/* Was the damage named with the file, and with the offset of its frame? */
static const char *named(size_t damaged)
{
	char words[64];

	if (damaged == n_frames)
		snprintf(words, sizeof(words), NAME ": the header is damaged");
	else if (damaged == n_frames - 1 && !closed)
		snprintf(words, sizeof(words), NAME ": cut at %zu,", frames[damaged].at);
	else
		snprintf(words, sizeof(words), NAME ": damaged from %zu to %zu ",
		    frames[damaged].at, frames[damaged].at + frames[damaged].len);
	return strstr(recorder.said, words) != NULL ? NULL : "it was not named";
}

/* What was cut was written anew, into another file; and the note in `lock` is
 * to be of the file as it was. */
static void restore(bool header)
{
	struct stat st;
	int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	find_segment(d);
	if (pwrite_full(fd, original, SIZE, 0) == -1 || fstat(fd, &st) == -1 || st.st_size != SIZE)
		die(EX_OSERR, "restoring: %s", strerror(errno));
	/* What was begun behind the damaged header. */
	if (header && !closed) {
		char name[SEGMENT_NAME_LEN + 1];
		segment_name(frames[0].seq + 1, name);
		unlinkat(d, name, 0);
	}
	for (uint64_t seq = frames[n_frames - 1].seq + 1;
	     header && seq < frames[n_frames - 1].seq + 8; seq++) {
		char name[SEGMENT_NAME_LEN + 1];
		segment_name(seq, name);
		if (!closed || seq != frames[n_frames - 1].seq + 4)
			unlinkat(d, name, 0);
	}
	log_close(log_open(dir, LOG_READ));
	find_segment(d);
	close(d);
}

static const char *try_flip(uint64_t bit)
{
	size_t at = (size_t)(bit / 8), damaged = n_frames, from = 0, to = n_frames;
	uint8_t flipped = original[at] ^ (uint8_t)(1 << bit % 8);
	bool header = at < SEGMENT_HEADER, tail;
	bool lost = header && !closed && at >= 8 && at < 8 + sizeof(id);
	struct log *l;
	const char *why;

	for (size_t i = 0; !header && damaged == n_frames; i++) {
		if (at < frames[i].at + frames[i].len)
			damaged = i;
	}
	tail = header || (damaged == n_frames - 1 && !closed);
	if (!whole && !header && bit / PROCESSES % WHOLE_EVERY != 0) {
		from = damaged > 0 ? damaged - 1 : 0;
		to = damaged + BEHIND < n_frames ? damaged + BEHIND : n_frames;
	}
	if (pwrite_full(fd, &flipped, 1, (off_t)at) == -1)
		die(EX_OSERR, "flipping: %s", strerror(errno));
	record_quiet();
	l = log_open(dir, LOG_READ);
	if (l == NULL)
		return "it cannot be opened";
	why = lost ? all_kept(l, at) : read_on(l, from, to, damaged);
	if (why == NULL)
		why = named(damaged);
	if (why == NULL && !lost && memcmp(log_id(l), &id, sizeof(id)) != 0)
		why = "the log has another id";
	log_close(l);
	if (why == NULL && recorder.changes > 0 && !tail)
		why = "what is not the tail was changed";
	if (recorder.changes > 0)
		restore(header);
	else if (pwrite_full(fd, original + at, 1, (off_t)at) == -1)
		die(EX_OSERR, "restoring: %s", strerror(errno));
	return why;
}

static void share(unsigned process)
{
	struct shared *s = &shared[process];
	uint64_t step = limit >= (uint64_t)SIZE * 8 ? 1 : (uint64_t)SIZE * 8 / limit;

	snprintf(dir, sizeof(dir), "%s/flips%d.%u", base, closed, process);
	make_segment();
	list_frames();
	for (uint64_t bit = process * step; bit < (uint64_t)SIZE * 8; bit += PROCESSES * step) {
		const char *why = try_flip(bit);
		s->flips++;
		if (why != NULL && s->faults++ < FAULTS_SHOWN)
			printf("FAULT byte %" PRIu64 ", bit %" PRIu64
			       ": %s\n    the log says: %s\n",
			    bit / 8, bit % 8, why, recorder.said);
	}
	fflush(stdout);
	_exit(0);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* All of it in PROCESSES processes; false: there were faults. */
static bool all(const char *what)
{
	uint64_t start = now_ms(), flips = 0, bad = 0;
	int status;

	memset(shared, 0, PROCESSES * sizeof(*shared));
	fflush(stdout);
	for (unsigned i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();
		if (pid == -1)
			die(EX_OSERR, "fork: %s", strerror(errno));
		if (pid == 0)
			share(i);
	}
	for (unsigned i = 0; i < PROCESSES; i++) {
		if (wait(&status) == -1 || status != 0)
			bad++;
	}
	for (unsigned i = 0; i < PROCESSES; i++) {
		flips += shared[i].flips;
		bad += shared[i].faults;
	}
	printf("%" PRIu64 " flips in %s of %d bytes, seed %" PRIu64 ", %" PRIu64 " faults; %" PRIu64
	       " ms\n",
	    flips, what, SIZE, seed, bad, now_ms() - start);
	return bad == 0;
}

static void usage(void)
{
	fprintf(stderr, "usage: flips [-s SEED] [-n BITS] [-a] [-c] DIR\n");
	exit(EX_USAGE);
}

int main(int argc, char **argv)
{
	bool good;
	int c;

	msg_init(argv[0]);
	while ((c = getopt(argc, argv, "s:n:ca")) != -1) {
		switch (c) {
		case 's': seed = strtoull(optarg, NULL, 10); break;
		case 'n': limit = strtoull(optarg, NULL, 10); break;
		case 'a': whole = true; break;
		case 'c': closed = true; break;
		default: usage();
		}
	}
	if (optind + 1 != argc || limit == 0)
		usage();
	if (sodium_init() == -1)
		die(EX_SOFTWARE, "libsodium");
	snprintf(base, sizeof(base), "%s", argv[optind]);
	shared = mmap(NULL, PROCESSES * sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die(EX_OSERR, "mmap: %s", strerror(errno));
	good = all(closed ? "a closed segment" : "the last segment");
	printf("%d passed, %d failed\n", good, !good);
	return good ? 0 : 1;
}
