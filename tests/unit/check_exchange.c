/* SPDX-License-Identifier: ISC */
/*
 * The sender against the receiver, in two processes. The oracle is the log
 * itself: what the spool holds must be what the archive holds, record for
 * record. (A line that breaks is check_cut's.)
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/start.h"
#include "common/exchange/lines.h"
#include "common/exchange/proof.h"
#include "common/exchange/sender.h"
#include "common/exchange/wire.h"
#include "common/log/log.h"
#include "common/log/spool.h"
#include "master/receive.h"
#include "master/store/store.h"
#include "tests/unit/exchange.h"
#include "tests/unit/suite.h"

/* --- One session --- */

static const char *asked = "web7"; /* of a pull */

struct outcome {
	int rc;
	struct fail fail;
	bool nothing;
	uint64_t wait, sent, acked;
};

/* In a process of its own: the node, which tells how it went through
 * `report`. */
static pid_t start_sender(
    int fd, int close_this, enum direction direction, const uint8_t *hash, int report)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct send s = { .config = &nc,
			.direction = direction,
			.timeout = 10,
			.master = direction == DIRECTION_PUSH ? "m1" : NULL };
		struct outcome o = { 0 };
		close(close_this);
		memcpy(s.hash, hash, sizeof(s.hash));
		o.rc = send_session(&s, fd, fd);
		o.fail = s.fail;
		o.nothing = s.nothing_to_send;
		o.wait = s.wait;
		o.sent = s.records;
		o.acked = s.acked;
		(void)!write(report, &o, sizeof(o));
		_exit(0);
	}
	close(fd);
	return pid;
}

static struct outcome node_side, master_side;
static void (*on_step)(void *onlooker, const char *text); /* of the master */

static int line_end = -1;    /* the master's end of the line */
static unsigned breaks_with; /* sync of the master's from now on; 0: none */

int fdatasync(int fd)
{
	if (breaks_with > 0 && --breaks_with == 0)
		shutdown(line_end, SHUT_RDWR);
	return (int)syscall(SYS_fdatasync, fd);
}

/* A session in which the node believes in `hash` and comes by
 * `node_direction`. */
static void session(enum direction direction, enum direction node_direction, const uint8_t *hash)
{
	int line[2], report[2];
	struct receive r = { .config = &mc,
		.direction = direction,
		.node = direction == DIRECTION_PULL ? asked : NULL,
		.address = "",
		.proof_seconds = 10,
		.step = on_step,
		.timeout = 10 };
	pid_t sender;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
	ck_assert_int_eq(pipe(report), 0);
	line_end = line[1];
	sender = start_sender(line[0], line[1], node_direction, hash, report[1]);
	close(report[1]);
	r.store = store_open(&mc);
	master_side = (struct outcome){ .rc = receive_session(&r, line_end, line_end) };
	master_side.fail = r.fail;
	master_side.wait = r.wait;
	store_close(r.store);
	close(line_end);
	node_side = (struct outcome){ .rc = -2 };
	(void)!read(report[0], &node_side, sizeof(node_side));
	close(report[0]);
	waitpid(sender, NULL, 0);
}

static void good_session(enum direction direction)
{
	session(direction, direction, node_hash);
	ck_assert_msg(node_side.rc == 0, "node: %s", node_side.fail.text);
	ck_assert_msg(master_side.rc == 0, "master: %s", master_side.fail.text);
}

/* --- The oracle --- */

static void nothing_stored(void)
{
	char *archive = archive_path(0);

	ck_assert_ptr_null(archive);
}

/* --- Tests --- */

START_TEST(both_ways)
{
	put(10, 300, false);
	good_session(DIRECTION_PULL);
	same(10);
	put(15, 300, true);
	good_session(DIRECTION_PUSH);
	same(25);
	good_session(DIRECTION_PULL);
	ck_assert(node_side.nothing);
	same(25);
	put(3, 700000, true);
	put(200, 20, false);
	good_session(DIRECTION_PUSH);
	same(228);
}
END_TEST

START_TEST(largest_record)
{
	uint8_t before[32], after[32];
	char *spool, *archive;

	put(1, RECORD_MAX, true);
	put(1, RECORD_MAX, false);
	spool = spool_path(&nc);
	ck_assert_uint_eq(digest_of(spool, 1, before), 2); /* what is acknowledged is trimmed */
	good_session(DIRECTION_PULL);
	archive = archive_path(0);
	ck_assert_uint_eq(digest_of(archive, 1, after), 2);
	ck_assert_mem_eq(before, after, sizeof(before));
	free(spool);
	free(archive);
}
END_TEST

