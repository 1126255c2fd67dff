/* SPDX-License-Identifier: ISC */
/*
 * What a record becomes in a batch (bijk-feed(8), "FORMATS"). No I/O but on the
 * given stream. Node names and sources need no escapes in any format.
 */
#ifndef BIJK_FEED_FORMAT_H
#define BIJK_FEED_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/log/record.h"

/* A record that becomes lines, and what they get. */
struct format_record {
	const char *node;
	char source[SOURCE_MAX + 1];
	int64_t time_ns;
};

/*
 * One line of a payload, without its end, of valid UTF-8, with labels or tags
 * and a time added. 1: it was written; 0: it is empty or a comment; -1: it is
 * not of the format, *why, and nothing was written.
 */
int format_prom(
    FILE *out, const struct format_record *r, const char *line, size_t len, const char **why);
int format_influx(
    FILE *out, const struct format_record *r, const char *line, size_t len, const char **why);

#endif
