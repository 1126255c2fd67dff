/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/text.h"
#include "master/admin/admin.h"
#include "master/pull/schedule.h"
#include "master/pullkey.h"
#include "master/status/form.h"
#include "master/status/notes.h"

#include "common/base/banned.h"

static const struct status_form *const forms[] = { &status_table, &status_json };
#define FORMS (sizeof(forms) / sizeof(forms[0]))

/* getopt's table from ours: option OPTION_OWN + i asks for form i. */
static const struct status_form *read_options(struct admin *a, int argc, char **argv)
{
	static const struct option common[] = { OPTIONS_LONG };
	struct option longs[sizeof(common) / sizeof(common[0]) + FORMS + 1] = { 0 };
	size_t n = sizeof(common) / sizeof(common[0]);
	const struct status_form *form = &status_table;
	int c;

	memcpy(longs, common, sizeof(common));
	for (size_t i = 0; i < FORMS; i++) {
		if (forms[i]->option != NULL)
			longs[n++] = (struct option){ forms[i]->option, no_argument, NULL,
				OPTION_OWN + (int)i };
	}
	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, &a->options)) != -1)
		form = forms[c - OPTION_OWN];
	return form;
}

struct showing {
	struct admin *admin;
	const struct status_form *form;
	int64_t now;
	char master[512];  /* what is wrong with this machine; "" */
	char next_key[64]; /* of a rotation that is under way; "": none */
};

static int64_t newest_age(const struct node_state *st, int64_t now)
{
	int64_t age;

	if (st->newest_ns == 0)
		return -1;
	age = now - (st->newest_ns / 1000000000 - st->skew);
	return age > 0 ? age : 0;
}

static void look_for_rotation(struct showing *s)
{
	struct sshkey next;
	struct fail f;

	if (pullkey_next(&s->admin->config, &next, &f) == 1)
		sshkey_fingerprint(&next, s->next_key);
}

/* What concerns all nodes: that no records can be kept, or that the time is not what it was. */
static void look_at_master(struct showing *s)
{
	char text[STORE_ROOM_MAX], span[32], ago[32];
	const char *why = NULL;
	struct store_room r;
	int64_t when, jump = store_clock_jump(s->admin->store, &when);
	size_t len = 0;

	if (store_room(s->admin->store, &r) == 0)
		why = store_room_text(&r, text);
	if (why != NULL)
		len = (size_t)snprintf(s->master, sizeof(s->master),
		    "no records can be kept in %s: %s", s->admin->config.state, why);
	if (jump != 0 && s->now - when < 86400 && s->now >= when)
		snprintf(s->master + len, sizeof(s->master) - len,
		    "%sthe clock went %s by %s %s ago: it was set, or nothing ran here; that makes "
		    "no record "
		    "older",
		    len > 0 ? "; " : "", jump < 0 ? "back" : "on",
		    num_show_span(span, sizeof(span), jump < 0 ? -jump : jump),
		    num_show_span(ago, sizeof(ago), s->now - when));
}

static int show(const char *name, void *arg)
{
	struct showing *s = arg;
	struct status_row r = {
		.now = s->now, .readable = true, .newest_age = -1, .master = s->master
	};

	if (store_node_and_state(s->admin->store, name, &r.node, &r.state) == -1) {
		if (errno == ENOENT)
			return 0; /* removed just now */
		r.readable = false;
		r.word = STATUS_ERROR;
		r.reason = "its files on this master cannot be read";
		snprintf(r.node.name, sizeof(r.node.name), "%s", name);
	} else {
		r.word = status_of(&r.node, &r.state, s->now, &s->admin->config);
		r.reason = r.state.reason;
		if (r.word == STATUS_NEVER && r.reason[0] == '\0' && r.node.registered == 0)
			r.reason = "it has not registered yet: bijk-keyreg there says why, or "
				   "bring its card with bijk-master import";
		r.newest_age = newest_age(&r.state, s->now);
	}
	status_notes(&r.state, r.word, r.reason, s->now, r.notes);
	if (r.readable && s->next_key[0] != '\0' && pull_awaited(&r.node, &r.state, s->next_key))
		status_note_add(
		    r.notes, "it has not taken the new pull key yet (bijk-master rotate)");
	s->form->row(&r);
	return 0;
}

/* Before anything is printed: is there a node of each of these names? */
static void check_names(struct admin *a, int argc, char **argv)
{
	struct node_state st;

	for (int i = optind; i < argc; i++) {
		if (!name_valid(argv[i]))
			die(EX_DATAERR, "`%s` is not the name of a node", vis_str(argv[i]));
		if (store_state(a->store, argv[i], &st) == -1)
			admin_fail("showing", argv[i]);
	}
}

int admin_status(struct admin *a, int argc, char **argv)
{
	struct showing s = { .admin = a, .now = now_s() };

	s.form = read_options(a, argc, argv);
	admin_config(a);
	admin_store(a);
	check_names(a, argc, argv);
	look_for_rotation(&s);
	look_at_master(&s);
	if (s.master[0] != '\0' && s.form == &status_table)
		printf("this master: %s\n", vis_str(s.master));
	s.form->begin();
	for (int i = optind; i < argc; i++)
		show(argv[i], &s);
	if (optind == argc && store_each_node(a->store, show, &s) == -1)
		die(EX_IOERR, "listing the nodes: %s", strerror(errno));
	s.form->end();
	return out_flush();
}
