/* SPDX-License-Identifier: ISC */
#include "common/base/argv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/banned.h"

/* Takes s over, which may be NULL when there was no memory for it. */
static void take(struct argv *a, char *s)
{
	if (s == NULL || a->n == ARGV_MAX) {
		a->failed = true;
		free(s);
		return;
	}
	a->v[a->n++] = s;
}

void argv_add(struct argv *a, const char *s)
{
	take(a, strdup(s));
}

void argv_addf(struct argv *a, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		s = NULL;
	va_end(ap);
	take(a, s);
}

void argv_option(struct argv *a, const char *name, const char *value)
{
	argv_add(a, "-o");
	argv_addf(a, "%s=%s", name, value);
}

char *const *argv_done(struct argv *a)
{
	if (a->failed) {
		errno = a->n == ARGV_MAX ? E2BIG : ENOMEM;
		return NULL;
	}
	return a->v;
}

void argv_free(struct argv *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	*a = (struct argv){ .n = 0 };
}
