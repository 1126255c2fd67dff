/* SPDX-License-Identifier: ISC */
/*
 * One buffer for what was read and not consumed. Every wait goes through
 * wait_both(), which watches the two limits; every transfer through moved(),
 * which records the progress.
 */
#include "common/exchange/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/start.h"

#include "common/base/banned.h"

#define PROGRESS 4096
#define RATE 1024 /* bytes a second, at least */
#define DRAIN_MS 10000
#define LINE_TEXT (WIRE_LINE_MAX - 1)

int wire_init(struct wire *w, int in, int out)
{
	*w =
	    (struct wire){ .in = in, .out = out, .total = DEADLINE_NEVER, .quiet = DEADLINE_NEVER };
	if (set_nonblocking(in) == -1 || set_nonblocking(out) == -1)
		return -1;
	w->buf = malloc(WIRE_BUFFER);
	w->size = WIRE_BUFFER;
	return w->buf == NULL ? -1 : 0;
}

int wire_read_ahead(struct wire *w, size_t size)
{
	char *buf = size > w->size ? realloc(w->buf, size) : NULL;

	if (buf == NULL)
		return -1;
	w->buf = buf;
	w->size = size;
	return 0;
}

void wire_free(struct wire *w)
{
	free(w->buf);
	w->buf = NULL;
}

void wire_limit_total(struct wire *w, deadline_t d)
{
	w->total = d;
}

void wire_limit_quiet(struct wire *w, uint64_t seconds, enum wire_progress counted)
{
	w->timeout_ms = seconds * 1000;
	w->counted = counted == WIRE_SENDS ? &w->sent : &w->received;
	w->mark = *w->counted;
	w->quiet = seconds > 0 ? deadline_in_s(seconds) : DEADLINE_NEVER;
}

static void moved(struct wire *w)
{
	uint64_t enough = w->timeout_ms / 1000 * RATE;

	if (w->timeout_ms > 0 && *w->counted - w->mark >= (enough > PROGRESS ? enough : PROGRESS)) {
		w->mark = *w->counted;
		w->quiet = deadline_in_ms((int64_t)w->timeout_ms);
	}
}

/* Move the rest when half is consumed, not behind every frame. */
static bool worth_moving(const struct wire *w)
{
	return w->start >= w->size / 2;
}

static size_t room(const struct wire *w)
{
	return w->size - w->end + (w->start == w->end || worth_moving(w) ? w->start : 0);
}

/* Reads what is there. 1: something, or the end; 0: nothing yet; -1: errno. */
static int fill(struct wire *w)
{
	ssize_t n;

	if (w->in_ended)
		return 1;
	if (w->start == w->end) {
		w->start = w->end = 0;
	} else if (w->end == w->size && worth_moving(w)) {
		memmove(w->buf, w->buf + w->start, w->end - w->start);
		w->end -= w->start;
		w->start = 0;
	}
	if (w->end == w->size)
		return 0;
	n = read(w->in, w->buf + w->end, w->size - w->end);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		w->in_ended = true;
	w->end += (size_t)n;
	w->received += (uint64_t)n;
	moved(w);
	return 1;
}

