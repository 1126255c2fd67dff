/* SPDX-License-Identifier: ISC */
/*
 * What one side knows of the other: the facts that a registration brings, and that a card carries
 * by hand (protocol.md, sections 5 and 6). One structure, so that both ways end in the same files.
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
/* Puts a copy in place of what is in `to`. -1: no memory, nothing is changed. */
int card_copy(struct card *to, const struct card *from);
/*
 * Strict: known lines, in the order of section 6, each as often as allowed, nothing behind END but
 * one LF; but a byte order mark may stand before it, and its lines may end in CR LF. NODE or MASTER, a node's KEY and END must be there, the rest may be missing. -1: *line
 * counts from 1, *why (static) says what is wrong with it. *c is to be freed in any case.
 */
int card_parse(struct card *c, const char *text, size_t len, unsigned *line, const char **why);
/* Appends the card to out. -1: errno. */
int card_format(const struct card *c, struct buf *out);

/* --- The parser below, which the messages of a registration use too --- */

#define CARD_FIELDS 3

struct card_rule {
	const char *word;
	unsigned fields;   /* behind the word, one space before each */
	unsigned min, max; /* how often the line may stand at its place */
	/* Takes the fields over; NULL, or what is wrong with them. */
	const char *(*take)(struct card *c, char *const *field);
};

/* Lines that a card and a registration share. */
const char *card_take_pullkey(struct card *c, char *const *field);
const char *card_take_hostkey(struct card *c, char *const *field);
const char *card_take_pushkey(struct card *c, char *const *field);
const char *card_take_address(struct card *c, char *const *field);
const char *card_take_port(struct card *c, char *const *field);
const char *card_take_name(struct card *c, char *const *field);
/* "WORD TYPE BASE64" for each key. */
void card_add_keys(struct buf *out, const char *word, const struct sshkeys *s);

/*
 * The text is these lines in this order, and nothing else; the last one may lack its LF.
 * -1: as card_parse().
 */
int card_read(struct card *c, const struct card_rule *rules, size_t n, const char *text, size_t len,
    unsigned *line, const char **why);

#endif
