/* SPDX-License-Identifier: ISC */
/*
 * The arguments of a program to be run: a bounded vector of own copies. An addition that fails (too
 * many, no memory) is remembered; argv_done() then returns NULL.
 */
#ifndef BIJK_BASE_ARGV_H
#define BIJK_BASE_ARGV_H

#include <stdbool.h>
#include <stddef.h>

#define ARGV_MAX 128

struct argv {
	char *v[ARGV_MAX + 1];
	size_t n;
	bool failed;
};

void argv_add(struct argv *a, const char *s);
void argv_addf(struct argv *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "-o" and then name=value. */
void argv_option(struct argv *a, const char *name, const char *value);
/* The vector, ended by NULL; or NULL with errno. It belongs to a. */
char *const *argv_done(struct argv *a);
void argv_free(struct argv *a);

#endif
