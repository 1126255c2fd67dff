/* SPDX-License-Identifier: ISC */
/*
 * state/register-ADDRESS: how registering with a master went. Small state, which
 * may be lost: then the node registers once more, which changes nothing.
 */
#ifndef BIJK_TRUST_REGISTER_STATE_H
#define BIJK_TRUST_REGISTER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/fail.h"
#include "common/trust/card.h"

struct register_state {
	int64_t tried; /* seconds since 1970; 0: never */
	int64_t taken;
	char key[64];	 /* fingerprint of the key of ours that it took last; "": none */
	char result[16]; /* of the last try: a word, and a sentence; "" when none is known */
	char reason[FAIL_TEXT_MAX];
	/*
	 * What it was told of us, "" and 0 where that is not known: our name
	 * and address, the port of our sshd, and a digest of its host keys in
	 * hex.
	 */
	char name[NODE_NAME_MAX + 1];
	char address[256];
	uint16_t port;
	char hostkeys[33];
};

/* Notes what this card of ours tells of us. -1: no memory. */
int register_state_told(struct register_state *s, const struct card *card);
/* Was it told something else? Ignores what is not known, then or now. */
bool register_state_outdated(const struct register_state *s, const struct card *now);
/* The same of our host keys alone. */
bool register_state_hostkeys(const struct register_state *s, const struct card *now);
/* Did it take us under another name than this? */
bool register_state_renamed(const struct register_state *s, const char *name);

/* What is not there or not readable is "never". */
void register_state_read(struct register_state *s, int state_dir, const char *address);
/* A failure is only warned of. */
void register_state_write(const struct register_state *s, int state_dir, const char *address);
void register_state_remove(int state_dir, const char *address);

#endif
