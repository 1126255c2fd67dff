/* SPDX-License-Identifier: ISC */
/*
 * Lines and bytes over a line that gives them in pieces, against a reader that
 * has all of them at once. First byte: faults (peer_begin); second: what is
 * done, over and over: bits 0 and 1 get or poll a line, find one, get bytes;
 * the rest how many bytes. Then what comes.
 */
#include "common/exchange/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/peer.h"

#include "common/base/banned.h"

enum { LINE, BAD_LINE, CUT, FOUND, BYTES, OVER };
static const char *const goals[] = { "a line", "a bad line", "cut off", "found behind other bytes",
	"bytes", "the end", NULL };

/* All of it is there from the beginning; only the pieces differ. */
static enum peer_more say_all(struct peer *p, void *arg)
{
	struct input *in = arg;
	size_t len = in->left;

	if (len == 0)
		return PEER_END;
	buf_add(&p->say, input_take(in, &len), len);
	return PEER_MORE;
}

/* The line at the front of `left`, as the protocol has it. 1, 0 for the end, or
 * -1 with errno. */
static int next_line(struct input *left, char line[WIRE_LINE_MAX])
{
	size_t most = left->left < WIRE_LINE_MAX ? left->left : WIRE_LINE_MAX;
	const uint8_t *lf = most > 0 ? memchr(left->at, '\n', most) : NULL;
	size_t len = lf != NULL ? (size_t)(lf - left->at) : 0;

	errno = left->left >= WIRE_LINE_MAX ? EBADMSG : ECONNRESET;
	if (lf == NULL)
		return left->left == 0 ? 0 : -1;
	errno = EBADMSG;
	if (!is_printable((const char *)left->at, len))
		return -1;
	memcpy(line, left->at, len);
	line[len] = '\0';
	len++;
	input_take(left, &len);
	return 1;
}

static int any_line(struct wire *w, struct input *left, bool poll)
{
	char line[WIRE_LINE_MAX], want[WIRE_LINE_MAX];
	int rc = 0, right;

	for (unsigned i = 0; poll && rc == 0 && !w->in_ended && i < 3 * WIRE_LINE_MAX; i++)
		rc = wire_poll_line(w, line);
	if (!poll || rc == 0)
		rc = wire_get_line(w, line);
	if (rc == -1 && errno != EBADMSG)
		require(errno == ECONNRESET);
	else if (rc == -1)
		errno = EBADMSG;
	right = errno;
	require(rc == next_line(left, want));
	require(rc != -1 || right == errno);
	require(rc != 1 || strcmp(line, want) == 0);
	reached(rc == 1 ? LINE : rc == 0 ? OVER : right == EBADMSG ? BAD_LINE : CUT);
	return rc;
}

static int find_line(struct wire *w, struct input *left, size_t most)
{
	char line[WIRE_LINE_MAX], want[WIRE_LINE_MAX];
	int rc = wire_find_line(w, "NODE ", "ERR ", most, line);
	size_t at = 0;

	while (at < left->left &&
	    !(left->left - at >= 5 && memcmp(left->at + at, "NODE ", 5) == 0) &&
	    !(left->left - at >= 4 && memcmp(left->at + at, "ERR ", 4) == 0))
		at++;
	if (at == left->left || at > most) {
		require(rc != 1);
		return -1;
	}
	input_take(left, &at);
	require(rc == next_line(left, want));
	require(rc != 1 || strcmp(line, want) == 0);
	if (rc == 1 && at > 0)
		reached(FOUND);
	return rc;
}

static int get_bytes(struct wire *w, struct input *left, size_t len)
{
	uint8_t *data = malloc(len);
	bool enough = len <= left->left;
	int rc;

	require(data != NULL);
	rc = wire_get(w, data, len);
	require(rc == (enough ? 0 : -1));
	if (enough) {
		require(memcmp(data, input_take(left, &len), len) == 0);
		reached(BYTES);
	}
	free(data);
	return enough ? 1 : -1;
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len }, left;
	unsigned faults = input_byte(&in), how = input_byte(&in);
	struct wire w;
	struct peer p;
	int rc = 1;

	left = in;
	peer_begin(&p, faults);
	p.more = say_all;
	p.arg = &in;
	require(wire_init(&w, p.in, p.out) == 0);
	while (rc == 1) {
		if ((how & 3) == 2)
			rc = find_line(&w, &left, how >> 2);
		else if ((how & 3) == 3)
			rc = get_bytes(&w, &left, (how >> 2) + 1);
		else
			rc = any_line(&w, &left, (how & 3) == 1);
	}
	wire_free(&w);
	peer_end(&p);
}

const struct target target_wire = { "wire", goals, NULL, run };
