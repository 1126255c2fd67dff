/* SPDX-License-Identifier: ISC */
/*
 * What one side knows of the other: the facts that a registration brings, and that a card carries by
 * hand (protocol.md, sections 5 and 6). One structure, so that both ways end in the same files.
 */
#ifndef BIJK_PEERCARD_H
#define BIJK_PEERCARD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/names.h"
#include "common/sshkey.h"

#define CARD_MAX 262144 /* bytes of a card */

enum card_kind { CARD_NODE, CARD_MASTER };

struct peercard {
	enum card_kind kind;
	char name[NODE_NAME_MAX + 1];
	char address[256];	/* "" when not said */
	uint16_t port;		/* of its sshd; 0 when not said */
	struct sshkeys keys;	/* node: its push key (KEY, exactly one in a registration); master: PULLKEY lines */
	struct sshkeys hostkeys;
	uint8_t hash[HASH_SIZE]; /* of a node's card only */
	bool has_hash;
	uint64_t period; /* of a master's answer; 0 in a card */
};

void peercard_free(struct peercard *c);
/*
 * Strict: known lines, in the order of section 6, each at most as often as allowed, nothing behind END but one
 * LF. -1: *line counts from 1, *why says what is wrong with it.
 */
int peercard_parse(
    struct peercard *c, const char *text, size_t len, unsigned *line, const char **why);
/* Appends the card to out. */
int peercard_format(const struct peercard *c, struct buf *out);

#endif
