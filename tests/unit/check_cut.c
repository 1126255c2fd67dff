/* SPDX-License-Identifier: ISC */
/*
 * The exchange over a line that breaks behind any byte, in either direction:
 * the stream ends, is reset, or falls silent. Neither side believes more than
 * it was told, nothing is acknowledged before it is durable, and the next
 * session sends just what is missing. Node and master are threads, for a fork
 * is dear in places. EVERY=1 tries each byte, else one in EVERY.
 */
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/exchange/lines.h"
#include "common/exchange/sender.h"
#include "common/exchange/wire.h"
#include "master/receive.h"
#include "tests/unit/exchange.h"

#define FRAMES 3    /* stored before each trial */
#define EVERY 61    /* no divisor of a line's length */
#define SAID 8192   /* more than a side says in a session */
#define STEP_MS 100 /* a master that acknowledges nothing is waited for no longer */

enum flow { UP, DOWN }; /* what the node says, what the master says */
enum how { WHOLE, FIN, RST, SILENCE };

struct cut {
	enum flow flow;
	size_t at; /* so many bytes of the flow pass */
	enum how how;
};

/* --- A disk that takes a millisecond --- */

static _Atomic uint64_t durable; /* records below are on the master's disk */

static uint64_t next_of(char *path)
{
	struct log *l = path != NULL ? log_open(path, LOG_PEEK) : NULL;
	uint64_t next = l != NULL ? log_next(l) : 1;

	log_close(l);
	free(path);
	return next;
}

/* What was written before the sync is durable behind it. */
int fdatasync(int fd)
{
	char link[64], path[256] = "";
	uint64_t next;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	(void)!readlink(link, path, sizeof(path) - 1);
	if (strstr(path, "/archives/") == NULL)
		return 0;
	next = next_of(archive_path(0));
	sleep_ms(1);
	if (next > durable)
		durable = next;
	return 0;
}

/* --- The line --- */

static struct said {
	int from, to;
	size_t len, passed;
	bool ended, shut;
	char bytes[SAID];
} line[2];

/* A line, or a DATA line and its frame: the word it begins with, and the number
 * behind that. */
struct piece {
	char word[8];
	uint64_t number;
	size_t end;
};

/* The next whole piece of the first `limit` bytes, behind p->end; all zero
 * begins. */
static bool piece_next(const struct said *s, size_t limit, struct piece *p)
{
	const char *at = s->bytes + p->end, *lf = memchr(at, '\n', limit - p->end);
	size_t end = lf != NULL ? (size_t)(lf - s->bytes) + 1 : 0;
	char number[24] = "";

	if (lf == NULL)
		return false;
	p->word[0] = '\0';
	(void)sscanf(at, "%7[A-Z] %23[0-9]", p->word, number);
	p->number = strtoull(number, NULL, 10);
	if (strcmp(p->word, "DATA") == 0)
		end += (size_t)p->number;
	if (end > limit)
		return false;
	p->end = end;
	return true;
}

/* How many pieces begin with the word in what was passed; *last is the number
 * of the last one. */
static size_t count(const struct said *s, const char *word, uint64_t *last)
{
	struct piece p = { .end = 0 };
	size_t n = 0;

	while (piece_next(s, s->passed, &p)) {
		if (strcmp(p.word, word) == 0) {
			*last = p.number;
			n++;
		}
	}
	return n;
}

/* Up to the end of the first DATA that is not passed, once those before are
 * acknowledged. */
static size_t step_end(int64_t since)
{
	struct piece p = { .end = 0 };
	uint64_t n;

	if (count(&line[UP], "DATA", &n) > count(&line[DOWN], "ACK", &n) &&
	    monotonic_ms() - since < STEP_MS)
		return line[UP].passed;
	while (piece_next(&line[UP], line[UP].len, &p)) {
		if (strcmp(p.word, "DATA") == 0 && p.end > line[UP].passed)
			return p.end;
	}
	return line[UP].len;
}

static void pass_on(struct said *s, size_t limit)
{
	uint64_t acked = 0;

	if (limit > s->len)
		limit = s->len;
	if (limit > s->passed)
		(void)!write_full(s->to, s->bytes + s->passed, limit - s->passed);
	if (limit > s->passed)
		s->passed = limit;
	if (s->ended && !s->shut && s->passed == s->len)
		s->shut = shutdown(s->to, SHUT_WR) == 0 || true;
	if (s == &line[DOWN] && count(s, "ACK", &acked) > 0)
		ck_assert_msg(
		    acked <= durable, "ACK %" PRIu64 ", durable %" PRIu64, acked, durable);
}

static void take(struct said *s)
{
	ssize_t n = read(s->from, s->bytes + s->len, SAID - s->len);

	ck_assert_uint_lt(s->len, SAID);
	if (n > 0)
		s->len += (size_t)n;
	else
		s->ended = true;
}

static bool end_was_lost;

