/* SPDX-License-Identifier: ISC */
#include "common/exchange/end.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/exchange/lines.h"

#include "common/base/banned.h"

int session_broken(struct fail *f, const char *doing)
{
	switch (errno) {
	case EBADMSG:
		return fail_set(f, ERR_PROTO, EX_PROTOCOL, "%s: not a line of the protocol", doing);
	case ETIMEDOUT: return fail_set(f, ERR_NONE, EX_TEMPFAIL, "%s: no progress in time", doing);
	case EPIPE:
	case ECONNRESET:
		return fail_set(f, ERR_NONE, EX_TEMPFAIL, "%s: the connection ended", doing);
	default: return fail_set(f, ERR_NONE, EX_TEMPFAIL, "%s: %s", doing, strerror(errno));
	}
}

int session_tell(struct wire *w, const struct fail *f)
{
	char line[WIRE_LINE_MAX];

	err_line_format(f->code, f->code == ERR_VERSION ? f->text : "", line, sizeof(line));
	if (wire_put_line(w, line) == 0)
		wire_drain(w);
	return -1;
}

int session_refuse(
    struct wire *w, struct fail *f, enum err_code code, int exit_code, const char *fmt, ...)
{
	char why[FAIL_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	fail_set(f, code, exit_code, "%s", why);
	return session_tell(w, f);
}
