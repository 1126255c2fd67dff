/* SPDX-License-Identifier: ISC */
/*
 * How registering with a master went, in state/register-ADDRESS of the node: small state, which may
 * be lost. Then the node registers once more, which changes nothing.
 */
#ifndef BIJK_TRUST_STANDING_H
#define BIJK_TRUST_STANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/trust/card.h"

#define STANDING_KEY_MAX 64
#define STANDING_REASON_MAX 256
#define STANDING_HOSTKEYS 33 /* a digest in hex, with NUL */

struct standing {
	int64_t tried; /* seconds since 1970; 0: never */
	int64_t taken;
	char key[STANDING_KEY_MAX]; /* fingerprint of the key of ours that it took last; "": none */
	char result[16]; /* of the last try: a word, and a sentence; "" when none is known */
	char reason[STANDING_REASON_MAX];
	/* What it was told of us, "" and 0 where that is not known: our name and address, the port of our sshd, and a
	 * digest of its host keys. */
	char name[NODE_NAME_MAX + 1];
	char address[256];
	uint16_t port;
	char hostkeys[STANDING_HOSTKEYS];
};

/* Notes what this card of ours tells of us. -1: no memory. */
int standing_told(struct standing *s, const struct card *card);
/* Is another thing true now than what it was told? What is not known, then or now, does not count. */
bool standing_outdated(const struct standing *s, const struct card *now);
/* Did it take us under another name than this? */
bool standing_renamed(const struct standing *s, const char *name);

/* What is not there or not readable is "never". */
void standing_read(int state, const char *address, struct standing *s);
/* Result is a word, reason a sentence: for people who look. A failure is only warned of. */
void standing_write(int state, const char *address, const struct standing *s, const char *result,
    const char *reason);
void standing_remove(int state, const char *address);

#endif