/* Waits until `in` can be read or `out` written. -1: errno. */
static int wait_both(struct wire *w, bool read_it, bool write_it, bool *readable, bool *writable)
{
	struct pollfd p[2] = {
		{ .fd = read_it ? w->in : -1, .events = POLLIN },
		{ .fd = write_it ? w->out : -1, .events = POLLOUT },
	};

	for (;;) {
		deadline_t d = deadline_earlier(w->total, w->quiet);
		if (w->ends_in_time && start_is_over()) {
			errno = ETIME;
			return -1;
		}
		int n = deadline_passed(w->total) ? 0 : poll(p, 2, deadline_poll_ms(d));
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0) {
			*readable = p[0].revents != 0;
			*writable = p[1].revents != 0;
			return 0;
		}
		if (deadline_passed(d)) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

void wire_take_in(struct wire *w)
{
	while (!w->in_ended && room(w) > 0 && fill(w) == 1)
		;
}

static int wait_input(struct wire *w)
{
	bool readable, writable;

	return wait_both(w, true, false, &readable, &writable) == -1 || fill(w) == -1 ? -1 : 0;
}

/* Takes a whole line, checked. 1; 0: there is none yet; -1: EBADMSG. */
static int take_wire_line(struct wire *w, char line[WIRE_LINE_MAX])
{
	const char *from = w->buf + w->start;
	size_t have = w->end - w->start;
	const char *lf = memchr(from, '\n', have < WIRE_LINE_MAX ? have : WIRE_LINE_MAX);
	size_t len;

	if (lf == NULL && have < WIRE_LINE_MAX)
		return 0;
	errno = EBADMSG;
	if (lf == NULL)
		return -1;
	len = (size_t)(lf - from);
	for (size_t i = 0; i < len; i++) {
		if (from[i] < 0x20 || from[i] > 0x7e)
			return -1;
	}
	memcpy(line, from, len);
	line[len] = '\0';
	w->start += len + 1;
	return 1;
}

int wire_get_line(struct wire *w, char line[WIRE_LINE_MAX])
{
	for (;;) {
		int rc = take_wire_line(w, line);
		if (rc != 0)
			return rc;
		if (w->in_ended) {
			errno = ECONNRESET;
			return w->end > w->start ? -1 : 0;
		}
		if (wait_input(w) == -1)
			return -1;
	}
}

bool wire_has_input(struct wire *w)
{
	struct pollfd p = { .fd = w->in, .events = POLLIN };

	return w->end > w->start || (!w->in_ended && poll(&p, 1, 0) == 1);
}

int wire_poll_line(struct wire *w, char line[WIRE_LINE_MAX])
{
	int rc = take_wire_line(w, line);

	if (rc != 0 || w->in_ended)
		return rc;
	return fill(w) == -1 ? -1 : take_wire_line(w, line);
}

/* The offset of the first such word, from `from` on; else the end. */
static size_t find_in_buffer(const struct wire *w, size_t from, const char *word)
{
	const char *at = memmem(w->buf + from, w->end - from, word, strlen(word));

	return at != NULL ? (size_t)(at - w->buf) : w->end;
}

int wire_find_line(
    struct wire *w, const char *word1, const char *word2, size_t most, char line[WIRE_LINE_MAX])
{
	size_t l1 = strlen(word1), l2 = strlen(word2), tail = (l1 > l2 ? l1 : l2) - 1, seen = 0;

	/* Nothing is dropped before a word is found. */
	for (;;) {
		size_t at = find_in_buffer(w, w->start + seen, word1);
		size_t at2 = find_in_buffer(w, w->start + seen, word2);

		at = at2 < at ? at2 : at;
		if (at < w->end && at - w->start <= most) {
			w->start = at;
			return wire_get_line(w, line);
		}
		if (at < w->end || at - w->start > most + tail) {
			errno = EBADMSG;
			return -1;
		}
		/* A word may begin at the end of the buffer. */
		seen = at - w->start > tail ? at - w->start - tail : 0;
		if (w->in_ended)
			return 0;
		if (wait_input(w) == -1)
			return -1;
	}
}

int wire_get(struct wire *w, void *data, size_t len)
{
	uint8_t *to = data;
	size_t have = w->end - w->start;

	if (have > len)
		have = len;
	memcpy(to, w->buf + w->start, have);
	w->start += have;
	/* The buffer is empty now, so the rest goes straight to data. */
	while (have < len) {
		ssize_t n = w->in_ended ? 0 : read(w->in, to + have, len - have);
		if (n == 0) {
			w->in_ended = true;
			errno = ECONNRESET;
			return -1;
		}
		if (n > 0) {
			have += (size_t)n;
			w->received += (uint64_t)n;
			moved(w);
		} else if (errno == EAGAIN) {
			bool readable, writable;
			if (wait_both(w, true, false, &readable, &writable) == -1)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int wire_put(struct wire *w, const void *data, size_t len)
{
	const uint8_t *from = data;

	while (len > 0) {
		bool readable, writable;
		ssize_t n = write(w->out, from, len);
		if (n > 0) {
			from += n;
			len -= (size_t)n;
			w->sent += (uint64_t)n;
			moved(w);
		} else if (n == -1 && errno == EAGAIN) {
			if (wait_both(w, !w->in_ended && room(w) > 0, true, &readable, &writable) ==
			    -1)
				return -1;
			if (readable && fill(w) == -1)
				return -1;
		} else if (n == -1 && errno != EINTR) {
			w->out_broken = true;
			return -1;
		}
	}
	return 0;
}

int wire_put_line(struct wire *w, const char *line)
{
	char text[WIRE_LINE_MAX];
	size_t len = strlen(line);

	if (len > LINE_TEXT) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(text, line, len);
	text[len] = '\n';
	return wire_put(w, text, len + 1);
}

void wire_drain(struct wire *w)
{
	deadline_t d = deadline_earlier(w->total, deadline_in_ms(DRAIN_MS));
	char sink[4096];

	if (shutdown(w->out, SHUT_WR) == -1 && errno == ENOTSOCK && w->out != w->in) {
		close(w->out);
		w->out = -1;
	}
	while (!w->in_ended && wait_fd(w->in, POLLIN, d) == 1) {
		ssize_t n = read(w->in, sink, sizeof(sink));
		if (n == 0 || (n == -1 && errno != EINTR && errno != EAGAIN))
			break;
		if (deadline_passed(d))
			break;
	}
}
