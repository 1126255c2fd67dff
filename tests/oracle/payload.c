/* SPDX-License-Identifier: ISC */
/* What a record holds. A third of the larger ones repeat themselves, so that
 * zstd has work to do. */
#include <inttypes.h>
#include <string.h>

#include "common/base/num.h"
#include "tests/oracle/oracle.h"

#define HEAD_MAX 48
#define PIECE 64 /* what a repetitive payload repeats */

/* SplitMix64. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t start(uint64_t seed, uint64_t n)
{
	uint64_t s = seed ^ n * 0xd1342543de82ef95;

	return next(&s);
}

static size_t choose_size(uint64_t seed, uint64_t n)
{
	uint64_t s = ~start(seed, n);
	uint64_t kind = next(&s) % 512, r = next(&s);

	if (kind == 0)
		return 100000 + (size_t)(r % 1500000);
	if (kind < 8)
		return (size_t)(r % 65536);
	if (kind < 96)
		return (size_t)(r % 8);
	return (size_t)(kind < 384 ? r % 512 : r % 4096);
}

static size_t make_head(char head[HEAD_MAX], uint64_t n, enum payload_form form, size_t *size)
{
	size_t len;

	/* A head that tells its own length can grow by that: twice is
	 * enough. */
	for (int i = 0; i < 3; i++) {
		len = (size_t)snprintf(head, HEAD_MAX, "%" PRIu64 " %zu%c", n, *size,
		    form == PAYLOAD_LINE ? ';' : ':');
		if (len <= *size)
			break;
		*size = len;
	}
	return len;
}

int payload_make(struct buf *out, uint64_t seed, uint64_t n, enum payload_form form, size_t size)
{
	uint64_t s;
	bool repeats;
	size_t len;
	char head[HEAD_MAX], *p;

	if (size == 0)
		size = choose_size(seed, n);
	len = make_head(head, n, form, &size);
	s = start(seed, n) ^ size;
	repeats = next(&s) % 3 == 0;
	if (buf_reserve(out, size) == -1)
		return -1;
	p = out->data + out->len;
	memcpy(p, head, len);
	for (size_t at = len; at < size; at += sizeof(uint64_t)) {
		uint64_t r = next(&s);
		size_t part = size - at < sizeof(r) ? size - at : sizeof(r);
		if (repeats && at >= len + PIECE)
			memmove(p + at, p + at - PIECE, part);
		else
			memcpy(p + at, &r, part);
	}
	for (size_t at = len; form == PAYLOAD_LINE && at < size; at++) {
		if (p[at] == '\n')
			p[at] = ' ';
	}
	out->len += size;
	out->data[out->len] = '\0';
	return 0;
}

static bool parse_head(
    const char *p, size_t len, uint64_t *n, enum payload_form *form, uint64_t *size)
{
	size_t max = len < HEAD_MAX ? len : HEAD_MAX;
	const char *space = memchr(p, ' ', max), *end = NULL;

	if (space == NULL || num_parse_n(p, (size_t)(space - p), 1, UINT64_MAX, n) == -1)
		return false;
	for (const char *c = space + 1; c < p + max && end == NULL; c++) {
		if (*c == ':' || *c == ';')
			end = c;
	}
	if (end == NULL ||
	    num_parse_n(space + 1, (size_t)(end - space - 1), 1, UINT32_MAX, size) == -1)
		return false;
	*form = *end == ';' ? PAYLOAD_LINE : PAYLOAD_BYTES;
	return true;
}

bool payload_check(uint64_t seed, const void *payload, size_t len, uint64_t *n)
{
	struct buf again = BUF_INIT(len);
	enum payload_form form;
	uint64_t size;
	bool same;

	*n = 0;
	if (!parse_head(payload, len, n, &form, &size) || size != len)
		return false;
	same = payload_make(&again, seed, *n, form, len) == 0 && again.len == len &&
	    memcmp(again.data, payload, len) == 0;
	buf_free(&again);
	return same;
}