START_TEST(nothing_yet)
{
	good_session(DIRECTION_PULL);
	ck_assert(node_side.nothing);
	nothing_stored();
	put(1, 10, false);
	good_session(DIRECTION_PULL);
	same(1);
}
END_TEST

START_TEST(wrong_hash)
{
	uint8_t other[HASH_SIZE];

	put(3, 100, false);
	memcpy(other, node_hash, sizeof(other));
	other[31] ^= 1;
	for (int i = 0; i < 2; i++) {
		enum direction direction = i == 0 ? DIRECTION_PULL : DIRECTION_PUSH;
		session(direction, direction, other);
		ck_assert_int_eq(master_side.rc, -1);
		ck_assert_int_eq(master_side.fail.code, ERR_AUTH);
		ck_assert_int_eq(node_side.rc, -1);
		ck_assert_int_eq(node_side.fail.code, ERR_AUTH);
		ck_assert_uint_eq(node_side.sent, 0);
	}
	nothing_stored();
}
END_TEST

START_TEST(spliced)
{
	put(3, 100, false);
	session(DIRECTION_PUSH, DIRECTION_PULL, node_hash);
	ck_assert_int_eq(master_side.fail.code, ERR_AUTH);
	ck_assert_int_eq(node_side.fail.code, ERR_AUTH);
	session(DIRECTION_PULL, DIRECTION_PUSH, node_hash);
	ck_assert_int_eq(master_side.fail.code, ERR_AUTH);
	nothing_stored();
}
END_TEST

START_TEST(unknown_and_off)
{
	struct store *s;

	put(3, 100, false);
	s = store_open(&mc);
	node.mode = NODE_OFF;
	ck_assert_int_eq(store_node_put(s, &node), 0);
	session(DIRECTION_PUSH, DIRECTION_PUSH, node_hash);
	ck_assert_int_eq(node_side.fail.code, ERR_DISABLED);
	node.mode = NODE_PULL;
	ck_assert_int_eq(store_node_put(s, &node), 0);
	session(DIRECTION_PUSH, DIRECTION_PUSH, node_hash);
	ck_assert_int_eq(node_side.fail.code, ERR_DISABLED);
	ck_assert_int_eq(store_node_remove(s, "web7", true), 0);
	session(DIRECTION_PUSH, DIRECTION_PUSH, node_hash);
	ck_assert_int_eq(node_side.fail.code, ERR_AUTH);
	store_close(s);
}
END_TEST

START_TEST(waits)
{
	struct store *s;

	s = store_open(&mc);
	node.min_period = 240;
	ck_assert_int_eq(store_node_put(s, &node), 0);
	store_close(s);
	put(3, 100, false);
	good_session(DIRECTION_PUSH);
	same(3);
	put(3, 100, false);
	good_session(DIRECTION_PUSH);
	ck_assert_uint_ge(node_side.wait, 200);
	ck_assert_uint_le(node_side.wait, 210);
	ck_assert_uint_eq(node_side.sent, 0);
	good_session(DIRECTION_PULL); /* only a push is held back */
	same(6);
}
END_TEST

/* A snapshot is restored on the node: the master has records that the node will
 * write anew. */
START_TEST(restored_node)
{
	char command[512];
	char *first, *second;
	uint8_t d[32];

	put(5, 100, false);
	good_session(DIRECTION_PULL);
	snprintf(command, sizeof(command), "cp -a %s/node %s/snapshot", top, top);
	ck_assert_int_eq(system(command), 0);
	put(5, 100, true);
	good_session(DIRECTION_PULL);
	snprintf(
	    command, sizeof(command), "rm -rf %s/node && mv %s/snapshot %s/node", top, top, top);
	ck_assert_int_eq(system(command), 0);
	put(8, 100, true); /* numbers 6 to 13, of which the master has other 6 to 10 */
	session(DIRECTION_PULL, DIRECTION_PULL, node_hash);
	ck_assert_int_eq(node_side.fail.code, ERR_REGRESSED);
	ck_assert_int_eq(master_side.fail.code, ERR_REGRESSED);
	good_session(DIRECTION_PULL);
	first = archive_path(0);
	second = archive_path(1);
	ck_assert_uint_eq(digest_of(first, 1, d), 10);
	ck_assert_uint_eq(digest_of(second, 6, d), 8);
	free(first);
	free(second);
}
END_TEST

