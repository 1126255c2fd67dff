/* SPDX-License-Identifier: ISC */
/* list and pending: what is known, and what would like to be. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/text.h"
#include "master/admin/admin.h"
#include "master/json_list.h"
#include "master/table.h"

#include "common/base/banned.h"

struct listing {
	struct store *store;
	bool json;
	struct json_list objects;
	struct table table;
	int rc;
};

static void begin(struct listing *l, size_t columns, const char *const *heads)
{
	if (l->json)
		json_list_begin(&l->objects);
	else
		table_begin(&l->table, columns, 0, heads);
}

static void end(struct listing *l)
{
	if (l->json)
		json_list_end(&l->objects);
	else
		table_end(&l->table);
}

/* A setting that is not set is null. */
static json_t *setting(uint64_t v, uint64_t unset)
{
	return v == unset ? json_null() : json_count(v);
}

static json_t *node_object(
    const struct node *n, const struct node_state *st, const char *fingerprint)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:i, s:o, s:o, s:o}", "name", n->name,
	    "mode", node_mode_words[n->mode], "set_address", json_text(n->address), "set_port",
	    setting(n->port, 0), "min_period", setting(n->min_period, NODE_UNSET), "pull_period",
	    setting(n->pull_period, NODE_UNSET), "address", node_address(n, st), "port",
	    (int)node_port(n), "registered", json_when(n->registered), "registered_address",
	    json_text(n->reg_address[0] != '\0' ? n->reg_address : n->reg_source), "key",
	    json_text(fingerprint));
}

static void add_node_row(struct table *t, const struct node *n, const struct node_state *st)
{
	char port[8], min[32] = "-", pull[32] = "-", since[32] = "never";

	snprintf(port, sizeof(port), "%u", node_port(n));
	if (n->min_period != NODE_UNSET)
		num_show_span(min, sizeof(min), (int64_t)n->min_period);
	if (n->pull_period != NODE_UNSET)
		num_show_span(pull, sizeof(pull), (int64_t)n->pull_period);
	if (n->registered != 0) {
		num_show_span(since, sizeof(since) - 4, now_s() - n->registered);
		memcpy(since + strlen(since), " ago", 5);
	}
	table_add(t,
	    (const char *[]){
		n->name, node_mode_words[n->mode], node_address(n, st), port, min, pull, since });
}

static int list_one(const char *name, void *arg)
{
	struct listing *l = arg;
	struct node_state st;
	struct node n;
	struct sshkey key;
	char fingerprint[64] = "";

	if (store_node_and_state(l->store, name, &n, &st) == -1) {
		if (errno == ENOENT)
			return 0; /* removed just now */
		msg_error("reading the node %s: %s", name, strerror(errno));
		l->rc = admin_exit_code(errno);
		return 0;
	}
	if (!l->json) {
		add_node_row(&l->table, &n, &st);
		return 0;
	}
	if (store_push_key(l->store, name, &key) == 0)
		sshkey_fingerprint(&key, fingerprint);
	json_list_add(&l->objects, node_object(&n, &st, fingerprint));
	return 0;
}

static void open_listing(struct admin *a, struct listing *l)
{
	admin_config(a);
	admin_store(a);
	l->store = a->store;
}

static int removed_one(const char *name, void *arg)
{
	struct listing *l = arg;
	struct log_id *ids = NULL;
	char logs[32];
	int n = store_logs(l->store, name, &ids);

	free(ids);
	snprintf(logs, sizeof(logs), "%d", n > 0 ? n : 0);
	if (l->json)
		json_list_add(
		    &l->objects, json_pack("{s:s, s:i}", "name", name, "logs", n > 0 ? n : 0));
	else
		table_add(&l->table, (const char *[]){ name, logs });
	return 0;
}

static int count_one(const char *name, void *arg)
{
	size_t *n = arg;

	(void)name;
	++*n;
	return 0;
}

