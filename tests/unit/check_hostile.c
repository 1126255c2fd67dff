/* SPDX-License-Identifier: ISC */
/*
 * The node's sender against a master that does what no honest one does, by hand
 * over a socket: what is neither proved nor possible changes nothing, and
 * nothing is sent to who has not proved that it knows the secret.
 */
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/exchange/lines.h"
#include "common/exchange/sender.h"
#include "common/exchange/wire.h"
#include "tests/unit/exchange.h"

/* The session as the master sees it. */
static struct wire w;
static char greeting[WIRE_LINE_MAX], said[WIRE_LINE_MAX], line[WIRE_LINE_MAX];
static struct node_line n;
static pid_t node_pid;
static uint64_t forgotten; /* the master does not have this record */

static const struct record the_record = { .time_ns = 1,
	.source = "t",
	.source_len = 1,
	.payload = (const uint8_t *)"payload",
	.len = 7 };
static int sock;

static void put_same(int count)
{
	struct log *l = must(spool_open_write(&nc));

	for (int i = 0; i < count; i++)
		ck_assert_int_eq(put_record(l, log_next(l), &the_record, FRAME_PLAIN), 0);
	log_close(l);
}

/* Starts the node in a process of its own; its exit code is the error's
 * code. */
static void greet_as(const char *name)
{
	struct greeting g = { .time = (uint64_t)now_s() };
	int s[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	node_pid = fork();
	if (node_pid == 0) {
		struct send me = {
			.config = &nc, .direction = DIRECTION_PUSH, .timeout = 10, .master = "m1"
		};

		close(s[1]);
		memcpy(me.hash, node_hash, sizeof(me.hash));
		_exit(send_session(&me, s[0], s[0]) == 0 ? ERR_NONE : (int)me.fail.code);
	}
	close(s[0]);
	sock = s[1];
	ck_assert_int_eq(wire_init(&w, sock, sock), 0);
	snprintf(g.name, sizeof(g.name), "%s", name);
	nonce_make(g.nonce);
	greeting_format(&g, GREETING_SESSION, greeting, sizeof(greeting));
	ck_assert_int_eq(wire_put_line(&w, greeting), 0);
	ck_assert_int_eq(wire_get_line(&w, said), 1);
	ck_assert(node_line_parse(&n, said) == 0 || strncmp(said, "ERR ", 4) == 0);
}

/* Says `text`, with a proof or one that is a bit off. */
static void say(const char *text, bool proved)
{
	char mac[MAC_HEX + 1];

	snprintf(line, sizeof(line), "%s", text);
	proof_session(node_secret, DIRECTION_PUSH, greeting, said, line, strlen(line), mac);
	if (!proved)
		mac[MAC_HEX - 1] = mac[MAC_HEX - 1] == '0' ? '1' : '0';
	line_add_mac(line, sizeof(line), mac);
	ck_assert_int_eq(wire_put_line(&w, line), 0);
}

static void say_from(uint64_t seq, bool proved)
{
	struct from_line f = { .seq = seq };
	char text[WIRE_LINE_MAX];
	struct buf stored = BUF_INIT(1024);
	uint8_t key[SEAL_KEY];

	/* All records are one. */
	if (seq > 1 && seq - 1 != forgotten) {
		ck_assert_int_eq(record_add(&stored, &the_record), 0);
		proof_session_key(node_secret, DIRECTION_PUSH, greeting, said, key);
		record_check((const uint8_t *)stored.data, stored.len, key, f.check);
		buf_free(&stored);
	}
	from_line_format(&f, text, sizeof(text));
	say(text, proved);
}

/* The node's next line that is no DATA; what those held is counted in
 * *bytes. */
static const char *hear(uint64_t *bytes)
{
	uint64_t len;

	*bytes = 0;
	while (wire_get_line(&w, line) == 1) {
		static char data[FRAME_MAX + SEAL_EXTRA];

		if (number_line_parse("DATA", line, false, sizeof(data), &len) == -1)
			return line;
		ck_assert_int_eq(wire_get(&w, data, (size_t)len), 0);
		*bytes += len;
	}
	return "the end";
}

static enum err_code end_of_node(void)
{
	int status;

	wire_free(&w);
	close(sock);
	ck_assert_int_eq(waitpid(node_pid, &status, 0), node_pid);
	ck_assert(WIFEXITED(status));
	return (enum err_code)WEXITSTATUS(status);
}

static uint64_t acked_number(void)
{
	char *spool = spool_path(&nc);
	uint64_t seq = log_acked(spool);

	free(spool);
	return seq;
}

START_TEST(another_master)
{
	put_same(3);
	greet_as("m2");
	ck_assert_str_eq(said, "ERR auth ");
	ck_assert_int_eq(end_of_node(), ERR_AUTH);
}
END_TEST

/* A master that was taken over proves itself as another one of this node's: it
 * has a secret of its own, not the hash. */
START_TEST(as_another_master)
{
	uint64_t bytes;

	put_same(3);
	secret_derive(node_hash, "m2", node_secret);
	greet_as("m1");
	ck_assert(!proof_session_holds(node_secret, DIRECTION_PUSH, greeting, NULL, said));
	say_from(1, true);
	ck_assert_str_eq(hear(&bytes), "ERR auth ");
	ck_assert_uint_eq(bytes, 0);
	ck_assert_int_eq(end_of_node(), ERR_AUTH);
}
END_TEST

START_TEST(no_proof)
{
	uint64_t bytes;

	put_same(3);
	greet_as("m1");
	say_from(1, false);
	ck_assert_str_eq(hear(&bytes), "ERR auth ");
	ck_assert_uint_eq(bytes, 0);
	ck_assert_int_eq(end_of_node(), ERR_AUTH);
}
END_TEST

/* A NODE line is a promise: what is put behind it waits for the next
 * session. */
START_TEST(nothing_beyond_what_was_named)
{
	uint64_t bytes;

	put_same(3);
	greet_as("m1");
	ck_assert_uint_eq(n.next, 4);
	put_same(2);
	say_from(1, true);
	ck_assert_str_eq(hear(&bytes), "END 4");
	ck_assert_uint_gt(bytes, 0);
	say("ACK 4", true);
	ck_assert_int_eq(end_of_node(), ERR_NONE);
	ck_assert_uint_eq(acked_number(), 4);
}
END_TEST

/* Three records are sent from `from` on; the node refuses this acknowledgement
 * of them, and frees nothing. */
static void acknowledge_wrongly(
    uint64_t from, const char *ack, bool proved, const char *answer, enum err_code code)
{
	uint64_t bytes;

	put_same(3);
	greet_as("m1");
	say_from(from, true);
	ck_assert_str_eq(hear(&bytes), "END 4");
	say(ack, proved);
	ck_assert_str_eq(hear(&bytes), answer);
	ck_assert_int_eq(end_of_node(), code);
	ck_assert_uint_le(acked_number(), from); /* what FROM said */
}

START_TEST(acknowledged_without_proof)
{
	acknowledge_wrongly(1, "ACK 4", false, "ERR auth ", ERR_AUTH);
}
END_TEST

START_TEST(acknowledged_beyond_the_end)
{
	acknowledge_wrongly(1, "ACK 5", true, "ERR proto ", ERR_PROTO);
}
END_TEST

START_TEST(acknowledgement_that_goes_back)
{
	acknowledge_wrongly(3, "ACK 2", true, "ERR proto ", ERR_PROTO);
}
END_TEST

static void hear_of_a_fork(uint64_t from, uint64_t acked)
{
	uint64_t bytes;
	struct log *l;
	char *spool = spool_path(&nc);

	greet_as("m1");
	say_from(from, true);
	ck_assert_str_eq(hear(&bytes), "ERR regressed ");
	ck_assert_uint_eq(bytes, 0);
	ck_assert_int_eq(end_of_node(), ERR_REGRESSED);
	ck_assert_uint_eq(acked_number(), acked);
	l = must(log_open(spool, LOG_READ));
	ck_assert_uint_eq(log_first(l), acked > 0 ? acked : 1);
	log_close(l);
	free(spool);
}

/* What the master was never sent is neither freed nor passed over, whatever it
 * says that it has. */
START_TEST(from_beyond_what_was_sent)
{
	uint64_t bytes;
	char path[128];

	snprintf(path, sizeof(path), "%s/node/state/last-renewal", top);
	put_same(5);
	forgotten = 5;
	hear_of_a_fork(6, 0);
	forgotten = 2;
	/* Once an hour: else one master could fill the archives of the others
	 * with ids. */
	greet_as("m1");
	say_from(3, true);
	ck_assert_str_eq(hear(&bytes), "ERR busy ");
	ck_assert_int_eq(end_of_node(), ERR_BUSY);
	ck_assert_int_eq(unlink(path), 0);
	hear_of_a_fork(3, 0);
}
END_TEST

/* But what somebody acknowledged before is free, and who has the record was
 * sent it: that ACK was lost. */
START_TEST(from_beyond_what_was_acknowledged)
{
	uint64_t bytes;

	put_same(3);
	greet_as("m1");
	say_from(1, true);
	ck_assert_str_eq(hear(&bytes), "END 4");
	say("ACK 3", true);
	wire_free(&w);
	close(sock);
	waitpid(node_pid, NULL, 0);
	ck_assert_uint_eq(acked_number(), 3);
	forgotten = 2;
	greet_as("m1");
	say_from(3, true);
	ck_assert_str_eq(hear(&bytes), "END 4");
	wire_free(&w);
	close(sock);
	waitpid(node_pid, NULL, 0);
	ck_assert_uint_eq(acked_number(), 3);
	greet_as("m1");
	say_from(4, true);
	ck_assert_str_eq(hear(&bytes), "END 4");
	say("ACK 4", true);
	ck_assert_int_eq(end_of_node(), ERR_NONE);
	ck_assert_uint_eq(acked_number(), 4);
}
END_TEST

/* What was put since NODE has gone with another session: that is no fork, and
 * the log keeps its id. */
START_TEST(outrun)
{
	struct log_id before;
	struct log *l;
	uint64_t bytes;
	char *spool = spool_path(&nc);

	put_same(3);
	greet_as("m1");
	before = n.id;
	put_same(2);
	say_from(6, true);
	ck_assert_str_eq(hear(&bytes), "ERR busy ");
	ck_assert_int_eq(end_of_node(), ERR_BUSY);
	l = must(log_open(spool, LOG_READ));
	ck_assert_mem_eq(log_id(l), &before, sizeof(before));
	log_close(l);
	free(spool);
}
END_TEST

/* More than the node ever wrote: it was restored, and starts anew. */
START_TEST(ahead)
{
	struct log_id before;
	struct log *l;
	uint64_t bytes;
	char *spool = spool_path(&nc);

	put_same(3);
	greet_as("m1");
	before = n.id;
	say_from(6, true);
	ck_assert_str_eq(hear(&bytes), "ERR regressed ");
	ck_assert_int_eq(end_of_node(), ERR_REGRESSED);
	l = must(log_open(spool, LOG_READ));
	ck_assert_mem_ne(log_id(l), &before, sizeof(before));
	log_close(l);
	free(spool);
}
END_TEST

SUITE_MAIN_FIXTURE("hostile", begin, end, another_master, as_another_master, no_proof,
    nothing_beyond_what_was_named, acknowledged_without_proof, acknowledged_beyond_the_end,
    acknowledgement_that_goes_back, from_beyond_what_was_sent, from_beyond_what_was_acknowledged,
    outrun, ahead)
