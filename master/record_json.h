/* SPDX-License-Identifier: ISC */
/* Records and gaps as JSON objects, one per line (bijk-cat(1), "JSON OUTPUT"). */
#ifndef BIJK_RECORD_JSON_H
#define BIJK_RECORD_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/log/record.h"
#include "common/names.h"

/* With `ascii`, every other character is escaped, for a terminal. -1: errno,
 * also if out failed. */
int record_json(FILE *out, bool ascii, const char *node, const struct log_id *id, uint64_t seq,
    const struct record *r);
/* Records `from` to `to`, both included, are missing. */
void record_json_gap(
    FILE *out, const char *node, const struct log_id *id, uint64_t from, uint64_t to);

#endif
