/* SPDX-License-Identifier: ISC */
/* Names and limits of protocol.md, section 1. */
#ifndef BIJK_NAMES_H
#define BIJK_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODE_NAME_MAX 64
#define SOURCE_MAX 64
#define HASH_SIZE 32
#define SECRET_SIZE 32
#define NONCE_SIZE 32
#define LOG_ID_SIZE 16
#define SEAL_KEY 32
#define PERIOD_MAX 86400	    /* seconds between two pushes, that a master may ask for */
#define SEQ_END ((uint64_t)1 << 63) /* a sequence number is below */
#define RECORD_MAX (16u << 20)	    /* payload of a record */

struct log_id {
	uint8_t b[LOG_ID_SIZE];
};

/* Names of nodes and of masters. */
bool name_valid(const char *s);
/* localhost, localhost6.localdomain6: many machines are called so. */
bool name_of_nobody(const char *s);
bool source_valid(const char *s);
bool source_valid_n(const char *s, size_t len);
/*
 * A source, or a pattern of glob(7) for sources: with * ? [a-z] [!a-z]. The
 * second tells whether a valid pattern matches a valid source.
 */
bool source_pattern_valid(const char *s);
bool source_matches(const char *pattern, const char *source, size_t len);

/*
 * A number below `range` made from a name: when in a minute or a period a node
 * acts, so that a fleet spreads evenly. The first 8 bytes of BLAKE2b-128 of the
 * name, little-endian, modulo range.
 */
uint64_t name_phase(const char *name, uint64_t range);

/* The same of two names, for what differs from pair to pair: BLAKE2b-128 of the
 * first, a space and the second. */
uint64_t names_number(const char *a, const char *b);

/*
 * A number made from an address (as sock_peer() shows it), equal for addresses
 * that are one source: of IPv6 the first 64 bits count.
 */
uint64_t address_number(const char *address);

#endif
