/* SPDX-License-Identifier: ISC */
#include "common/log/segment_header.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/base/num.h"
#include "common/log/bytes.h"

#include "common/base/banned.h"

static const char magic[8] = { 'B', 'J', 'L', 'O', 'G', '0', '0', '1' };

#define DIGEST_AT 48
#define BLOCK 4096

uint64_t segment_cost(uint64_t bytes)
{
	return (bytes + BLOCK - 1) / BLOCK * BLOCK + BLOCK;
}

void segment_format(const struct segment_header *h, uint8_t out[SEGMENT_HEADER])
{
	memset(out, 0, SEGMENT_HEADER);
	memcpy(out, magic, sizeof(magic));
	memcpy(out + 8, h->id.b, sizeof(h->id.b));
	put_u64(out + 24, h->first);
	put_u64(out + 32, h->base);
	crypto_generichash(out + DIGEST_AT, 16, out, DIGEST_AT, NULL, 0);
}

bool segment_parse(struct segment_header *h, const uint8_t in[SEGMENT_HEADER])
{
	uint8_t digest[16];

	memcpy(h->id.b, in + 8, sizeof(h->id.b));
	h->first = get_u64(in + 24);
	h->base = get_u64(in + 32);
	crypto_generichash(digest, sizeof(digest), in, DIGEST_AT, NULL, 0);
	return memcmp(in, magic, sizeof(magic)) == 0 && get_u64(in + 40) == 0 &&
	    memcmp(digest, in + DIGEST_AT, sizeof(digest)) == 0 && h->base >= 1 &&
	    h->base <= h->first && h->first < SEQ_END;
}

bool segment_parse_flipped(struct segment_header *h, const uint8_t in[SEGMENT_HEADER])
{
	uint8_t copy[SEGMENT_HEADER];

	memcpy(copy, in, sizeof(copy));
	for (size_t i = 0; i < sizeof(copy) * 8; i++) {
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		if (segment_parse(h, copy))
			return true;
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	return false;
}

unsigned segment_other_version(const uint8_t in[SEGMENT_HEADER])
{
	const size_t word = 5; /* BJLOG, then three digits */
	struct segment_header h;
	unsigned n = 0;

	if (memcmp(in, magic, word) != 0 || memcmp(in, magic, sizeof(magic)) == 0)
		return 0;
	for (size_t i = word; i < sizeof(magic); i++) {
		if (in[i] < '0' || in[i] > '9')
			return 0;
		n = n * 10 + (unsigned)(in[i] - '0');
	}
	return segment_parse_flipped(&h, in) ? 0 : n;
}

void segment_name(uint64_t first, char out[SEGMENT_NAME_LEN + 1])
{
	snprintf(out, SEGMENT_NAME_LEN + 1, "%016" PRIx64 ".seg", first);
}

bool segment_name_parse(const char *name, uint64_t *first)
{
	uint8_t b[8];
	char digits[17];

	if (strlen(name) != SEGMENT_NAME_LEN || strcmp(name + 16, ".seg") != 0)
		return false;
	memcpy(digits, name, 16);
	digits[16] = '\0';
	if (!hex_decode(b, sizeof(b), digits))
		return false;
	*first = 0;
	for (int i = 0; i < 8; i++)
		*first = *first << 8 | b[i];
	return *first >= 1 && *first < SEQ_END;
}
