/* SPDX-License-Identifier: ISC */
/*
 * sender.copies: which number enough masters have, what is kept of it in the
 * file `acks`, and what a node then frees, with masters by hand.
 */
#include <inttypes.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/num.h"
#include "common/log/acks.h"
#include "tests/unit/hand.h"

#include "common/base/banned.h"

#define ID "00112233445566778899aabbccddeeff"
#define OTHER "ffeeddccbbaa99887766554433221100"

static struct log_id id_of(const char *hex)
{
	struct log_id id;

	ck_assert(hex_decode(id.b, sizeof(id.b), hex));
	return id;
}

static struct copies of(uint64_t wanted, const char *a, const char *b, const char *c)
{
	struct copies s = { .wanted = wanted };

	copies_add(&s, a);
	copies_add(&s, b);
	copies_add(&s, c);
	return s;
}

/* --- The file and its arithmetic --- */

static const struct {
	const char *text;
	uint64_t wanted, common, sent;
} sums[] = {
	{ "", 2, 0, 0 },
	{ "a " ID " 10 12\n", 1, 10, 12 },
	{ "a " ID " 10 12\n", 2, 0, 12 },
	{ "a " ID " 10 12\nb " ID " 7 7\n", 1, 10, 12 },
	{ "a " ID " 10 12\nb " ID " 7 7\n", 2, 7, 12 },
	{ "a " ID " 10 12\nb " ID " 7 7\nc " ID " 9 30\n", 2, 9, 30 },
	{ "a " ID " 10 12\nb " ID " 7 7\nc " ID " 9 30\n", 3, 7, 30 },
	{ "a " ID " 10 12\nb " ID " 7 7\nc " ID " 9 30\n", 4, 0, 30 },
	{ "a " ID " 10 12\nb " ID " 7 7\nc " ID " 9 30\n", 0, 0, 30 },
	/* Another log; a master that is not configured. */
	{ "a " ID " 10 12\nb " OTHER " 70 70\n", 2, 0, 12 },
	{ "a " ID " 10 12\nz " ID " 11 11\n", 2, 0, 12 },
	/* A name counts once. */
	{ "a " ID " 10 12\na " ID " 11 11\n", 2, 0, 11 },
	/* What is no line. */
	{ "a " ID " 10\nb " ID " 0 1\nc " ID " 5 4\nA " ID " 9 9\n", 1, 0, 0 },
	{ "a " ID " 010 12\nb " ID " 9 9 \nc 00 9 9\n -\n\n\nc " ID " 3 3", 1, 3, 3 },
	{ "a " ID " 9223372036854775807 9223372036854775807\n", 1, INT64_MAX, INT64_MAX },
	{ "a " ID " 9223372036854775808 9223372036854775808\n", 1, 0, 0 },
};

START_TEST(sum)
{
	struct copies c = of(sums[_i].wanted, "a", "b", "c");
	struct log_id id = id_of(ID);
	struct acks a;

	acks_parse(&a, sums[_i].text, strlen(sums[_i].text));
	ck_assert_uint_eq(acks_common(&a, &id, &c), sums[_i].common);
	ck_assert_uint_eq(acks_sent(&a, &id), sums[_i].sent);
}
END_TEST

START_TEST(a_name_is_added_once)
{
	struct copies c = of(2, "a", "b", "a");

	ck_assert_uint_eq(c.n, 2);
}
END_TEST

START_TEST(set_and_kept)
{
	struct copies c = of(2, "a", "b", "c");
	struct ack k = { .master = "a", .log = id_of(ID), .acked = 5, .sent = 9 };
	struct acks a, again;
	int dir = dir_open(AT_FDCWD, top);

	acks_read(&a, dir);
	ck_assert_uint_eq(a.n, 0);
	ck_assert(acks_set(&a, &k, &c));
	ck_assert(!acks_set(&a, &k, &c));
	k.acked = 4; /* down, too */
	ck_assert(acks_set(&a, &k, &c));
	ck_assert_int_eq(acks_write(&a, dir), 0);
	acks_read(&again, dir);
	ck_assert_uint_eq(again.n, 1);
	ck_assert_uint_eq(must(acks_find(&again, "a", &k.log))->acked, 4);
	ck_assert_uint_eq(acks_find(&again, "a", &k.log)->sent, 9);
	ck_assert_ptr_null(acks_find(&again, "b", &k.log));
	/* Who is no longer configured goes, and so do lines of another log. */
	c = of(1, "b", "b", "b");
	memcpy(k.master, "b", 2);
	ck_assert(acks_set(&a, &k, &c));
	ck_assert_uint_eq(a.n, 1);
	k.log = id_of(OTHER);
	ck_assert(acks_set(&a, &k, NULL));
	ck_assert_uint_eq(a.n, 1);
	ck_assert_int_eq(acks_forget(dir), 0);
	ck_assert_int_eq(acks_forget(dir), 0);
	acks_read(&a, dir);
	ck_assert_uint_eq(a.n, 0);
	close(dir);
}
END_TEST

