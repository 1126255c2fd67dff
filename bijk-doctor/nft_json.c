/* SPDX-License-Identifier: ISC */
/*
 * A rule is a list of statements. Matches are judged one after another, as far
 * as they hold; the first that ends the rule (a verdict, a jump) is its action.
 * A statement that is not known makes a rule unsure.
 */
#include "bijk-doctor/nft_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bijk-doctor/nft_value.h"

#include "common/base/banned.h"

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

/* --- Chains --- */

static bool meets_family(const char *family, const struct fw_packet *p)
{
	return strcmp(family, "inet") == 0 || strcmp(family, "netdev") == 0 ||
	    strcmp(family, p->from.family == AF_INET ? "ip" : "ip6") == 0;
}

/*
 * Tables that iptables has made are read through iptables-save, whose matches
 * nft shows only in part. A table that has the same name, but which iptables
 * cannot read, is not among them.
 */
static bool is_iptables(
    struct firewall *f, const char *family, const char *table, const char *chain)
{
	static const char *const tables[] = { "filter", "nat", "mangle", "raw", "security" };
	static const char *const chains[] = { "INPUT", "OUTPUT", "FORWARD", "PREROUTING",
		"POSTROUTING" };
	bool its = false;

	if (strcmp(family, "ip") != 0 && strcmp(family, "ip6") != 0)
		return false;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		its |= strcmp(table, tables[i]) == 0;
	for (size_t i = 0; its && i < sizeof(chains) / sizeof(chains[0]); i++) {
		if (strcmp(chain, chains[i]) == 0)
			return firewall_chain(f, FW_IPTABLES, family, table, chain) != NULL;
	}
	return false;
}

/* A chain of one device, or of several, sees what comes in by these. */
static bool comes_by(const json_t *chain, const char *interface)
{
	const json_t *dev = json_object_get(chain, "dev"), *one;
	size_t i;

	if (dev == NULL || interface == NULL)
		return true;
	if (json_is_string(dev))
		return strcmp(json_string_value(dev), interface) == 0;
	json_array_foreach(dev, i, one)
	{
		if (json_is_string(one) && strcmp(json_string_value(one), interface) == 0)
			return true;
	}
	return false;
}

static void set_hook(struct fw_chain *c, const json_t *o, bool outgoing, const char *interface)
{
	static const struct {
		const char *hook;
		bool outgoing;
		int place;
	} hooks[] = { { "ingress", false, -2000 }, { "prerouting", false, 0 },
		{ "input", false, 1000 }, { "output", true, 0 }, { "postrouting", true, 1000 } };
	const char *hook = text(o, "hook");

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		if (strcmp(hook, hooks[i].hook) == 0 && hooks[i].outgoing == outgoing &&
		    comes_by(o, interface)) {
			c->base = true;
			c->place =
			    hooks[i].place + (int)json_integer_value(json_object_get(o, "prio"));
		}
	}
	c->policy = strcmp(text(o, "policy"), "drop") == 0 ? FW_DROP : FW_ACCEPT;
}

/* --- Rules --- */

static enum fw_match both(enum fw_match a, enum fw_match b)
{
	if (a == FW_NO || b == FW_NO)
		return FW_NO;
	return a == FW_YES ? b : a;
}

/* What ends a rule. False: it is no verdict. */
static bool verdict(const json_t *s, enum fw_action *action, const char **target)
{
	static const struct {
		const char *name;
		enum fw_action action;
	} known[] = { { "accept", FW_ACCEPT }, { "drop", FW_DROP }, { "reject", FW_DROP },
		{ "return", FW_RETURN }, { "continue", FW_CONTINUE }, { "jump", FW_JUMP },
		{ "goto", FW_GOTO }, { "queue", FW_ODD }, { "dnat", FW_ODD },
		{ "redirect", FW_ODD }, { "tproxy", FW_ODD } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const json_t *v = json_object_get(s, known[i].name);

		if (v == NULL)
			continue;
		*action = known[i].action;
		*target = *action == FW_JUMP || *action == FW_GOTO ? text(v, "target") : NULL;
		return true;
	}
	return false;
}

/* Statements that decide nothing about a packet. */
static bool is_harmless(const char *name)
{
	static const char *const known[] = { "counter", "log", "mangle", "comment", "notrack",
		"set", "ct helper", "ct timeout", "flow", "masquerade", "snat", "secmark", "meta",
		"last" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i]) == 0)
			return true;
	}
	return false;
}

struct rules {
	const json_t *all; /* of the rule set, for its named sets */
	const struct fw_packet *p;
};

/* How a rule that ends so has been judged so far. */
struct judged {
	enum fw_match match, rest;
	unsigned looks_at, changes;
};

static void also(struct judged *j, enum fw_match m, unsigned looks_at)
{
	j->match = both(j->match, m);
	j->rest = both(j->rest, looks_at != 0 ? FW_UNSURE : m);
	j->looks_at |= looks_at;
}

