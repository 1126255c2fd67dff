/* SPDX-License-Identifier: ISC */
/* How bijk-cat prints: payloads as they are, or JSON, one object a line (design.md). To standard
 * output; what could command a terminal is made visible there. */
#ifndef BIJK_CAT_PRINT_H
#define BIJK_CAT_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log/record.h"
#include "common/names.h"

struct cat_form {
	bool json;
};

/* A payload that does not end in a line end gets one. */
void cat_print_record(const struct cat_form *f, const char *node, const struct log_id *id,
    uint64_t seq, const struct record *r);
/* Records `from` to `to`, both included, are missing; without JSON that is a message on standard
 * error. */
void cat_print_gap(const struct cat_form *f, const char *node, const struct log_id *id,
    uint64_t from, uint64_t to);
/* Writes out what is still in memory. Ends the program when that, or anything before, failed. */
void cat_print_flush(void);

#endif
