/* SPDX-License-Identifier: ISC */
/* A push: to each master in turn, through a tunnel, until one takes the data or says WAIT. */
#ifndef BIJK_PUSH_PUSH_H
#define BIJK_PUSH_PUSH_H

#include <stdint.h>

#include "common/contact.h"
#include "common/trust/known.h"

struct push {
	/* What the caller sets. */
	const struct known *known;
	uint8_t hash[HASH_SIZE];
	struct contact *contact; /* is kept up to date, in memory and in its file */
	int64_t began;		 /* when it was found due */
	bool by_hand;		 /* --now: WAIT and busy are told as well */

	/* What is known afterwards. */
	masters_set strangers; /* ssh did not know the host key, or sshd not ours */
};

/* Tries each master that has taken this node, once. 0, or the exit code for the last that failed;
 * `code` if none was there to be tried. */
int push_run(struct push *p, int code);

#endif
