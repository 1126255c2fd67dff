/* SPDX-License-Identifier: ISC */
/* Subcommands list and pending. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/text.h"
#include "master/admin/admin.h"
#include "master/admin/listing.h"

#include "common/base/banned.h"

struct list {
	struct store *store;
	struct listing out;
	size_t removed;
	int rc;
};

static void show_ago(char *out, size_t size, int64_t then)
{
	num_show_span(out, size, now_s() - then);
	snprintf(out + strlen(out), size - strlen(out), " ago");
}

/* A setting that is not set is null. */
static json_t *json_setting(uint64_t v, uint64_t unset)
{
	return v == unset ? json_null() : json_count(v);
}

static json_t *node_object(
    const struct node *n, const struct node_state *st, const char *fingerprint)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:i, s:o, s:o, s:o}", "name", n->name,
	    "mode", node_mode_words[n->mode], "set_address", json_text(n->address), "set_port",
	    json_setting(n->port, 0), "min_period", json_setting(n->min_period, NODE_UNSET),
	    "pull_period", json_setting(n->pull_period, NODE_UNSET), "address", node_address(n, st),
	    "port", (int)node_port(n), "registered", json_when(n->registered), "registered_address",
	    json_text(n->reg_address[0] != '\0' ? n->reg_address : n->reg_source), "key",
	    json_text(fingerprint));
}

static void list_row(struct listing *out, const struct node *n, const struct node_state *st)
{
	char port[8], min[32] = "-", pull[32] = "-", since[32] = "never";

	snprintf(port, sizeof(port), "%u", node_port(n));
	if (n->min_period != NODE_UNSET)
		num_show_span(min, sizeof(min), (int64_t)n->min_period);
	if (n->pull_period != NODE_UNSET)
		num_show_span(pull, sizeof(pull), (int64_t)n->pull_period);
	if (n->registered != 0)
		show_ago(since, sizeof(since), n->registered);
	listing_row(out,
	    (const char *[]){
		n->name, node_mode_words[n->mode], node_address(n, st), port, min, pull, since },
	    "");
}

static int list_node(const char *name, void *arg)
{
	struct list *l = arg;
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
	if (!l->out.json) {
		list_row(&l->out, &n, &st);
		return 0;
	}
	if (store_push_key(l->store, name, &key) == 0)
		sshkey_fingerprint(&key, fingerprint);
	listing_object(&l->out, node_object(&n, &st, fingerprint));
	return 0;
}

/* After the nodes, on one line. */
static int list_removed(const char *name, void *arg)
{
	struct list *l = arg;

	printf("%s %s", l->removed++ == 0 ? "The records of removed nodes are kept:" : ",", name);
	return 0;
}

int admin_list(struct admin *a, int argc, char **argv)
{
	static const char *const heads[] = { "NODE", "MODE", "ADDRESS", "PORT", "MIN-PERIOD",
		"PULL-PERIOD", "REGISTERED" };
	bool json = admin_flag_or_die(a, argc, argv, "json");
	struct list l = { .rc = 0 };
	int rc;

	admin_no_operand_or_die(a, argc);
	admin_open_or_die(a);
	l.store = a->store;
	listing_begin(&l.out, json, 7, heads);
	if (store_each_node(a->store, list_node, &l) == -1)
		die(EX_IOERR, "listing the nodes: %s", strerror(errno));
	listing_end(&l.out);
	if (!json && store_each_removed(a->store, list_removed, &l) == 0 && l.removed > 0)
		putchar('\n');
	rc = out_flush();
	return rc != 0 ? rc : l.rc;
}

static int list_pending(const struct pending *p, void *arg)
{
	struct list *l = arg;
	char age[32];

	if (l->out.json) {
		listing_object(&l->out,
		    json_pack("{s:s, s:o, s:o}", "name", p->name, "address", json_text(p->address),
			"time", json_when(p->time)));
		return 0;
	}
	show_ago(age, sizeof(age), p->time);
	listing_row(&l->out, (const char *[]){ p->name, p->address, age }, "");
	return 0;
}

int admin_pending(struct admin *a, int argc, char **argv)
{
	static const char *const heads[] = { "NODE", "ADDRESS", "ASKED" };
	bool json = admin_flag_or_die(a, argc, argv, "json");
	struct list l = { .rc = 0 };

	admin_no_operand_or_die(a, argc);
	admin_open_or_die(a);
	listing_begin(&l.out, json, 3, heads);
	if (store_each_pending(a->store, list_pending, &l) == -1)
		die(EX_IOERR, "listing what is pending: %s", strerror(errno));
	listing_end(&l.out);
	return out_flush();
}
