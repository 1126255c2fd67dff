/* SPDX-License-Identifier: ISC */
#include "common/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/banned.h"

static const struct {
	const char *name;
	int exit_code;
} codes[] = {
	[ERR_NONE] = { "none", EX_PROTOCOL },
	[ERR_VERSION] = { "version", EX_PROTOCOL },
	[ERR_PROTO] = { "proto", EX_PROTOCOL },
	[ERR_AUTH] = { "auth", EX_NOPERM },
	[ERR_DISABLED] = { "disabled", EX_NOPERM },
	[ERR_BUSY] = { "busy", EX_TEMPFAIL },
	[ERR_STORE] = { "store", EX_TEMPFAIL },
	[ERR_TOOLARGE] = { "toolarge", EX_PROTOCOL },
	[ERR_REGRESSED] = { "regressed", EX_TEMPFAIL },
};

int fail_set(struct fail *f, enum err_code code, int exit_code, const char *fmt, ...)
{
	va_list ap;

	f->code = code;
	f->exit_code = exit_code;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return -1;
}

bool fail_is_local(const struct fail *f)
{
	switch (f->exit_code) {
	case EX_OSERR:
	case EX_CANTCREAT:
	case EX_IOERR:
	case EX_CONFIG:
	case EX_SOFTWARE: return true;
	default: return false;
	}
}

const char *err_code_name(enum err_code code)
{
	return codes[code].name;
}

enum err_code err_code_parse(const char *word)
{
	for (size_t i = 1; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(word, codes[i].name) == 0)
			return (enum err_code)i;
	}
	return ERR_NONE;
}

int err_code_exit(enum err_code code)
{
	return codes[code].exit_code;
}
