/* SPDX-License-Identifier: ISC */
#include "common/log/record.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "common/log/bytes.h"

#include "common/base/banned.h"

size_t record_size(const struct record *r)
{
	return RECORD_HEADER + r->source_len + r->len;
}

int record_add(struct buf *b, const struct record *r)
{
	uint8_t *p;

	if (r->len < 1 || r->len > RECORD_MAX || !source_valid_n(r->source, r->source_len)) {
		errno = EINVAL;
		return -1;
	}
	if (buf_reserve(b, record_size(r)) == -1)
		return -1;
	p = (uint8_t *)b->data + b->len;
	put_u32(p, (uint32_t)r->len);
	put_u64(p + 4, (uint64_t)r->time_ns);
	p[12] = (uint8_t)r->source_len;
	memcpy(p + RECORD_HEADER, r->source, r->source_len);
	memcpy(p + RECORD_HEADER + r->source_len, r->payload, r->len);
	b->len += record_size(r);
	b->data[b->len] = '\0';
	return 0;
}

int record_next(const uint8_t *body, size_t len, size_t *at, struct record *r)
{
	const uint8_t *p = body + *at;
	size_t left = len - *at;

	if (left < RECORD_HEADER)
		return -1;
	r->len = get_u32(p);
	r->time_ns = (int64_t)get_u64(p + 4);
	r->source_len = p[12];
	r->source = (const char *)p + RECORD_HEADER;
	if (r->len < 1 || r->len > RECORD_MAX || left - RECORD_HEADER < r->source_len ||
	    left - RECORD_HEADER - r->source_len < r->len ||
	    !source_valid_n(r->source, r->source_len))
		return -1;
	r->payload = p + RECORD_HEADER + r->source_len;
	*at += record_size(r);
	return 0;
}

void record_check(
    const uint8_t *stored, size_t len, const uint8_t key[SEAL_KEY], uint8_t check[RECORD_CHECK])
{
	crypto_generichash(check, RECORD_CHECK, stored, len, key, SEAL_KEY);
}
