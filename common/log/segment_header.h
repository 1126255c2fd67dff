/* SPDX-License-Identifier: ISC */
/* The header and the name of a segment (protocol.md, section 3). No I/O. */
#ifndef BIJK_LOG_SEGMENT_HEADER_H
#define BIJK_LOG_SEGMENT_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/names.h"

#define SEGMENT_VERSION 1
#define SEGMENT_HEADER 64
#define SEGMENT_CLOSE (8u << 20) /* past this size the next frame starts a new one */
#define SEGMENT_NAME_LEN 20	 /* 16 hex digits and ".seg" */

struct segment_header {
	struct log_id id;
	uint64_t first, base;
};

/*
 * What a segment of so many bytes counts for where room is limited: whole blocks of 4,096, and one more for its inode. So
 * one that holds nothing is not free.
 */
uint64_t segment_cost(uint64_t bytes);
void segment_format(const struct segment_header *h, uint8_t out[SEGMENT_HEADER]);
/* False: magic, digest, zeros or numbers are wrong; *h holds what stands there all the same. */
bool segment_parse(struct segment_header *h, const uint8_t in[SEGMENT_HEADER]);
/* The header that differs from this one in a single bit and is whole. False: there is none. */
bool segment_parse_flipped(struct segment_header *h, const uint8_t in[SEGMENT_HEADER]);
/*
 * Does another version of the format stand there? Its number; 0: no. Nothing else is known of such a segment, so it
 * must be left as it is.
 */
unsigned segment_other_version(const uint8_t in[SEGMENT_HEADER]);
void segment_name(uint64_t first, char out[SEGMENT_NAME_LEN + 1]);
bool segment_name_parse(const char *name, uint64_t *first);

#endif
