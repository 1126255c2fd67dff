/* SPDX-License-Identifier: ISC */
/* Numbers in text. Strict: all of it, no sign, spaces, leading zeros. */
#ifndef BIJK_BASE_NUM_H
#define BIJK_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0, or -1: the text is not of that form or outside [min, max]. */
int num_parse(const char *s, uint64_t min, uint64_t max, uint64_t *out);
int num_parse_n(const char *s, size_t len, uint64_t min, uint64_t max, uint64_t *out);
/* Signed, for times: an optional '-' before the digits. */
int num_parse_signed(const char *s, int64_t *out);
/* A size: digits and an optional K, M, G or T (powers of 1024); bytes. */
int num_parse_size(const char *s, uint64_t *out);
/* A time span: digits and an optional s, m, h, d or w; seconds. */
int num_parse_span(const char *s, uint64_t *out);

/* For people: "1.5 GiB", "3 min". Returns buf, of at least 32 bytes. */
char *num_show_size(char *buf, size_t size, uint64_t bytes);
char *num_show_span(char *buf, size_t size, int64_t seconds);

/* The ending of a plural: "s", or "" after 1. */
const char *num_s(uint64_t n);
#define RANGE_MAX 80
/* "record 7", "records 7 to 9": the numbers from `from` to before `end`. */
char *num_show_range(char buf[RANGE_MAX], const char *thing, uint64_t from, uint64_t end);
/* "1 record", "2 records". */
char *num_show_count(char buf[RANGE_MAX], uint64_t n, const char *thing);

/* true: s is exactly 2 * len lower-case hex digits. */
bool hex_decode(uint8_t *out, size_t len, const char *s);
/* Writes 2 * len digits and NUL. */
void hex_encode(char *out, const uint8_t *data, size_t len);

#endif
