/* SPDX-License-Identifier: ISC */
/* The command line of the system's ssh. No I/O. */
#ifndef BIJK_SSH_SSH_H
#define BIJK_SSH_SSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/child.h"

struct ssh_target {
	const char *ssh;	/* the program */
	const char *ssh_config; /* for -F; "none", or a file, which may name a jump host */
	const char *user;
	const char *host; /* checked by hostaddr_valid() */
	uint16_t port;
	const char *identity[2]; /* the second may be NULL */
	const char *known_hosts;
	const char *alias;	 /* HostKeyAlias */
	const char *control_dir; /* NULL: a connection of its own; else shared ones, kept for
				    control_seconds */
	uint64_t control_seconds;
	uint64_t connect_seconds;
};

/* ssh and every option up to, not including, `-- HOST`. */
void ssh_begin(struct argv *a, const struct ssh_target *t);
/* `-- HOST`, and `pull` or nothing behind it. */
void ssh_end(struct argv *a, const struct ssh_target *t, const char *command);

#endif