/* A push of a node by hand, in a process of its own: what that returns. */
static int push_by_hand(int (*node_does)(struct wire *w, const char *greeting))
{
	struct receive r = { .config = &mc,
		.direction = DIRECTION_PUSH,
		.address = "",
		.proof_seconds = 10,
		.timeout = 10 };
	int s[2], status;
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	pid = fork();
	if (pid == 0) {
		char greeting[WIRE_LINE_MAX];
		struct wire w;
		close(s[0]);
		_exit(wire_init(&w, s[1], s[1]) == -1 || wire_get_line(&w, greeting) != 1
			? 100
			: node_does(&w, greeting));
	}
	close(s[1]);
	r.store = store_open(&mc);
	master_side = (struct outcome){ .rc = receive_session(&r, s[0], s[0]), .fail = r.fail };
	store_close(r.store);
	close(s[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static const char *said_name = "web7";

/* NODE; and what is answered, in line. */
static void say_node(struct wire *w, const char *greeting, const uint8_t *secret, char *line)
{
	struct node_line n = { .base = 1, .first = 1, .next = 10 };
	char mac[MAC_HEX + 1];

	nonce_make(n.nonce);
	snprintf(n.name, sizeof(n.name), "%s", said_name);
	node_line_format(&n, line, WIRE_LINE_MAX);
	proof_session(secret, DIRECTION_PUSH, greeting, NULL, line, strlen(line), mac);
	line_add_mac(line, WIRE_LINE_MAX, mac);
	wire_put_line(w, line);
	wire_get_line(w, line);
}

static int say_version(struct wire *w, const char *greeting)
{
	(void)greeting;
	return wire_put_line(w, "ERR version ") == -1;
}

/* What the version before answers to our greeting. */
START_TEST(node_of_version_1)
{
	ck_assert_int_eq(push_by_hand(say_version), 0);
	ck_assert_int_eq(master_side.rc, -1);
	ck_assert_int_eq(master_side.fail.code, ERR_VERSION);
	ck_assert_str_eq(master_side.fail.text, "the node says version");
}
END_TEST

static uint64_t false_end;

static int say_end(struct wire *w, const char *greeting)
{
	char line[WIRE_LINE_MAX];

	say_node(w, greeting, node_secret, line);
	snprintf(line, sizeof(line), "END %" PRIu64, false_end);
	wire_put_line(w, line);
	wire_get_line(w, line);
	return strncmp(line, "ACK ", 4) == 0;
}

/* END is not sealed: a program between the two cannot make the master pass over
 * records with it. */
START_TEST(forged_end)
{
	false_end = 10;
	ck_assert_int_eq(push_by_hand(say_end), 0);
	ck_assert_int_eq(master_side.rc, -1);
	ck_assert_int_eq(master_side.fail.code, ERR_PROTO);
	nothing_stored();
	false_end = 1;
	ck_assert_int_eq(push_by_hand(say_end), 1);
	ck_assert_int_eq(master_side.rc, 0);
	nothing_stored();
}
END_TEST

/* A node with a hash of its own, at the address of another. */
START_TEST(another_node_answers)
{
	put(3, 100, false);
	asked = "web8";
	session(DIRECTION_PULL, DIRECTION_PULL, node_hash);
	ck_assert_int_eq(master_side.fail.code, ERR_AUTH);
	ck_assert_int_eq(node_side.fail.code, ERR_AUTH);
	ck_assert_uint_eq(node_side.sent, 0);
	nothing_stored();
}
END_TEST

/* With the secret of another master: 0, if the answer is `auth`, and not at
 * once. */
static int prove_wrongly(struct wire *w, const char *greeting)
{
	char line[WIRE_LINE_MAX];
	uint8_t secret[SECRET_SIZE];
	int64_t began = monotonic_ms();

	secret_derive(node_hash, "m2", secret);
	say_node(w, greeting, secret, line);
	return strcmp(line, "ERR auth ") != 0 ? 1 : monotonic_ms() - began < 20 ? 2 : 0;
}

/*
 * A node that does not know the hash is told so, and no position. That a name
 * is unknown shows in nothing: the answer does not come when the work is done,
 * but at a moment of its own.
 */
START_TEST(unproved_node)
{
	ck_assert_int_eq(push_by_hand(prove_wrongly), 0);
	said_name = "nobody";
	ck_assert_int_eq(push_by_hand(prove_wrongly), 0);
}
END_TEST

/* One session of a node at a time, on each side. */
START_TEST(one_at_a_time)
{
	struct store *s;
	int lock;

	put(3, 100, false);
	lock = spool_session_lock(&nc);
	ck_assert_int_ne(lock, -1);
	session(DIRECTION_PULL, DIRECTION_PULL, node_hash);
	ck_assert_int_eq(node_side.fail.code, ERR_BUSY);
	ck_assert_int_eq(master_side.fail.code, ERR_BUSY);
	close(lock);
	s = store_open(&mc);
	lock = store_session_lock(s, "web7");
	ck_assert_int_ne(lock, -1);
	session(DIRECTION_PUSH, DIRECTION_PUSH, node_hash);
	ck_assert_int_eq(node_side.fail.code, ERR_BUSY);
	close(lock);
	store_close(s);
	nothing_stored();
	good_session(DIRECTION_PUSH);
	same(3);
}
END_TEST

static uint64_t size_at_end;

static void note_size(void *onlooker, const char *text)
{
	char *path;
	struct log *l;

	(void)onlooker;
	if (strstr(text, "received and stored") == NULL)
		return;
	path = archive_path(0);
	l = must(log_open(path, LOG_PEEK));
	size_at_end = log_size(l);
	log_close(l);
	free(path);
}

/* Before the session ends, however long it is. */
START_TEST(quota_within_a_session)
{
	struct node_state st;
	struct store *s;

	mc.max_size = 12 << 20;
	put(7, 5000000, true);
	on_step = note_size;
	good_session(DIRECTION_PULL);
	ck_assert_uint_gt(size_at_end, 0);
	ck_assert_uint_le(size_at_end, 25000000);
	s = store_open(&mc);
	ck_assert_int_eq(store_state(s, "web7", &st), 0);
	ck_assert_uint_eq(st.records, 7);
	ck_assert(st.cut_records >= 4 && st.cut_records < 7);
	ck_assert_uint_eq(st.bytes, 7 * 5000000);
	ck_assert_int_ne(st.cut, 0);
	ck_assert_uint_eq(st.gaps, 0);
	store_close(s);
}
END_TEST

/* A push that stored something counts for the period, though it broke off. */
START_TEST(min_period_however_it_ended)
{
	struct node_state st;
	struct store *s;

	s = store_open(&mc);
	node.min_period = 240;
	ck_assert_int_eq(store_node_put(s, &node), 0);
	put(4, 600000, true);
	breaks_with = 3; /* behind the log and a record */
	session(DIRECTION_PUSH, DIRECTION_PUSH, node_hash);
	ck_assert_int_eq(master_side.rc, -1);
	ck_assert_int_eq(store_state(s, "web7", &st), 0);
	ck_assert_uint_gt(st.records, 0);
	ck_assert_uint_lt(st.records, 4);
	good_session(DIRECTION_PUSH);
	ck_assert_uint_ge(node_side.wait, 200);
	good_session(DIRECTION_PULL);
	same(4);
	store_close(s);
}
END_TEST

static void time_is_over(void *onlooker, const char *text)
{
	(void)onlooker;
	if (strstr(text, "asked for records") != NULL)
		raise(SIGALRM);
}

/* In order: with its state kept, and the node told nothing that is not so. */
START_TEST(ended_in_time)
{
	struct node_state st;
	struct store *s;

	put(3, 100, false);
	start_end_after(3600);
	on_step = time_is_over;
	session(DIRECTION_PULL, DIRECTION_PULL, node_hash);
	ck_assert_int_eq(master_side.rc, -1);
	ck_assert_int_eq(master_side.fail.exit_code, EX_TEMPFAIL);
	ck_assert_ptr_nonnull(strstr(master_side.fail.text, "took too long; 3 records left"));
	ck_assert_int_eq(node_side.rc, -1);
	s = store_open(&mc);
	ck_assert_int_eq(store_state(s, "web7", &st), 0);
	ck_assert_uint_eq(st.left, 3);
	store_close(s);
}
END_TEST

SUITE_MAIN_FIXTURE("exchange", begin, end, both_ways, largest_record, nothing_yet, wrong_hash,
    node_of_version_1, spliced, unknown_and_off, waits, restored_node, forged_end,
    another_node_answers, unproved_node, one_at_a_time, quota_within_a_session,
    min_period_however_it_ended, ended_in_time)
