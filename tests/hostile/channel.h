/* SPDX-License-Identifier: ISC */
/*
 * The connection layer of SSH (RFC 4254), spoken through the control socket of an ssh that is logged in (PROTOCOL.mux,
 * "proxy"): what is sent here reaches sshd as it is. One channel at a time. A connection that ends, or an answer that does not
 * come within a minute, ends the program with code 69.
 */
#ifndef BIJK_TESTS_CHANNEL_H
#define BIJK_TESTS_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer {
	bool accepted; /* the last request that wanted a reply */
	int code;      /* exit code; -1: none */
	size_t out_bytes, err_bytes, err_lines;
	char err[256]; /* how standard error began */
};

void channel_log_in(const char *control_socket);

/* A channel of this kind, where more() has added what only this kind has; false: sshd refuses it. */
bool channel_open(const char *kind, void (*more)(const char *where), const char *where);
/* A request on it; put_*() adds to it, then channel_send() sends it. */
void channel_request(const char *kind, bool want_reply);
void channel_send(void);
/* Nothing more will come from us. */
void channel_end(void);
/* Up to the end of the channel. A request that fails closes it. */
void channel_hear(struct answer *a);
void channel_close(void);

void put_u8(uint8_t v);
void put_u32(uint32_t v);
void put_bytes(const void *p, size_t len);
void put_string(const char *s);

#endif
