/* SPDX-License-Identifier: ISC */
/*
 * What is said is small and kept whole, so that afterwards anybody can ask what had been handed on.
 * Writing blocks, which is no harm: every buffer of the system holds more than a session says.
 */
#include "tests/cut/link.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

/* --- Joining --- */

int link_listen(struct sockaddr_in *a)
{
	socklen_t len = sizeof(*a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*a = (struct sockaddr_in){ .sin_family = AF_INET };
	a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)a, len) == -1 || listen(fd, 64) == -1 ||
	    getsockname(fd, (struct sockaddr *)a, &len) == -1)
		die(EX_OSERR, "listening on 127.0.0.1: %s", strerror(errno));
	return fd;
}

/* One connection: *ours is the accepted end. */
static int connect_tcp(int listener, const struct sockaddr_in *a, int *ours, int *theirs)
{
	int one = 1;

	*theirs = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*theirs == -1)
		return -1;
	if (connect(*theirs, (const struct sockaddr *)a, sizeof(*a)) == -1 ||
	    (*ours = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) == -1) {
		close_fd(*theirs);
		return -1;
	}
	setsockopt(*ours, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(*theirs, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return 0;
}

void link_take(struct link *l, enum flow side, int fd)
{
	l->from[side] = fd;
	l->to[side == UP ? DOWN : UP] = fd;
}

int link_join(struct link *l, enum flow side, enum joint j, int listener,
    const struct sockaddr_in *a, struct ends *theirs)
{
	int there[2];

	if (j == JOINT_TCP ? connect_tcp(listener, a, &there[0], &there[1]) == -1
			   : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, there) == -1)
		return -1;
	link_take(l, side, there[0]);
	theirs->in = theirs->out = there[1];
	return 0;
}

void ends_close(const struct ends *e)
{
	close_fd(e->in);
	if (e->out != e->in)
		close_fd(e->out);
}

/* --- Closing --- */

/* The reader of this flow hears its end. */
static void shut(struct link *l, enum flow f)
{
	if (!l->said[f].shut && l->to[f] != -1)
		shutdown(l->to[f], SHUT_WR);
	l->said[f].shut = true;
}

/* With a reset, where there is such a thing: nothing stays behind in the kernel. */
void link_close(struct link *l)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	for (int f = UP; f <= DOWN; f++) {
		if (l->from[f] != -1)
			setsockopt(l->from[f], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close_fd(l->from[f]);
		l->from[f] = l->to[f] = -1;
	}
}

/* --- Passing --- */

static size_t acks(const struct link *l)
{
	const struct stream *s = &l->said[DOWN];
	struct piece last;

	return stream_count(s, s->passed, WORD_ACK, &last);
}

/* How far the pace lets go what the node says. */
static size_t paced(const struct link *l)
{
	const struct stream *s = &l->said[UP];
	struct piece p = { .to = 0 }, end;
	size_t data = 0;

	if (l->pace == PACE_FREE || s->ended ||
	    (l->pace == PACE_BURST && stream_count(s, s->len, WORD_END, &end) > 0))
		return s->len;
	while (stream_next(s, s->len, &p)) {
		bool hold = l->pace == PACE_BURST ? p.word == WORD_DATA : data > acks(l);
		if (hold)
			return p.from;
		data += p.word == WORD_DATA;
	}
	return p.to;
}

static size_t may_pass(const struct link *l, enum flow f)
{
	size_t end = f == UP ? paced(l) : l->said[f].len;

	if (l->cut.how != CUT_NOT && l->cut.flow == f && end > l->cut.at)
		end = l->cut.at;
	return end;
}

static void pass(struct link *l, enum flow f)
{
	struct stream *s = &l->said[f];
	size_t end = may_pass(l, f);
	struct piece last;

	if (end > s->passed) {
		/* A reader that has gone takes nothing; its own end tells the rest. */
		if (l->to[f] != -1)
			(void)!write_full(l->to[f], s->bytes + s->passed, end - s->passed);
		s->passed = end;
		if (f == UP && l->down_at_end == 0 &&
		    stream_count(s, s->passed, WORD_END, &last) > 0)
			l->down_at_end = l->said[DOWN].passed;
	}
	if (s->ended && s->passed == s->len)
		shut(l, f);
}

static void hear(struct link *l, enum flow f)
{
	struct stream *s = &l->said[f];
	ssize_t n = read(l->from[f], s->bytes + s->len, STREAM_MAX - s->len);

	if (n > 0)
		s->len += (size_t)n;
	else if (n == 0 || errno != EINTR)
		s->ended = true;
}

/* Waits for something said, and takes it. False: nothing came. */
static bool hear_any(struct link *l, deadline_t d)
{
	struct pollfd p[2];

	for (int f = UP; f <= DOWN; f++) {
		bool open = !l->said[f].ended && l->said[f].len < STREAM_MAX;
		p[f] = (struct pollfd){ .fd = open ? l->from[f] : -1, .events = POLLIN };
	}
	if (poll(p, 2, deadline_poll_ms(d)) <= 0)
		return !deadline_passed(d);
	for (int f = UP; f <= DOWN; f++) {
		if (p[f].revents != 0)
			hear(l, (enum flow)f);
	}
	return true;
}

static bool cut_is_due(const struct link *l)
{
	return l->cut.how != CUT_NOT && l->said[l->cut.flow].passed == l->cut.at;
}

static bool cut(struct link *l, deadline_t d)
{
	char line[64];

	l->cut_ms = monotonic_ms();
	if (l->cut.how == CUT_RST)
		link_close(l);
	if (l->cut.how == CUT_RST || l->cut.how == CUT_SILENCE)
		return true;
	if (l->cut.how == CUT_END) {
		int n = snprintf(line, sizeof(line), "END %" PRIu64 "\n", l->cut.lie);
		(void)!write_full(l->to[UP], line, (size_t)n);
	}
	shut(l, UP);
	shut(l, DOWN);
	while (!l->said[UP].ended || !l->said[DOWN].ended) {
		if (!hear_any(l, d))
			return false;
	}
	return true;
}

bool link_run(struct link *l, deadline_t d)
{
	for (;;) {
		pass(l, DOWN);
		if (!cut_is_due(l))
			pass(l, UP);
		if (cut_is_due(l))
			return cut(l, d);
		if (l->said[UP].shut && l->said[DOWN].shut)
			return true;
		if (!hear_any(l, d))
			return false;
	}
}
