/* SPDX-License-Identifier: ISC */
/*
 * Why a session or a registration failed: the protocol's code if it has one, an
 * exit code, and one line for a person.
 */
#ifndef BIJK_FAIL_H
#define BIJK_FAIL_H

#include <stdbool.h>

/* The codes of `ERR` (protocol.md, section 4). */
enum err_code {
	ERR_NONE,
	ERR_VERSION,
	ERR_PROTO,
	ERR_AUTH,
	ERR_DISABLED,
	ERR_BUSY,
	ERR_STORE,
	ERR_TOOLARGE,
	ERR_REGRESSED,
};

#define FAIL_TEXT_MAX 512

struct fail {
	enum err_code code; /* ERR_NONE: the protocol has none, as for a broken connection */
	int exit_code;	    /* sysexits */
	char text[FAIL_TEXT_MAX];
};

/* Sets it and returns -1, for `return fail_set(…)`. */
int fail_set(struct fail *f, enum err_code code, int exit_code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Is it a fault of this machine, not of the other end? */
bool fail_is_local(const struct fail *f);

/* "auth"; parsing returns ERR_NONE for an unknown word. */
const char *err_code_name(enum err_code code);
enum err_code err_code_parse(const char *word);
/* The exit code for a code that the other side sent. */
int err_code_exit(enum err_code code);

#endif
