/* SPDX-License-Identifier: ISC */
/*
 * How far our ssh came on its way to a login, as its debug output tells. No I/O. What went wrong is
 * ssh_explain()'s (ssh.h).
 */
#ifndef BIJK_SSH_STEPS_H
#define BIJK_SSH_STEPS_H

#include <stddef.h>

enum ssh_step {
	SSH_STEP_NAME,	  /* the name has an address, and this one is tried */
	SSH_STEP_TCP,	  /* the port is open */
	SSH_STEP_BANNER,  /* an ssh server greets */
	SSH_STEP_HOSTKEY, /* it shows the pinned key */
	SSH_STEP_KEY,	  /* it takes ours */
	SSH_STEPS,
};

#define SSH_STEP_TEXT 256

/*
 * How many steps, in this order, everything that ssh printed so far tells of; 0 also where it went over a
 * connection that was there already. text[i], for each of these, is a line for a person, which can
 * hold what the other side sent.
 */
size_t ssh_steps(const char *said, char text[SSH_STEPS][SSH_STEP_TEXT]);

#endif
