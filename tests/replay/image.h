/* SPDX-License-Identifier: ISC */
/* A small tree of files as it lies, or could lie, on a disk. */
#ifndef BIJK_TESTS_IMAGE_H
#define BIJK_TESTS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_NAME 40
#define IMAGE_ENTRIES 48

struct image {
	struct image_entry {
		size_t parent; /* an entry before this one; entry 0 is the root */
		char name[IMAGE_NAME];
		bool dir;
		uint8_t *data; /* owned */
		size_t len;
	} v[IMAGE_ENTRIES];
	size_t n;
};

/* Only the root. */
void image_init(struct image *i);
void image_free(struct image *i);
/* Adds an entry with a copy of the data (NULL: a directory) and returns its
 * index. */
size_t image_add(struct image *i, size_t parent, const char *name, const uint8_t *data, size_t len);
/* What lies below `root`, files called "lock" left out. */
void image_read(struct image *i, const char *root);
/* Makes `root` hold this and nothing else. */
void image_write(const struct image *i, const char *root);
/* NULL: they are the same; else what is not, static. */
const char *image_differs(const struct image *a, const struct image *b);
/* Names and sizes. */
void image_print(const struct image *i);

#endif
