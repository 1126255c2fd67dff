/* SPDX-License-Identifier: ISC */
/*
 * Lines and bytes over a pair of descriptors, with deadlines (protocol.md,
 * sections 1 and 4).
 *
 * Both descriptors are made non-blocking. While it writes, a wire also reads
 * what comes, so that two ends that send at the same time cannot block each
 * other.
 *
 * Two limits hold at once: a total one, and one without progress, which starts
 * anew with every 4 KiB moved in the direction that counts, or 1 KiB for each
 * of its seconds if that is more.
 *
 * Errors are errno: ETIMEDOUT; EBADMSG for a line that is no protocol line (not
 * printable ASCII, over 4,096 bytes with its LF); ECONNRESET when the stream
 * ends inside a line or inside bytes.
 */
#ifndef BIJK_EXCHANGE_WIRE_H
#define BIJK_EXCHANGE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/deadline.h"

#define WIRE_LINE_MAX 4096 /* with the LF */
#define WIRE_BUFFER 65536

struct wire {
	int in, out;
	bool out_broken; /* a write failed; what the other side said can still be read */
	bool in_ended;
	bool ends_in_time; /* once start_is_over(), waiting fails with ETIME */
	char *buf;	   /* read and not yet taken: [start, end) of size */
	size_t start, end, size;
	deadline_t total;
	uint64_t timeout_ms; /* 0: no limit without progress */
	deadline_t quiet;
	const uint64_t *counted; /* `received` or `sent`: what is progress */
	uint64_t mark;		 /* *counted when `quiet` was last set */
	uint64_t received, sent;
};

/* 0, or -1 with errno (no memory). The descriptors stay the caller's. */
int wire_init(struct wire *w, int in, int out);
void wire_free(struct wire *w);
/* Reads ahead up to size bytes. -1: no memory, and nothing changed. */
int wire_read_ahead(struct wire *w, size_t size);
/*
 * Reads what is there, as far as there is room: before something slow, so that
 * the sender need not wait meanwhile. An error shows with the next reading.
 */
void wire_take_in(struct wire *w);

/* A limit for all that follows, DEADLINE_NEVER for none. */
void wire_limit_total(struct wire *w, deadline_t d);
/*
 * From now on, limits the seconds without progress. Only one direction counts:
 * to a sender what it sends, to a receiver what it receives; the other side
 * could repeat the rest at will.
 */
enum wire_progress { WIRE_RECEIVES, WIRE_SENDS };
void wire_limit_quiet(struct wire *w, uint64_t seconds, enum wire_progress counted);

/* One line, without its LF. 1: read; 0: the stream ended; -1: errno. */
int wire_get_line(struct wire *w, char line[WIRE_LINE_MAX]);
/* Never waits: 0 also if no whole line has come, unless in_ended. */
int wire_poll_line(struct wire *w, char line[WIRE_LINE_MAX]);
/*
 * Skips at most `most` bytes before the first of the two words, then reads from
 * there to the end of the line: what sshd prints must not break a pull.
 */
int wire_find_line(
    struct wire *w, const char *word1, const char *word2, size_t most, char line[WIRE_LINE_MAX]);
/* Exactly len bytes. 0 or -1. */
int wire_get(struct wire *w, void *data, size_t len);
/* All of data. 0 or -1; with out_broken, there may be more to read. */
int wire_put(struct wire *w, const void *data, size_t len);
/* The line and its LF. */
int wire_put_line(struct wire *w, const char *line);
/* Is there input that was not read yet? Does not wait. */
bool wire_has_input(struct wire *w);
/*
 * Ends a session on the side that does not close first: half-closes (shuts down
 * the writing side of a socket; closes a pipe, and w->out becomes -1), then
 * reads and discards to the end of the stream, 10 s at most, within the total
 * limit.
 */
void wire_drain(struct wire *w);

#endif
