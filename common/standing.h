/* SPDX-License-Identifier: ISC */
/*
 * How registering with a master went, in state/register-ADDRESS of the node: small state, which may
 * be lost. Then the node registers once more, which changes nothing.
 */
#ifndef BIJK_STANDING_H
#define BIJK_STANDING_H

#include <stdint.h>

#define STANDING_KEY_MAX 64

struct standing {
	int64_t tried; /* seconds since 1970; 0: never */
	int64_t taken;
	char key[STANDING_KEY_MAX]; /* fingerprint of the key of ours that it took last; "": none */
};

/* What is not there or not readable is "never". */
void standing_read(int state, const char *address, struct standing *s);
/* Result is a word, reason a sentence: for people who look. A failure is only warned of. */
void standing_write(int state, const char *address, const struct standing *s, const char *result,
    const char *reason);
void standing_remove(int state, const char *address);

#endif
