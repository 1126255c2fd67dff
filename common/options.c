/* SPDX-License-Identifier: ISC */
#include "common/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"

#include "common/base/banned.h"

void usage_error(const struct options *o, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_error("%s", text);
	die(EX_USAGE, "usage: %s", o->usage);
}

_Noreturn static void print_and_exit(const char *label, const char *text)
{
	printf("%s%s\n", label, text);
	exit(out_flush());
}

/* Why getopt_long refused an option. */
_Noreturn static void refuse_option(int c, char *const *argv, const struct options *o)
{
	const char *last = argv[optind - 1];

	if (c == ':')
		usage_error(o, "option %s requires a value", last);
	if (strncmp(last, "--", 2) != 0)
		usage_error(o, "option -%c is unknown", optopt);
	usage_error(o, "option %s is unknown, ambiguous, or takes no value", last);
}

int options_next(
    int argc, char *const *argv, const char *shorts, const struct option *longs, struct options *o)
{
	opterr = 0;
	for (;;) {
		int c = getopt_long(argc, argv, shorts, longs, NULL);

		switch (c) {
		case 'f': o->config = optarg; break;
		case 'v': msg_more(1); break;
		case OPTION_SYSLOG: msg_use_syslog(); break;
		case 'h': print_and_exit("usage: ", o->usage);
		case 'V': print_and_exit("bijk ", BIJK_VERSION);
		case '?':
		case ':': refuse_option(c, argv, o);
		default: return c;
		}
	}
}
