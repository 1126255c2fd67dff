/* SPDX-License-Identifier: ISC */
#include "common/base/plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define LINE_MAX_SHOWN 3072

static void tell_unknown(const char *reason)
{
	plugin_end(PLUGIN_UNKNOWN, reason, &(const struct buf)BUF_INIT(0));
}

void plugin_begin(void)
{
	msg_die_as(PLUGIN_UNKNOWN, tell_unknown);
}

int plugin_end(enum plugin_state s, const char *text, const struct buf *perf)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	char line[LINE_MAX_SHOWN];

	vis(line, sizeof(line), text, strlen(text));
	/* Behind a bar there are numbers. */
	for (char *p = line; (p = strchr(p, '|')) != NULL;)
		*p = '/';
	printf("BIJK %s - %s", words[s], line);
	if (perf->len > 0)
		printf(" |%s", perf->data);
	putchar('\n');
	return out_flush() == 0 ? (int)s : PLUGIN_UNKNOWN;
}

void plugin_raise(enum plugin_state *s, enum plugin_state other)
{
	if (other > *s)
		*s = other;
}

/* --- Limits --- */

static int no_key(const struct plugin_limit *l, size_t n, const char *key, char *why)
{
	size_t len =
	    (size_t)snprintf(why, PLUGIN_WHY_MAX, "unknown limit `%s`; there are", vis_str(key));

	for (size_t i = 0; i < n && len < PLUGIN_WHY_MAX; i++)
		len += (size_t)snprintf(
		    why + len, PLUGIN_WHY_MAX - len, "%s %s", i > 0 ? "," : "", l[i].key);
	return -1;
}

static int set_limit(struct plugin_limit *l, size_t n, char *text, enum plugin_state s, char *why)
{
	char *value = strchr(text, '=');
	size_t i = 0;
	uint64_t v;

	if (value != NULL)
		*value++ = '\0';
	while (i < n && strcmp(l[i].key, text) != 0)
		i++;
	if (i == n)
		return no_key(l, n, text, why);
	if (value == NULL ||
	    (l[i].seconds ? num_parse_span(value, &v) : num_parse(value, 0, INT64_MAX, &v)) == -1 ||
	    v > INT64_MAX) {
		snprintf(why, PLUGIN_WHY_MAX, "%s: expected %s", text,
		    l[i].seconds ? "a time, such as 90, 30m or 2h" : "a number");
		return -1;
	}
	*(s == PLUGIN_WARNING ? &l[i].warning : &l[i].critical) = (int64_t)v;
	return 0;
}

int plugin_set_limits(struct plugin_limit *l, size_t n, const char *text, enum plugin_state s,
    char why[PLUGIN_WHY_MAX])
{
	char copy[1024], *rest = copy, *one;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy)) {
		snprintf(why, PLUGIN_WHY_MAX, "the list of limits is too long");
		return -1;
	}
	while ((one = strsep(&rest, ",")) != NULL) {
		if (set_limit(l, n, one, s, why) == -1)
			return -1;
	}
	return 0;
}

bool plugin_limited(const struct plugin_limit *l)
{
	return l->warning != PLUGIN_NONE || l->critical != PLUGIN_NONE;
}

enum plugin_state plugin_judge(const struct plugin_limit *l, int64_t value)
{
	if (l->critical != PLUGIN_NONE && value > l->critical)
		return PLUGIN_CRITICAL;
	return l->warning != PLUGIN_NONE && value > l->warning ? PLUGIN_WARNING : PLUGIN_OK;
}

static void add_limit(struct buf *perf, int64_t limit)
{
	buf_adds(perf, ";");
	if (limit != PLUGIN_NONE)
		buf_addf(perf, "%" PRId64, limit);
}

void plugin_add_value(struct buf *perf, const struct plugin_limit *l, int64_t value)
{
	buf_addf(perf, " %s=%" PRId64 "%s", l->key, value, l->seconds ? "s" : "");
	add_limit(perf, l->warning);
	add_limit(perf, l->critical);
	buf_adds(perf, ";0");
}
