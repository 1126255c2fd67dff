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
_Noreturn static void refuse_option(
    int c, char *const *argv, const char *shorts, const struct option *longs, struct options *o)
{
	const char *last = argv[optind - 1];
	bool is_long = strncmp(last, "--", 2) == 0;
	size_t len = is_long ? strcspn(last, "=") : 0;
	unsigned fits = 0;

	if (c == ':' && is_long)
		usage_error(o, "option %s requires a value", last);
	if (c == ':')
		usage_error(o, "option -%c requires a value", optopt);
	/* A known letter: a long option got a value that it does not take. */
	if (optopt >= OPTION_SYSLOG || (optopt != 0 && strchr(shorts, optopt) != NULL))
		usage_error(o, "option %.*s takes no value", (int)len, last);
	if (optopt != 0)
		usage_error(o, "option -%c is unknown", optopt);
	for (const struct option *l = longs; l->name != NULL; l++)
		fits += strncmp(last + 2, l->name, len - 2) == 0;
	usage_error(o, "option %.*s %s", (int)len, last, fits > 1 ? "is ambiguous" : "is unknown");
}

/* A second value would replace the first silently. */
static void check_twice(int c, const struct option *longs, struct options *o)
{
	for (unsigned i = 0; i < 8 * sizeof(o->given) && longs[i].name != NULL; i++) {
		if (longs[i].val != c || longs[i].has_arg != required_argument)
			continue;
		if (o->given & (UINT64_C(1) << i))
			usage_error(o, "option --%s is given twice", longs[i].name);
		o->given |= UINT64_C(1) << i;
	}
}

int options_next(
    int argc, char *const *argv, const char *shorts, const struct option *longs, struct options *o)
{
	opterr = 0;
	for (;;) {
		int c = getopt_long(argc, argv, shorts, longs, NULL);

		check_twice(c, longs, o);
		switch (c) {
		case 'f': o->config = optarg; break;
		case 'v': msg_more(1); break;
		case OPTION_SYSLOG: msg_use_syslog(); break;
		case 'h': print_and_exit("usage: ", o->usage);
		case 'V': print_and_exit("bijk ", BIJK_VERSION);
		case '?':
		case ':': refuse_option(c, argv, shorts, longs, o);
		default: return c;
		}
	}
}
