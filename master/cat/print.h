/* SPDX-License-Identifier: ISC */
/* Printing on standard output: payloads as they are, or JSON, one object per
 * line (bijk-cat(1)). What could command a terminal is made visible there. */
#ifndef BIJK_CAT_PRINT_H
#define BIJK_CAT_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log/record.h"
#include "common/names.h"

/* A payload that does not end in a line end gets one. -1: errno, of stdout if
 * ferror(stdout). */
int cat_print_record(
    bool json, const char *node, const struct log_id *id, uint64_t seq, const struct record *r);
/* Records `from` to `to`, both included, are missing: an object, or a message
 * on standard error. */
void cat_print_gap(
    bool json, const char *node, const struct log_id *id, uint64_t from, uint64_t to);

#endif
