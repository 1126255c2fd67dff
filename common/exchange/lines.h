/* SPDX-License-Identifier: ISC */
/*
 * The lines of a session (protocol.md, section 4) as text: one parser and one
 * formatter each, for both ends, without I/O or proofs. A parser takes a line
 * without its LF and believes nothing else.
 *
 * Parsers return 0, or -1 for a line that is not exactly of the form.
 * Formatters of lines that carry a mac write everything before the space in
 * front of it.
 */
#ifndef BIJK_EXCHANGE_LINES_H
#define BIJK_EXCHANGE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/exchange/wire.h"
#include "common/fail.h"
#include "common/log/record.h"
#include "common/names.h"

#define PROTOCOL_VERSION 2
#define PROOF_SECONDS 30 /* of a session up to the proof */
#define SKIP_MAX 8192	 /* bytes before NODE in a pull */
#define WAIT_MAX 86400
#define ACK_EVERY (8u << 20)
#define NONCE_HEX (2 * NONCE_SIZE)

struct greeting {
	char name[NODE_NAME_MAX + 1];
	char nonce[NONCE_HEX + 1];
	uint64_t time;
};

struct node_line {
	char name[NODE_NAME_MAX + 1];
	struct log_id id;
	uint64_t base, first, next;
	char nonce[NONCE_HEX + 1];
	uint64_t time;
};

struct from_line {
	uint64_t seq, period;
	uint8_t check[RECORD_CHECK];
};

/* A fresh nonce as hex. */
void nonce_make(char nonce[NONCE_HEX + 1]);

/*
 * The word is that of a session or of a registration. *version: the number when
 * the line is a greeting of another version, else 0.
 */
#define GREETING_SESSION "BIJK"
#define GREETING_REGISTER "BIJKREG"
int greeting_parse(struct greeting *g, const char *word, const char *line, uint64_t *version);
void greeting_format(const struct greeting *g, const char *word, char *line, size_t size);
int node_line_parse(struct node_line *n, const char *line);
void node_line_format(const struct node_line *n, char *line, size_t size);
int from_line_parse(struct from_line *f, const char *line);
void from_line_format(const struct from_line *f, char *line, size_t size);
/* WAIT, ACK, DATA and END: one number. Checks no mac. */
int number_line_parse(const char *word, const char *line, bool with_mac, uint64_t max, uint64_t *n);
/* "ERR code text": the code (ERR_PROTO: unknown), and where its text begins. */
int err_line_parse(const char *line, enum err_code *code, const char **text);
void err_line_format(enum err_code code, const char *text, char *line, size_t size);

/* Appends a space and the mac to a formatted line. */
void line_add_mac(char *line, size_t size, const char *mac);

/* --- Ending early, the same on both ends. These set f and return -1 --- */

/* The connection broke, as errno says, while `doing`. */
int session_broken(struct fail *f, const char *doing);
/*
 * Sends ERR with f's code and waits until it was read. The text stays here,
 * except that of ERR_VERSION. f is not changed.
 */
int session_tell(struct wire *w, const struct fail *f);
/* fail_set() and session_tell(). */
int session_refuse(struct wire *w, struct fail *f, enum err_code code, int exit_code,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