static void add_judged(struct fw_chain *c, const struct judged *j, enum fw_action action,
    const char *target, const char *shown, unsigned handle)
{
	struct fw_rule *r = firewall_add_rule(c, j->match, action, target, shown, handle);

	r->rest = j->rest;
	r->looks_at = j->looks_at;
	r->changes = j->changes;
}

static bool is_for_others(const json_t *element)
{
	const json_t *key = json_array_get(element, 0);

	return json_is_string(key) && strcmp(json_string_value(key), "*") == 0;
}

/*
 * A verdict map: each element that may be the packet's becomes a rule of its
 * own, and the first that is ends it: the one for all others comes last, and
 * "continue" leads behind the map.
 */
static void add_vmap(const struct rules *r, struct fw_chain *c, const struct judged *so_far,
    const json_t *vmap, const char *shown, unsigned handle)
{
	const json_t *key = json_object_get(vmap, "key"), *e;
	const json_t *data =
	    nft_elements(r->all, c->family, c->table, json_object_get(vmap, "data"));
	enum fw_match before = FW_YES; /* none of the elements before is the packet's */
	unsigned looks_at = nft_looks_at(key);
	size_t i;

	if (data == NULL) {
		struct judged j = *so_far;

		also(&j, FW_UNSURE, 0);
		add_judged(c, &j, FW_ODD, NULL, shown, handle);
		return;
	}
	for (int others = 0; others < 2; others++) {
		json_array_foreach(data, i, e)
		{
			enum fw_action action = FW_ODD;
			const char *target = NULL;
			struct judged j = *so_far;
			enum fw_match m;

			if (is_for_others(e) != (others == 1))
				continue;
			m = nft_compare(
			    r->all, c->family, c->table, key, "==", json_array_get(e, 0), r->p);
			if (!verdict(json_array_get(e, 1), &action, &target))
				action = FW_ODD;
			also(&j, before, looks_at);
			also(&j, m, looks_at);
			add_judged(c, &j, action, target, shown, handle);
			if (m == FW_YES)
				before = FW_NO;
			else if (m == FW_UNSURE && before == FW_YES)
				before = FW_UNSURE;
		}
	}
}

static unsigned changes_of(const json_t *statement)
{
	const json_t *key = json_object_get(json_object_get(statement, "mangle"), "key");

	if (json_object_get(statement, "notrack") != NULL)
		return FW_STATE;
	return strcmp(text(json_object_get(key, "meta"), "key"), "mark") == 0 ? FW_MARK : 0;
}

static void add_rule(const struct rules *r, struct fw_chain *c, const json_t *rule)
{
	const json_t *statement, *expr = json_object_get(rule, "expr");
	unsigned handle = (unsigned)json_integer_value(json_object_get(rule, "handle"));
	char *shown = json_dumps(expr, JSON_COMPACT);
	struct judged j = { FW_YES, FW_YES, 0, 0 };
	size_t i;

	json_array_foreach(expr, i, statement)
	{
		const json_t *match = json_object_get(statement, "match");
		const json_t *vmap = json_object_get(statement, "vmap");
		enum fw_action action;
		const char *target, *name;

		j.changes |= changes_of(statement);
		if (match != NULL) {
			const json_t *left = json_object_get(match, "left");

			also(&j,
			    nft_compare(r->all, c->family, c->table, left, text(match, "op"),
				json_object_get(match, "right"), r->p),
			    nft_looks_at(left));
			continue;
		}
		if (vmap != NULL) {
			add_vmap(r, c, &j, vmap, shown, handle);
			goto done;
		}
		if (verdict(statement, &action, &target)) {
			add_judged(c, &j, action, target, shown, handle);
			goto done;
		}
		name = json_object_iter_key(json_object_iter((json_t *)statement));
		if (name == NULL || !is_harmless(name))
			also(&j, FW_UNSURE, 0);
	}
	if (j.changes != 0)
		add_judged(c, &j, FW_CONTINUE, NULL, shown, handle);
done:
	free(shown);
}

int nft_add(struct firewall *f, const char *json, const struct fw_packet *p)
{
	json_error_t error;
	json_t *root = json_loads(json, 0, &error);
	const json_t *all = json_object_get(root, "nftables"), *o;
	const struct rules r = { all, p };
	size_t i;

	if (!json_is_array(all)) {
		json_decref(root);
		return -1;
	}
	f->reply = p->reply;
	json_array_foreach(all, i, o)
	{
		const json_t *chain = json_object_get(o, "chain");

		if (chain != NULL && meets_family(text(chain, "family"), p) &&
		    !is_iptables(
			f, text(chain, "family"), text(chain, "table"), text(chain, "name")))
			set_hook(firewall_add_chain(f, FW_NFT, text(chain, "family"),
				     text(chain, "table"), text(chain, "name")),
			    chain, p->outgoing, p->interface);
	}
	json_array_foreach(all, i, o)
	{
		const json_t *rule = json_object_get(o, "rule");
		struct fw_chain *c = rule == NULL ? NULL
						  : firewall_chain(f, FW_NFT, text(rule, "family"),
							text(rule, "table"), text(rule, "chain"));

		if (c != NULL)
			add_rule(&r, c, rule);
	}
	json_decref(root);
	return 0;
}