/* More masters than there is room for: the last ones count. */
START_TEST(many)
{
	struct acks a = { .n = 0 };
	struct ack k = { .log = id_of(ID) };
	int dir = dir_open(AT_FDCWD, top);

	for (uint64_t i = 1; i <= 2 * ACKS_MAX; i++) {
		snprintf(k.master, sizeof(k.master), "%0*" PRIu64, NODE_NAME_MAX, i);
		k.acked = k.sent = SEQ_END - 1 - 2 * ACKS_MAX + i;
		ck_assert(acks_set(&a, &k, NULL));
	}
	ck_assert_uint_eq(a.n, ACKS_MAX);
	ck_assert_int_eq(acks_write(&a, dir), 0);
	acks_read(&a, dir);
	ck_assert_uint_eq(a.n, ACKS_MAX);
	ck_assert_ptr_nonnull(acks_find(&a, k.master, &k.log));
	ck_assert_uint_eq(acks_sent(&a, &k.log), SEQ_END - 1);
	close(dir);
}
END_TEST

/* --- Sessions --- */

/* Three records in a segment of their own; the number before them is a gap. */
static void put_segment(void)
{
	struct log *l = must(spool_open_write(&nc));

	ck_assert_int_eq(log_jump(l, log_next(l) + 1), 0);
	log_close(l);
	put_same(3);
}

/* A session with this master, which wants `from` next and acknowledges `ack`,
 * unless that is 0: then it goes away. */
static void session(const char *master, uint64_t from, uint64_t ack)
{
	char text[64];
	uint64_t bytes;

	pinned = master;
	secret_derive(node_hash, master, node_secret);
	greet_as(master);
	say_from(from, true);
	ck_assert_int_eq(strncmp(hear(&bytes), "END ", 4), 0);
	if (ack > 0) {
		snprintf(text, sizeof(text), "ACK %" PRIu64, ack);
		say(text, true);
	}
	end_of_node();
}

static void fork_with(const char *master, uint64_t from)
{
	uint64_t bytes;

	pinned = master;
	secret_derive(node_hash, master, node_secret);
	greet_as(master);
	say_from(from, true);
	ck_assert_str_eq(hear(&bytes), "ERR regressed ");
	ck_assert_int_eq(end_of_node(), ERR_REGRESSED);
}

static struct log *spool_now(void)
{
	char *spool = spool_path(&nc);
	struct log *l = must(log_open(spool, LOG_PEEK));

	free(spool);
	return l;
}

static uint64_t oldest_record(void)
{
	struct log *l = spool_now();
	uint64_t first = log_first(l);

	log_close(l);
	return first;
}

static uint64_t line_of_master(const char *master)
{
	char path[128];
	struct log *l = spool_now();
	const struct ack *k;
	struct acks a;
	uint64_t acked;
	int dir;

	snprintf(path, sizeof(path), "%s/node/spool", top);
	dir = dir_open(AT_FDCWD, path);
	acks_read(&a, dir);
	close(dir);
	k = acks_find(&a, master, log_id(l));
	acked = k != NULL ? k->acked : 0;
	log_close(l);
	return acked;
}

/* Records 1 to 3, 5 to 7, 9 to 11: a segment each. */
static struct copies three;
static void begin_copies(void)
{
	begin();
	three = of(2, "m1", "m2", "m3");
	copies = &three;
	put_same(3);
	put_segment();
	put_segment();
}

