/* SPDX-License-Identifier: ISC */
/*
 * What one side knows of the other: the facts that a registration brings, and
 * that a card carries by hand (protocol.md, sections 5 and 6). One structure,
 * so that both end in the same files. No I/O.
 */
#ifndef BIJK_TRUST_CARD_H
#define BIJK_TRUST_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/names.h"
#include "common/trust/sshkey.h"

#define CARD_MAX 262144	   /* bytes of a card */
#define CARD_LINE_MAX 4096 /* bytes of a line of it, with the LF */
#define PULLKEYS_MAX 16

enum card_kind { CARD_NODE, CARD_MASTER };

struct card {
	enum card_kind kind;
	char name[NODE_NAME_MAX + 1];
	char address[256];   /* "" when not said */
	uint16_t port;	     /* of its sshd; 0 when not said */
	struct sshkeys keys; /* node: its push key (KEY, exactly one); master: PULLKEY lines */
	struct sshkeys hostkeys;
	uint8_t hash[HASH_SIZE]; /* of a node's card only */
	bool has_hash;
	uint64_t period; /* of a master's answer; 0 in a card */
};

void card_free(struct card *c);
/*
 * Strict: known lines, in the order of section 6, each as often as allowed,
 * nothing behind END but one LF; but a byte order mark may stand before it, and
 * its lines may end in CR LF. NODE or MASTER, a node's KEY and END must be
 * there, the rest may be missing. -1: *line counts from 1, *why (static) says
 * what is wrong with it. *c is to be freed in any case.
 */
int card_parse(struct card *c, const char *text, size_t len, unsigned *line, const char **why);
/* Appends the card to out. -1: errno. */
int card_format(const struct card *c, struct buf *out);

/* "WORD TYPE BASE64" for each key. */
void card_add_keys(struct buf *out, const char *word, const struct sshkeys *s);

/* --- The messages of a registration (protocol.md, section 5) --- */

/*
 * Bytes of one message: 36 lines of at most 4,096, less what they cannot use.
 */
#define REGISTRATION_MAX 131072

/*
 * A request: c->name, exactly one key, host keys, port, address. The mac is
 * over the text up to the last space. Appends the whole message, each line with
 * its LF, to out.
 */
int register_request_format(const struct card *c, const char *greeting,
    const uint8_t nonce[NONCE_SIZE], const uint8_t secret[SECRET_SIZE], struct buf *out);
/* Believes nothing: ask register_request_proved() with c->name's secret. */
int register_request_parse(struct card *c, const char *text, size_t len, const char **why);
bool register_request_proved(
    const char *text, size_t len, const char *greeting, const uint8_t secret[SECRET_SIZE]);

/* The answer to a request, likewise. `request` is the node's whole message. */
int register_answer_format(const struct card *c, const char *greeting, const char *request,
    size_t request_len, const uint8_t secret[SECRET_SIZE], struct buf *out);
int register_answer_parse(struct card *c, const char *text, size_t len, const char **why);
bool register_answer_proved(const char *text, size_t len, const char *greeting, const char *request,
    size_t request_len, const uint8_t secret[SECRET_SIZE]);

#endif
