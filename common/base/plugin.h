/* SPDX-License-Identifier: ISC */
/*
 * A monitoring plugin, for Nagios, Icinga and what else runs such: an exit code
 * of 0 to 3, and one line, "BIJK CRITICAL - TEXT | LABEL=VALUE…", as the
 * Monitoring Plugins Development Guidelines have it. Of their ranges there are
 * upper limits: a value that is above one is beyond it.
 */
#ifndef BIJK_BASE_PLUGIN_H
#define BIJK_BASE_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

enum plugin_state { PLUGIN_OK, PLUGIN_WARNING, PLUGIN_CRITICAL, PLUGIN_UNKNOWN };

/* From here on die() says "BIJK UNKNOWN - REASON" on standard output and exits
 * with 3, in this process. */
void plugin_begin(void);
/* Prints the line; its text may be from outside. Returns the exit code. */
int plugin_end(enum plugin_state s, const char *text, const struct buf *perf);
/* *s becomes the worse of both, of which none is UNKNOWN. */
void plugin_raise(enum plugin_state *s, enum plugin_state other);

/* --- Limits: --warning KEY=LIMIT,… and --critical KEY=LIMIT,… --- */

#define PLUGIN_NONE (-1)
#define PLUGIN_OPTIONS                                                                             \
	{ "warning", required_argument, NULL, 'w' },                                               \
	{                                                                                          \
		"critical", required_argument, NULL, 'c'                                           \
	}
#define PLUGIN_OPTIONS_SHORT "w:c:"

struct plugin_limit {
	const char *key;
	bool seconds;		   /* LIMIT is a time, and may have a unit (num.h) */
	int64_t warning, critical; /* PLUGIN_NONE: no such limit */
};

#define PLUGIN_WHY_MAX 256
/* Sets limits of a table of n. -1: why. */
int plugin_set_limits(struct plugin_limit *l, size_t n, const char *text, enum plugin_state s,
    char why[PLUGIN_WHY_MAX]);
bool plugin_limited(const struct plugin_limit *l);
enum plugin_state plugin_judge(const struct plugin_limit *l, int64_t value);
/* Adds "KEY=VALUE;WARNING;CRITICAL;0", with an s after seconds. */
void plugin_add_value(struct buf *perf, const struct plugin_limit *l, int64_t value);

#endif