START_TEST(the_second_highest_is_freed)
{
	session("m1", 1, 12);
	ck_assert_uint_eq(acked_number(), 0);
	ck_assert_uint_eq(oldest_record(), 1);
	session("m2", 1, 5);
	ck_assert_uint_eq(acked_number(), 5);
	ck_assert_uint_eq(oldest_record(), 5);
	session("m3", 1, 9);
	ck_assert_uint_eq(acked_number(), 9);
	ck_assert_uint_eq(oldest_record(), 9);
	ck_assert_uint_eq(line_of_master("m1"), 12);
	ck_assert_uint_eq(line_of_master("m2"), 5);
	session("m2", 5, 12);
	ck_assert_uint_eq(acked_number(), 12);
}
END_TEST

/* It proves itself, but is none of the configured masters (any more). */
START_TEST(who_is_not_configured_counts_for_nothing)
{
	session("m1", 1, 12);
	session("m4", 1, 12);
	ck_assert_uint_eq(oldest_record(), 1);
	ck_assert_uint_eq(acked_number(), 0);
	three = of(2, "m1", "m3", "m5");
	session("m2", 1, 12);
	ck_assert_uint_eq(oldest_record(), 1);
	session("m3", 1, 5);
	ck_assert_uint_eq(oldest_record(), 5);
}
END_TEST

/* A removed master's copies count no longer, also those that counted once. */
START_TEST(a_removed_master)
{
	session("m1", 1, 9);
	session("m2", 1, 12);
	ck_assert_uint_eq(oldest_record(), 9);
	ck_assert_uint_eq(acked_number(), 9);
	put_segment();
	three = of(2, "m1", "m3", "m3");
	session("m1", 9, 16);
	ck_assert_uint_eq(oldest_record(), 9);
	session("m3", 1, 13);
	ck_assert_uint_eq(oldest_record(), 13);
}
END_TEST

/* A master whose disk was replaced wants everything again: its old number must
 * not free what it has lost. */
START_TEST(a_lower_from_lowers_the_line)
{
	session("m1", 1, 5);
	session("m2", 1, 12);
	ck_assert_uint_eq(oldest_record(), 5);
	session("m2", 1, 0);
	ck_assert_uint_eq(line_of_master("m2"), 1);
	session("m1", 5, 12);
	ck_assert_uint_eq(oldest_record(), 5);
	ck_assert_uint_eq(acked_number(), 5);
	session("m2", 1, 12);
	ck_assert_uint_eq(oldest_record(), 9);
	ck_assert_uint_eq(acked_number(), 12);
}
END_TEST

/* From then on the old number is not on the disk, whatever ends the session. */
START_TEST(a_lower_from_is_durable)
{
	char path[128];
	uint64_t bytes;

	session("m1", 1, 5);
	session("m2", 1, 12);
	snprintf(path, sizeof(path), "%s/node/spool/acks", top);
	ck_assert_int_eq(access(path, F_OK), 0);
	greet_as("m2");
	say_from(1, true);
	ck_assert_str_eq(hear(&bytes), "END 12");
	ck_assert_int_eq(access(path, F_OK), -1);
	end_of_node();
	ck_assert_uint_eq(line_of_master("m1"), 5);
}
END_TEST

/* It is not believed that it has what it cannot show. */
START_TEST(what_is_not_shown_is_no_copy)
{
	session("m1", 1, 12);
	forgotten = 11;
	fork_with("m2", 12);
	forgotten = 0;
	ck_assert_uint_eq(oldest_record(), 1);
	ck_assert_uint_eq(acked_number(), 0);
}
END_TEST

/* The ACK was lost; or the file was. */
START_TEST(what_is_shown_is_a_copy)
{
	char path[128];

	session("m1", 1, 12);
	session("m2", 1, 5);
	snprintf(path, sizeof(path), "%s/node/spool/acks", top);
	ck_assert_int_eq(unlink(path), 0);
	session("m2", 12, 0);
	ck_assert_uint_eq(oldest_record(), 5);
	session("m1", 12, 0);
	ck_assert_uint_eq(oldest_record(), 9);
	ck_assert_uint_eq(acked_number(), 12);
}
END_TEST

/* Its records are gone by age there, so that it can show none: what it once
 * acknowledged is enough. */
START_TEST(its_own_line_is_believed)
{
	session("m1", 1, 12);
	session("m2", 1, 5);
	forgotten = 11;
	session("m1", 12, 0);
	forgotten = 0;
	ck_assert_uint_eq(acked_number(), 5);
}
END_TEST

