/* SPDX-License-Identifier: ISC */
/*
 * A master by hand, over a socket to the node's sender, for tests of what the
 * node does with what it says.
 */
#ifndef BIJK_TESTS_HAND_H
#define BIJK_TESTS_HAND_H

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
static const char *pinned = "m1";
static const struct copies *copies;

static const struct record the_record = { .time_ns = 1,
	.source = "t",
	.source_len = 1,
	.payload = (const uint8_t *)"payload",
	.len = 7 };
static int sock;

static inline void put_same(int count)
{
	struct log *l = must(spool_open_write(&nc));

	for (int i = 0; i < count; i++)
		ck_assert_int_eq(put_record(l, log_next(l), &the_record, FRAME_PLAIN), 0);
	log_close(l);
}

/* Starts the node in a process of its own; its exit code is the error's
 * code. */
static inline void greet_as(const char *name)
{
	struct greeting g = { .time = (uint64_t)now_s() };
	int s[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	node_pid = fork();
	if (node_pid == 0) {
		struct send me = { .config = &nc,
			.direction = DIRECTION_PUSH,
			.timeout = 10,
			.master = pinned,
			.copies = copies };

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
static inline void say(const char *text, bool proved)
{
	char mac[MAC_HEX + 1];

	snprintf(line, sizeof(line), "%s", text);
	proof_session(node_secret, DIRECTION_PUSH, greeting, said, line, strlen(line), mac);
	if (!proved)
		mac[MAC_HEX - 1] = mac[MAC_HEX - 1] == '0' ? '1' : '0';
	line_add_mac(line, sizeof(line), mac);
	ck_assert_int_eq(wire_put_line(&w, line), 0);
}

static inline void say_from(uint64_t seq, bool proved)
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
static inline const char *hear(uint64_t *bytes)
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

static inline enum err_code end_of_node(void)
{
	int status;

	wire_free(&w);
	close(sock);
	ck_assert_int_eq(waitpid(node_pid, &status, 0), node_pid);
	ck_assert(WIFEXITED(status));
	return (enum err_code)WEXITSTATUS(status);
}

static inline uint64_t acked_number(void)
{
	char *spool = spool_path(&nc);
	uint64_t seq = log_acked(spool);

	free(spool);
	return seq;
}

#endif
