/* SPDX-License-Identifier: ISC */
/*
 * The system's ssh: the options that we give it, and what its words mean, as OpenSSH 9.2 was seen to
 * say them. No I/O.
 */
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

/* In this line of its debug output our ssh says that its forwarding listens. */
bool ssh_says_ready(const char *line);

enum ssh_trouble {
	SSH_TROUBLE_NONE, /* nothing known in the text */
	SSH_NAME,	  /* the host's name is unknown */
	SSH_REFUSED,
	SSH_UNREACHABLE,
	SSH_TIMEOUT,
	SSH_BANNER_TIMEOUT,
	SSH_CLOSED,    /* before the key exchange: wrappers, MaxStartups, not ssh */
	SSH_BUSY,      /* MaxStartups said so */
	SSH_PENALISED, /* PerSourcePenalties said so */
	SSH_HOSTKEY_UNKNOWN,
	SSH_HOSTKEY_CHANGED,
	SSH_KEY_REFUSED,
	SSH_OTHER_METHOD, /* sshd wants more than a key */
	SSH_KEY_FILE,	  /* our own key cannot be used */
	SSH_ACCOUNT,	  /* closed after authentication: expired, nologin */
	SSH_PROXY,	  /* the jump host, or the command, that ssh_config names */
	SSH_PORT_TAKEN,	  /* our end of the tunnel */
	SSH_FORWARD_DENIED,
	SSH_FORWARD_NOBODY, /* nobody listens at the far end */
	SSH_NO_COMMAND,	    /* it ran something else than bijk-login */
};

struct ssh_verdict {
	enum ssh_trouble trouble;
	const char *sentence; /* what happened: "the node's sshd refused the key" */
	const char *check;    /* what to look at */
	int exit_code;	      /* sysexits */
	bool transient;	      /* the other side is busy, not wrong: back off */
};

/* What everything that ssh printed to standard error comes to. */
struct ssh_verdict ssh_explain(const char *text);
/*
 * The key of ours that the other side took, as a fingerprint, from the same text; false where nothing in it says so (a
 * connection that was kept). `out` has room for 64.
 */
bool ssh_key_taken(const char *text, char *out);
/* Its sentence, with the last words where they are the reason: "…: Your account has expired". */
void ssh_sentence(const char *text, char *out, size_t size);
/* The last line of it that is neither debug output nor a banner, for a message; "" if there is none. Into out. */
void ssh_last_words(const char *text, char *out, size_t size);

#endif