static uint64_t base_now(void)
{
	struct log *l = spool_now();
	uint64_t base = log_base(l);

	log_close(l);
	return base;
}

/* A renewed log begins with what too few have. */
START_TEST(renewed_from_the_second_highest)
{
	session("m1", 1, 12);
	session("m2", 1, 7);
	fork_with("m3", 100);
	ck_assert_uint_eq(base_now(), 7);
	ck_assert_uint_eq(oldest_record(), 7);
	ck_assert_uint_eq(line_of_master("m1"), 0);
	session("m1", 7, 12);
	ck_assert_uint_eq(acked_number(), 7);
	session("m2", 7, 12);
	ck_assert_uint_eq(acked_number(), 12);
	ck_assert_uint_eq(oldest_record(), 12);
}
END_TEST

/* Also when fewer have it than when it was freed. */
START_TEST(renewed_for_a_new_master)
{
	session("m1", 1, 12);
	session("m2", 1, 12);
	ck_assert_uint_eq(oldest_record(), 9);
	three = of(2, "m1", "m3", "m3");
	fork_with("m3", 100);
	ck_assert_uint_eq(base_now(), 9);
}
END_TEST

/* One copy: as before, whoever has it, and nothing goes back. */
START_TEST(one_copy)
{
	copies = NULL;
	session("m1", 1, 9);
	ck_assert_uint_eq(oldest_record(), 9);
	session("m4", 1, 0);
	ck_assert_uint_eq(acked_number(), 9);
	session("m1", 1, 0);
	ck_assert_uint_eq(acked_number(), 9);
	fork_with("m2", 100);
	ck_assert_uint_eq(base_now(), 9);
}
END_TEST

/* The end of the log is gone, and a master may have what was there, though
 * nobody acknowledged it. */
START_TEST(sent_beyond_the_end)
{
	char path[128];
	struct log *l;
	struct log_id before;

	session("m1", 1, 0);
	l = spool_now();
	before = *log_id(l);
	log_close(l);
	snprintf(path, sizeof(path), "%s/node/spool/%016x.seg", top, 9);
	ck_assert_int_eq(unlink(path), 0);
	put_same(1);
	l = spool_now();
	ck_assert_mem_ne(log_id(l), &before, sizeof(before));
	ck_assert_uint_eq(log_base(l), 1);
	log_close(l);
}
END_TEST

/*
 * While one is away the spool fills up. Then what only the other has goes, too,
 * which is said, and is a gap for the one that was away.
 */
START_TEST(full_while_one_is_away)
{
	struct buf said_of_it = BUF_INIT(65536);
	char path[128];
	uint64_t next;
	struct log *l;

	session("m1", 1, 12);
	nc.copies = 2;
	nc.max_size = 32 << 20;
	snprintf(path, sizeof(path), "%s/messages", top);
	ck_assert_ptr_nonnull(freopen(path, "w", stderr));
	put(9, 5 << 20, true);
	fflush(stderr);
	ck_assert_int_eq(file_read(AT_FDCWD, path, &said_of_it), 0);
	ck_assert_int_eq(buf_add(&said_of_it, "", 1), 0);
	ck_assert_ptr_nonnull(
	    strstr(said_of_it.data, "records 1 to 4 were dropped before 2 masters had them"));
	buf_free(&said_of_it);
	ck_assert_uint_eq(acked_number(), 0);
	ck_assert_uint_gt(oldest_record(), 1);
	l = spool_now();
	next = log_next(l);
	log_close(l);
	session("m2", 1, next);
	ck_assert_uint_eq(acked_number(), 12);
}
END_TEST

SUITE_MAIN_BOTH("copies", begin_copies, end, sum, sizeof(sums) / sizeof(sums[0]),
    a_name_is_added_once, set_and_kept, many, the_second_highest_is_freed,
    who_is_not_configured_counts_for_nothing, a_removed_master, a_lower_from_lowers_the_line,
    a_lower_from_is_durable, what_is_not_shown_is_no_copy, what_is_shown_is_a_copy,
    its_own_line_is_believed, renewed_from_the_second_highest, renewed_for_a_new_master, one_copy,
    sent_beyond_the_end, full_while_one_is_away)
