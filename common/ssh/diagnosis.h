/* SPDX-License-Identifier: ISC */
/*
 * What our ssh printed to standard error, and what it means; as OpenSSH 9.2
 * prints it. `text` is always everything that it printed so far. No I/O.
 */
#ifndef BIJK_SSH_DIAGNOSIS_H
#define BIJK_SSH_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>

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

#define SSH_WORDS_MAX 256
#define SSH_SENTENCE_MAX 384

struct ssh_verdict {
	enum ssh_trouble trouble;
	/* What happened, with ssh's last words where they are the reason. */
	char sentence[SSH_SENTENCE_MAX];
	const char *check; /* what to look at */
	int exit_code;	   /* sysexits */
	bool transient;	   /* the other side is busy, not wrong: back off */
	/*
	 * The last line that is no debug output, banner or farewell; "" if
	 * there is none.
	 */
	char words[SSH_WORDS_MAX];
};

/* Diagnoses ssh's complete stderr. */
struct ssh_verdict ssh_explain(const char *text);
/* Its sentence alone. */
const char *ssh_sentence(enum ssh_trouble trouble);
/* Does our ssh say that its forwarding listens? */
bool ssh_says_ready(const char *text);
/*
 * The fingerprint of our key that the other side accepted; false where nothing
 * says so (a connection that was kept). `out` has room for 64.
 */
bool ssh_key_taken(const char *text, char *out);

/* How far ssh came. */
enum ssh_step {
	SSH_STEP_NAME,	  /* the name has an address, and this one is tried */
	SSH_STEP_TCP,	  /* the port is open */
	SSH_STEP_BANNER,  /* an ssh server greets */
	SSH_STEP_HOSTKEY, /* it shows the pinned key */
	SSH_STEP_KEY,	  /* it accepts ours */
	SSH_STEPS,
};

#define SSH_STEP_TEXT 256

/*
 * How many steps, in this order, ssh has taken; 0 also over a connection that
 * was kept. text[i], for each of these, is a line for a person, which can hold
 * what the other side sent.
 */
size_t ssh_steps(const char *text, char steps[SSH_STEPS][SSH_STEP_TEXT]);

#endif
