/* SPDX-License-Identifier: ISC */
/*
 * The two messages of a registration (protocol.md, section 5), as text: parsing, formatting and
 * their proofs. No I/O.
 */
#ifndef BIJK_TRUST_REGISTER_MESSAGE_H
#define BIJK_TRUST_REGISTER_MESSAGE_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/names.h"
#include "common/trust/card.h"

#define REGISTRATION_MAX                                                                           \
	131072 /* bytes of one message: 36 lines of at most 4,096, less what they cannot use */

/* The greeting, without its LF. -1: *why; *other_version is set when it is one of another version.
 */
struct register_greeting {
	char name[NODE_NAME_MAX + 1];
	uint8_t nonce[NONCE_SIZE];
	uint64_t time;
};
int register_greeting_parse(
    struct register_greeting *g, const char *line, bool *other_version, const char **why);
/* Into a buffer of 4,096 bytes; no LF. */
void register_greeting_format(const struct register_greeting *g, char *line, size_t size);

/*
 * A request: c->name, exactly one key, host keys, port, address. The mac is over the text up to the last
 * space. Appends the whole message, each line with its LF, to out.
 */
int register_request_format(const struct card *c, const char *greeting,
    const uint8_t nonce[NONCE_SIZE], const uint8_t secret[SECRET_SIZE], struct buf *out);
/* Parses all of it but believes nothing: ask register_request_proved() with the secret of c->name. */
int register_request_parse(struct card *c, const char *text, size_t len, const char **why);
bool register_request_proved(
    const char *text, size_t len, const char *greeting, const uint8_t secret[SECRET_SIZE]);

/* The answer MASTER … END to a request, likewise. `request` is the node's whole message. */
int register_answer_format(const struct card *c, const char *greeting, const char *request,
    size_t request_len, const uint8_t secret[SECRET_SIZE], struct buf *out);
int register_answer_parse(struct card *c, const char *text, size_t len, const char **why);
bool register_answer_proved(const char *text, size_t len, const char *greeting, const char *request,
    size_t request_len, const uint8_t secret[SECRET_SIZE]);

#endif
