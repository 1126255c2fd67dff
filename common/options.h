/* SPDX-License-Identifier: ISC */
/*
 * The options that every program takes, for getopt_long:
 *
 *   static const struct option longs[] = { OPTIONS_LONG,
 *           { "now", no_argument, NULL, 'n' }, { 0 } };
 *   while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, &o)) != -1)
 *           …only the program's own…
 */
#ifndef BIJK_OPTIONS_H
#define BIJK_OPTIONS_H

#include <getopt.h>

struct options {
	const char *usage;  /* one line, without "usage: " */
	const char *config; /* -f; set the default before */
};

#define OPTION_SYSLOG 1000
#define OPTION_OWN 1001 /* long options without a letter count from here */

#define OPTIONS_SHORT ":f:vhV" /* a program adds its own behind, `+` or `-` before */
#define OPTIONS_LONG                                                                               \
	{ "config", required_argument, NULL, 'f' }, { "verbose", no_argument, NULL, 'v' },         \
	    { "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' },             \
	{                                                                                          \
		"syslog", no_argument, NULL, OPTION_SYSLOG                                         \
	}

/*
 * The next option of the program's own, or -1. Options may come before and
 * after operands. Exits for -h and -V (0), and for a wrong option (64).
 */
int options_next(
    int argc, char *const *argv, const char *shorts, const struct option *longs, struct options *o);
/* Reports the error and the usage line; exits with 64. */
_Noreturn void usage_error(const struct options *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
