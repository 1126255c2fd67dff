/* SPDX-License-Identifier: ISC */
/*
 * Small state: a flat file of lines, `key: value`. The value is the rest of the
 * line; what is not printable was made visible when it was set. These files are
 * replaced without a sync: a reader takes a line that it does not understand,
 * and a file that is not there, as absent.
 */
#ifndef BIJK_BASE_FIELDS_H
#define BIJK_BASE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

#define FIELDS_MAX 16384

struct field {
	char *key;
	char *value;
};

struct fields {
	struct field *v;
	size_t n;
	bool failed; /* one was not set, for want of memory */
};

/* Adds what the file holds. -1: errno, and nothing was added. */
int fields_read(struct fields *f, int dir, const char *path);
int fields_parse(struct fields *f, const char *text, size_t len);
void fields_free(struct fields *f);

/* The value, or NULL; a number, or `missing`. */
const char *fields_get(const struct fields *f, const char *key);
int64_t fields_num(const struct fields *f, const char *key, int64_t missing);

/*
 * Adds or replaces. What is not printable becomes visible. -1: no memory; then
 * fields_format() and fields_write() fail too, so a caller may set many and ask
 * once.
 */
int fields_set(struct fields *f, const char *key, const char *value);
int fields_set_num(struct fields *f, const char *key, int64_t value);

/* The text of the file; and writing it (mode 0600), unsynced. */
int fields_format(const struct fields *f, struct buf *out);
int fields_write(const struct fields *f, int dir, const char *path);

#endif