/* ssh ends with its user, and what is in it by then is lost: a node that is
 * done before its END has passed. */
static void look_at_end(void)
{
	struct pollfd p = { line[UP].from, 0, 0 };

	if (line[UP].len - line[UP].passed >= 4 &&
	    memcmp(line[UP].bytes + line[UP].passed, "END ", 4) == 0 && poll(&p, 1, 20) > 0)
		end_was_lost |= (p.revents & POLLHUP) != 0;
}

/* Passes on until the cut, or both have ended. With `steps` each DATA waits for
 * the ACK of the one before, as over a slow line, and all of them for END, as
 * of a node that is quicker than that. */
static void run_line(const struct cut *c, bool steps)
{
	int64_t since = monotonic_ms();

	while (!line[UP].shut || !line[DOWN].shut) {
		struct pollfd p[2] = { { line[UP].ended ? -1 : line[UP].from, POLLIN, 0 },
			{ line[DOWN].ended ? -1 : line[DOWN].from, POLLIN, 0 } };
		size_t before = line[UP].passed;

		if (c->how != WHOLE && line[c->flow].passed >= c->at)
			return;
		if (poll(p, 2, steps ? 10 : 1000) > 0) {
			for (int i = UP; i <= DOWN; i++) {
				if (p[i].revents != 0)
					take(&line[i]);
			}
		}
		for (int i = UP; i <= DOWN; i++) {
			size_t limit = i == UP && steps ? step_end(since) : SAID;
			bool cut = c->how != WHOLE && (int)c->flow == i && limit > c->at;
			if (i == UP && steps && limit > line[UP].passed)
				look_at_end();
			pass_on(&line[i], cut ? c->at : limit);
		}
		if (line[UP].passed > before)
			since = monotonic_ms();
	}
}

/* Both hear the end of the stream; what they still say is taken, and goes
 * nowhere. */
static void hang_up(void)
{
	for (int i = UP; i <= DOWN; i++)
		shutdown(line[i].to, SHUT_WR);
	for (int i = UP; i <= DOWN; i++) {
		while (!line[i].ended) {
			line[i].len = line[i].passed;
			take(&line[i]);
		}
	}
}

/* --- One session --- */

static enum direction direction;
static uint64_t patience; /* seconds without progress */
static int node_end, master_end;

struct side {
	int rc, exit_code;
	uint64_t records;
	char text[FAIL_TEXT_MAX];
};

static struct side node_side, master_side;

static void note(struct side *to, int rc, uint64_t records, const struct fail *f)
{
	*to = (struct side){ .rc = rc, .exit_code = f->exit_code, .records = records };
	snprintf(to->text, sizeof(to->text), "%s", f->text);
}

static void *run_node(void *arg)
{
	struct send s = { .config = &nc,
		.direction = direction,
		.timeout = patience,
		.master = direction == DIRECTION_PUSH ? "m1" : NULL };
	int rc;

	memcpy(s.hash, node_hash, sizeof(s.hash));
	rc = send_session(&s, node_end, node_end);
	note(&node_side, rc, s.records, &s.fail);
	close(node_end);
	return arg;
}

static void *run_master(void *arg)
{
	struct receive r = { .config = &mc,
		.direction = direction,
		.node = direction == DIRECTION_PULL ? "web7" : NULL,
		.address = "",
		.proof_seconds = 10,
		.overlap = direction == DIRECTION_PULL,
		.timeout = patience };
	int rc;

	r.store = store_open(&mc);
	rc = receive_session(&r, master_end, master_end);
	note(&master_side, rc, r.records, &r.fail);
	store_close(r.store);
	close(master_end);
	return arg;
}

static uint64_t told; /* the node, in any session */

static void note_told(void)
{
	uint64_t n;

	if (count(&line[DOWN], "FROM", &n) > 0 && n > told)
		told = n;
	if (count(&line[DOWN], "ACK", &n) > 0 && n > told)
		told = n;
}

static void session(const struct cut *c, bool steps)
{
	pthread_t node_thread, master_thread;
	int up[2], down[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, up), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, down), 0);
	node_end = up[0];
	master_end = down[0];
	line[UP] = (struct said){ .from = up[1], .to = down[1] };
	line[DOWN] = (struct said){ .from = down[1], .to = up[1] };
	durable = next_of(archive_path(0));
	ck_assert_int_eq(pthread_create(&node_thread, NULL, run_node, NULL), 0);
	ck_assert_int_eq(pthread_create(&master_thread, NULL, run_master, NULL), 0);
	run_line(c, steps);
	if (c->how == FIN)
		hang_up();
	if (c->how == RST) {
		close(up[1]);
		close(down[1]);
	}
	pthread_join(node_thread, NULL);
	pthread_join(master_thread, NULL);
	note_told();
	if (c->how != RST) {
		close(up[1]);
		close(down[1]);
	}
}

/* --- Trials --- */

