/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/fix.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/banned.h"

void fix_add(struct fixes *f, const char *note, const char *run, ...)
{
	va_list ap;
	int n;

	if (f->n == FIX_CANDIDATES)
		return;
	va_start(ap, run);
	n = vsnprintf(f->v[f->n].run, FIX_TEXT, run, ap);
	va_end(ap);
	if (n < 0 || n >= FIX_TEXT)
		return;
	snprintf(f->v[f->n++].note, sizeof(f->v[0].note), "%s", note != NULL ? note : "");
}
