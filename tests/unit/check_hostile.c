/* SPDX-License-Identifier: ISC */
/*
 * The node's sender against a master that does what no honest one does, by hand
 * over a socket: what is neither proved nor possible changes nothing, and
 * nothing is sent to who has not proved that it knows the secret.
 */
#include <unistd.h>

#include "tests/unit/hand.h"

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