/* Each a frame of its own on the line, for a number that was jumped over lies
 * behind it. */
static void put_apart(void)
{
	for (int i = 0; i < FRAMES; i++) {
		struct log *l;

		put(1, 20, true);
		l = spool_open_write(&nc);
		ck_assert_int_eq(log_jump(l, log_next(l) + 1), 0);
		log_close(l);
	}
}

/* How many records the archive has still to get. */
static uint64_t missing_records(void)
{
	return (next_of(spool_path(&nc)) - next_of(archive_path(0))) / 2;
}

/* The archive holds all records that there were, each once. (The spool is
 * trimmed at each jump.) */
static void nothing_is_missing(void)
{
	char *archive = archive_path(0);
	uint8_t digest[32];

	gaps_count = false;
	ck_assert_uint_eq(digest_of(archive, 1, digest), next_of(spool_path(&nc)) / 2);
	free(archive);
}

static const struct cut whole = { .how = WHOLE };

static void check_cut(const char *name)
{
	uint64_t end = next_of(spool_path(&nc)), next = next_of(archive_path(0));
	uint64_t acked = 0, n = 0;
	char *spool = spool_path(&nc);

	(void)count(&line[DOWN], "ACK", &acked);
	ck_assert_msg(log_acked(spool) <= told, "%s: the node freed %" PRIu64 ", told %" PRIu64,
	    name, log_acked(spool), told);
	ck_assert_msg(
	    next >= told, "%s: the master has %" PRIu64 ", said %" PRIu64, name, next, told);
	if (node_side.rc == 0)
		ck_assert_msg(
		    (end - acked) / 2 == 0, "%s: good for the node, told %" PRIu64, name, acked);
	else
		ck_assert_msg(node_side.exit_code == EX_TEMPFAIL, "%s: %s", name, node_side.text);
	if (master_side.rc == 0)
		ck_assert_msg(count(&line[UP], "END", &n) > 0, "%s: good without END", name);
	else
		ck_assert_msg(
		    master_side.exit_code == EX_TEMPFAIL, "%s: %s", name, master_side.text);
	free(spool);
}

static void try_cut(const struct cut *c, bool steps)
{
	static const char *const flows[] = { "up", "down" },
				 *const hows[] = { "", "fin", "rst", "silence" };
	uint64_t missing;
	char name[80];

	snprintf(name, sizeof(name), "%s:%s:%zu:%s%s",
	    direction == DIRECTION_PULL ? "pull" : "push", flows[c->flow], c->at, hows[c->how],
	    steps ? ", in steps" : "");
	put_apart();
	patience = c->how == SILENCE ? 1 : 10;
	session(c, steps);
	check_cut(name);
	missing = missing_records();
	patience = 10;
	session(&whole, false);
	ck_assert_msg(node_side.rc == 0, "%s, then: %s", name, node_side.text);
	ck_assert_msg(master_side.rc == 0, "%s, then: %s", name, master_side.text);
	ck_assert_msg(node_side.records == missing && master_side.records == missing,
	    "%s: %" PRIu64 " are missing, %" PRIu64 " are sent", name, missing, node_side.records);
}

/* How much each side says in a session that nothing cuts. */
static void measure(enum direction d, size_t said[2])
{
	direction = d;
	patience = 10;
	put_apart();
	end_was_lost = false;
	session(&whole, true);
	ck_assert(d == DIRECTION_PULL || !end_was_lost);
	said[UP] = line[UP].len;
	said[DOWN] = line[DOWN].len;
}

static void sweep(enum direction d)
{
	const char *every = getenv("EVERY");
	size_t step = every != NULL && every[0] > '0' ? strtoul(every, NULL, 10) : EVERY, said[2];
	unsigned n = 0;

	begin();
	told = 0;
	measure(d, said);
	for (int flow = UP; flow <= DOWN; flow++) {
		for (size_t at = 0; at<said[flow]; at += step> 0 ? step : 1) {
			for (int how = FIN; how <= RST; how++)
				try_cut(&(struct cut){ (enum flow)flow, at, (enum how)how },
				    n++ % 2 == 0);
		}
	}
	nothing_is_missing();
	end();
}

START_TEST(pull)
{
	sweep(DIRECTION_PULL);
}
END_TEST

START_TEST(push)
{
	sweep(DIRECTION_PUSH);
}
END_TEST

/* Behind the proofs, within DATA, and before the last ACK: both give up in
 * their time. */
START_TEST(silence)
{
	size_t said[2];

	begin();
	for (int d = DIRECTION_PULL; d <= DIRECTION_PUSH; d++) {
		measure((enum direction)d, said);
		try_cut(&(struct cut){ UP, said[UP] - 40, SILENCE }, false);
		try_cut(&(struct cut){ DOWN, said[DOWN] - 1, SILENCE }, true);
	}
	nothing_is_missing();
	end();
}
END_TEST

SUITE_MAIN("cut", pull, push, silence)
