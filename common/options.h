/* SPDX-License-Identifier: ISC */
/*
 * The options that every program takes, for getopt_long:
 *
 *   static const struct option longs[] = { OPTIONS_LONG, { "now", no_argument, NULL, 'n' }, { 0 }
 * }; while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, &o)) != -1) …only the program's
 * own…
 */
#ifndef BIJK_OPTIONS_H
#define BIJK_OPTIONS_H

#include <getopt.h>
#include <stdint.h>

struct options {
	const char *usage;  /* one line, without "usage: " */
	const char *config; /* -f; set it to the default before */
	uint64_t given;	    /* those of longs that had their value */
};

#define OPTION_SYSLOG 1000
#define OPTION_OWN 1001 /* long options without a letter count from here */

#define OPTIONS_SHORT ":f:vhV" /* what a program adds goes behind, `+` or `-` before */
#define OPTIONS_LONG                                                                               \
	{ "config", required_argument, NULL, 'f' }, { "verbose", no_argument, NULL, 'v' },         \
	    { "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' },             \
	{                                                                                          \
		"syslog", no_argument, NULL, OPTION_SYSLOG                                         \
	}

/*
 * The next option that is the program's own, or -1. Options may stand before and behind operands. Exits
 * for -h and -V (0), for a wrong one, and for a value that is given twice (64).
 */
int options_next(
    int argc, char *const *argv, const char *shorts, const struct option *longs, struct options *o);
/* Says what is wrong and the line of usage; exit code 64. */
_Noreturn void usage_error(const struct options *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
