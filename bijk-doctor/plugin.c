/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/plugin.h"

#include "common/base/banned.h"

enum { CONTACT, OLDEST, WAITING, LIMITS };

static struct plugin_limit limits[LIMITS] = {
	[CONTACT] = { "contact", true, PLUGIN_NONE, PLUGIN_NONE },
	[OLDEST] = { "oldest", true, PLUGIN_NONE, PLUGIN_NONE },
	[WAITING] = { "waiting", false, PLUGIN_NONE, PLUGIN_NONE },
};

void doctor_limit_or_die(int option, const char *text)
{
	char why[PLUGIN_WHY_MAX];

	if (plugin_set_limits(
		limits, LIMITS, text, option == 'w' ? PLUGIN_WARNING : PLUGIN_CRITICAL, why) == -1)
		die(EX_USAGE, "option -%c: %s", option, why);
}

static int64_t seconds_since(int64_t then)
{
	int64_t now = now_s();

	return then < now ? now - then : 0;
}

/* What is beyond its limit is named. */
static enum plugin_state add_node_value(int i, int64_t value, struct buf *text, struct buf *perf)
{
	enum plugin_state s = plugin_judge(&limits[i], value);
	char shown[32];

	plugin_add_value(perf, &limits[i], value);
	if (s == PLUGIN_OK)
		return s;
	if (limits[i].seconds)
		num_show_span(shown, sizeof(shown), value);
	else
		snprintf(shown, sizeof(shown), "%" PRId64, value);
	buf_addf(text, "%s%s %s", text->len > 0 ? "; " : "", limits[i].key, shown);
	return s;
}

static enum plugin_state add_node_values(const struct doctor *d, struct buf *text, struct buf *perf)
{
	const struct contact *k = &d->facts.contact;
	const struct spool_state *sp = &d->facts.spool;
	int64_t contact = k->last_pull > k->push_ended ? k->last_pull : k->push_ended;
	enum plugin_state s;

	if (contact > 0)
		s = add_node_value(CONTACT, seconds_since(contact), text, perf);
	else if ((s = plugin_judge(&limits[CONTACT], INT64_MAX)) != PLUGIN_OK)
		buf_addf(text, "%sno contact yet", text->len > 0 ? "; " : "");
	plugin_raise(&s,
	    add_node_value(OLDEST, sp->oldest != 0 ? seconds_since(sp->oldest) : 0, text, perf));
	plugin_raise(&s, add_node_value(WAITING, (int64_t)sp->waiting, text, perf));
	return s;
}

int doctor_plugin_end(const struct doctor *d)
{
	struct buf text = BUF_INIT(4096), perf = BUF_INIT(512);
	enum plugin_state s = PLUGIN_OK;
	unsigned fails = report_count(d->report, VERDICT_FAIL, &text), warns;
	int code;

	warns = report_count(d->report, VERDICT_WARN, &text);
	if (warns > 0)
		s = PLUGIN_WARNING;
	if (fails > 0)
		s = PLUGIN_CRITICAL;
	buf_addf(&perf, " failed=%u;;;0 warned=%u;;;0", fails, warns);
	if (!d->is_master && d->facts.gathered)
		plugin_raise(&s, add_node_values(d, &text, &perf));
	if (text.len == 0)
		buf_adds(&text, "nothing stops the records");
	code = plugin_end(s, text.data, &perf);
	buf_free(&text);
	buf_free(&perf);
	return code;
}
