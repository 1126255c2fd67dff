/* SPDX-License-Identifier: ISC */
/*
 * A growing byte buffer with a maximum that is fixed when it is made.
 *
 * The bytes are always followed by a NUL that is not counted, so buf.data can
 * be read as a string once anything was added. A buffer that would pass its
 * maximum, or for which there is no memory, keeps what it holds, and every
 * later addition fails too (errno EMSGSIZE or ENOMEM): a caller may add many
 * things and ask buf_ok() once.
 */
#ifndef BIJK_BASE_BUF_H
#define BIJK_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL until something is added */
	size_t len;
	size_t cap;
	size_t max; /* the most bytes it may hold */
	bool failed;
};

#define BUF_INIT(maximum)                                                                          \
	{                                                                                          \
		.data = NULL, .max = (maximum)                                                     \
	}

/* Frees the bytes; the buffer is empty and usable again. */
void buf_free(struct buf *b);
/* The same for secrets: overwrites all of its memory before. */
void buf_wipe(struct buf *b);
/* Empties it and forgets a failure; keeps its memory. */
void buf_reset(struct buf *b);
bool buf_ok(const struct buf *b);

/* These return 0, or -1 with errno as said above. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_adds(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for len more bytes at the end, uninitialised, not counted. */
int buf_reserve(struct buf *b, size_t len);
/* Removes the first len bytes. */
void buf_consume(struct buf *b, size_t len);

#endif