/* Whose archives are there, but no node: bijk-cat still shows them. */
static int list_removed(struct admin *a, struct listing *l)
{
	static const char *const heads[] = { "REMOVED", "LOGS" };

	begin(l, sizeof(heads) / sizeof(heads[0]), heads);
	if (store_each_removed(a->store, removed_one, l) == -1)
		die(EX_IOERR, "listing what was removed: %s", strerror(errno));
	end(l);
	return out_flush();
}

int admin_list(struct admin *a, int argc, char **argv)
{
	enum { JSON = OPTION_OWN, REMOVED };
	static const struct option longs[] = { OPTIONS_LONG, { "json", no_argument, NULL, JSON },
		{ "removed", no_argument, NULL, REMOVED }, { 0 } };
	static const char *const heads[] = { "NODE", "MODE", "ADDRESS", "PORT", "MIN-PERIOD",
		"PULL-PERIOD", "REGISTERED" };
	struct listing l = { .json = false };
	char count[RANGE_MAX];
	bool removed = false;
	size_t gone = 0;
	int c, rc;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, &a->options)) != -1) {
		if (c == JSON)
			l.json = true;
		else
			removed = true;
	}
	if (optind < argc)
		usage_error(&a->options, "no operand is expected");
	open_listing(a, &l);
	if (removed)
		return list_removed(a, &l);
	begin(&l, sizeof(heads) / sizeof(heads[0]), heads);
	if (store_each_node(a->store, list_one, &l) == -1)
		die(EX_IOERR, "listing the nodes: %s", strerror(errno));
	end(&l);
	if (!l.json && store_each_removed(a->store, count_one, &gone) == 0 && gone > 0)
		printf("The records of %s are kept: list --removed\n",
		    num_show_count(count, gone, "removed node"));
	rc = out_flush();
	return rc != 0 ? rc : l.rc;
}

static int pending_one(const struct pending *p, void *arg)
{
	struct listing *l = arg;
	char age[32];

	if (l->json) {
		json_list_add(&l->objects,
		    json_pack("{s:s, s:o, s:o}", "name", p->name, "address", json_text(p->address),
			"time", json_when(p->time)));
		return 0;
	}
	num_show_span(age, sizeof(age) - 4, now_s() - p->time);
	memcpy(age + strlen(age), " ago", 5);
	table_add(&l->table, (const char *[]){ p->name, p->address, age });
	return 0;
}

static int forget_pending(struct admin *a, const char *name)
{
	if (!name_valid(name))
		die(EX_DATAERR, "`%s` is not the name of a node", vis_str(name));
	admin_config(a);
	admin_store(a);
	if (store_pending_remove(a->store, name) == -1) {
		if (errno == ENOENT)
			die(EX_DATAERR, "%s is not pending", name);
		die(admin_exit_code(errno), "forgetting %s: %s", name, strerror(errno));
	}
	printf("%s: forgotten\n", name);
	return out_flush();
}

int admin_pending(struct admin *a, int argc, char **argv)
{
	enum { JSON = OPTION_OWN, FORGET };
	static const struct option longs[] = { OPTIONS_LONG, { "json", no_argument, NULL, JSON },
		{ "forget", required_argument, NULL, FORGET }, { 0 } };
	static const char *const heads[] = { "NODE", "ADDRESS", "ASKED" };
	const char *forget = NULL;
	struct listing l = { .json = false };
	int c;

	while ((c = options_next(argc, argv, OPTIONS_SHORT, longs, &a->options)) != -1) {
		if (c == FORGET)
			forget = optarg;
		else
			l.json = true;
	}
	if (optind < argc)
		usage_error(&a->options, "no operand is expected");
	if (forget != NULL && l.json)
		usage_error(&a->options, "--json, or --forget");
	if (forget != NULL)
		return forget_pending(a, forget);
	open_listing(a, &l);
	begin(&l, sizeof(heads) / sizeof(heads[0]), heads);
	if (store_each_pending(a->store, pending_one, &l) == -1)
		die(EX_IOERR, "listing what is pending: %s", strerror(errno));
	end(&l);
	return out_flush();
}
