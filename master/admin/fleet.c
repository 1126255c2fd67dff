/* SPDX-License-Identifier: ISC */
#include "master/admin/fleet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/pull/schedule.h"
#include "master/pullkey.h"

#include "common/base/banned.h"

/* --- The master --- */

/* What concerns all nodes: no room for records, or a clock that was set. */
static void check_master(struct fleet *f)
{
	struct status_master *m = &f->master;
	struct store *store = f->admin->store;
	char text[STORE_ROOM_MAX], ago[32];
	const char *why = NULL;
	int64_t since = store_clock_since(store);
	size_t len = 0;

	m->has_room = store_room(store, &m->room) == 0;
	if (m->has_room)
		why = store_room_text(&m->room, text);
	if (why != NULL)
		len = (size_t)snprintf(m->wrong, sizeof(m->wrong),
		    "no records can be kept in %s: %s", f->admin->config.state, why);
	if (since != 0 && since <= m->now && m->now - since < 86400)
		snprintf(m->wrong + len, sizeof(m->wrong) - len,
		    "%sthe clock of this machine was set, or nothing ran here, until %s ago: no "
		    "record counts as older than that",
		    len > 0 ? "; " : "", num_show_span(ago, sizeof(ago), m->now - since));
}

void fleet_begin_or_die(struct fleet *f, struct admin *a, char **names, int n)
{
	struct node_state st;

	*f = (struct fleet){ .admin = a, .master = { .name = a->config.name, .now = now_s() } };
	for (int i = 0; i < n; i++) {
		if (store_state(a->store, admin_valid_or_die(names[i]), &st) == -1)
			admin_die("showing", names[i]);
	}
	pullkey_next_print(&a->config, f->master.next_key);
	check_master(f);
}

/* --- A node --- */

static int64_t age_of_newest(const struct node_state *st, int64_t now)
{
	int64_t age;

	if (st->newest_ns == 0)
		return -1;
	age = now - (st->newest_ns / 1000000000 - st->skew);
	return age > 0 ? age : 0;
}

static void judge_node(const struct fleet *f, struct status_row *r)
{
	int64_t now = f->master.now;

	r->word = status_of(&r->node, &r->state, now, &f->admin->config);
	r->reason = r->state.reason;
	if (r->word == STATUS_NEVER && r->reason[0] == '\0' && r->node.registered == 0)
		r->reason = "it has not registered yet: bijk-keyreg there says why, or "
			    "bring its card with bijk-master import";
	r->newest_age = age_of_newest(&r->state, now);
}

static void find_notes(const struct fleet *f, struct status_row *r)
{
	const char *next_key = f->master.next_key;
	size_t len;

	status_notes(&r->state, r->word, r->reason, f->master.now, r->notes);
	len = strlen(r->notes);
	if (r->readable && next_key[0] != '\0' && pull_awaited(&r->node, &r->state, next_key))
		snprintf(r->notes + len, sizeof(r->notes) - len,
		    "%sit has not accepted the new pull key yet (bijk-master rotate)",
		    len > 0 ? "; " : "");
}

struct visit {
	struct fleet *fleet;
	void (*show)(const struct status_row *r, void *arg);
	void *arg;
};

static int visit_node(const char *name, void *arg)
{
	struct visit *v = arg;
	struct status_row r = { .readable = true, .newest_age = -1 };

	if (store_node_and_state(v->fleet->admin->store, name, &r.node, &r.state) == -1) {
		if (errno == ENOENT)
			return 0; /* removed just now */
		r.readable = false;
		r.word = STATUS_ERROR;
		r.reason = "its files on this master cannot be read";
		snprintf(r.node.name, sizeof(r.node.name), "%s", name);
	} else {
		judge_node(v->fleet, &r);
		if (v->fleet->with_day)
			store_day(v->fleet->admin->store, name, v->fleet->master.now, r.day);
	}
	find_notes(v->fleet, &r);
	v->show(&r, v->arg);
	return 0;
}

void fleet_each_or_die(struct fleet *f, char **names, int n,
    void (*show)(const struct status_row *r, void *arg), void *arg)
{
	struct visit v = { f, show, arg };

	for (int i = 0; i < n; i++)
		visit_node(names[i], &v);
	if (n == 0 && store_each_node(f->admin->store, visit_node, &v) == -1)
		die(EX_IOERR, "listing the nodes: %s", strerror(errno));
}
