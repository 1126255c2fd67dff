/* SPDX-License-Identifier: ISC */
/*
 * A rule is a list of statements. Matches are judged one after another, as far as they hold; the first that ends the
 * rule (a verdict, a jump) is its action. A statement that is not known makes a rule unsure.
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
	return strcmp(family, "inet") == 0 ||
	    strcmp(family, p->from.family == AF_INET ? "ip" : "ip6") == 0;
}

/* Tables that iptables has made are read through iptables-save, whose matches nft shows only in part. */
static bool is_iptables(const char *family, const char *table, const char *chain)
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
			return true;
	}
	return false;
}

static void set_hook(struct fw_chain *c, const json_t *o, bool outgoing)
{
	static const struct {
		const char *hook;
		bool outgoing;
		int place;
	} hooks[] = { { "ingress", false, -2000 }, { "prerouting", false, 0 },
		{ "input", false, 1000 }, { "output", true, 0 }, { "postrouting", true, 1000 } };
	const char *hook = text(o, "hook");

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		if (strcmp(hook, hooks[i].hook) == 0 && hooks[i].outgoing == outgoing) {
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

/* A verdict map: each element that may be the packet's becomes a rule of its own, and the first that is ends it. */
static void add_vmap(const struct rules *r, struct fw_chain *c, enum fw_match so_far,
    const json_t *vmap, const char *family, const char *shown, unsigned handle)
{
	const json_t *data = nft_elements(r->all, family, c->table, json_object_get(vmap, "data"));
	const json_t *e;
	size_t i;

	if (data == NULL) {
		firewall_add_rule(c, both(so_far, FW_UNSURE), FW_ODD, NULL, shown, handle);
		return;
	}
	json_array_foreach(data, i, e)
	{
		enum fw_action action = FW_ODD;
		const char *target = NULL;
		enum fw_match m = nft_compare(r->all, family, c->table,
		    json_object_get(vmap, "key"), "==", json_array_get(e, 0), r->p);

		if (!verdict(json_array_get(e, 1), &action, &target))
			action = FW_ODD;
		firewall_add_rule(c, both(so_far, m), action, target, shown, handle);
	}
}

static void add_rule(const struct rules *r, struct fw_chain *c, const json_t *rule)
{
	const json_t *statement, *expr = json_object_get(rule, "expr");
	unsigned handle = (unsigned)json_integer_value(json_object_get(rule, "handle"));
	char *shown = json_dumps(expr, JSON_COMPACT);
	enum fw_match m = FW_YES;
	size_t i;

	json_array_foreach(expr, i, statement)
	{
		const json_t *match = json_object_get(statement, "match");
		const json_t *vmap = json_object_get(statement, "vmap");
		enum fw_action action;
		const char *target;

		if (match != NULL) {
			m = both(m,
			    nft_compare(r->all, c->family, c->table, json_object_get(match, "left"),
				text(match, "op"), json_object_get(match, "right"), r->p));
		} else if (vmap != NULL) {
			add_vmap(r, c, m, vmap, c->family, shown, handle);
			break;
		} else if (verdict(statement, &action, &target)) {
			firewall_add_rule(c, m, action, target, shown, handle);
			break;
		} else if (!is_harmless(
			       json_object_iter_key(json_object_iter((json_t *)statement)) != NULL
				   ? json_object_iter_key(json_object_iter((json_t *)statement))
				   : "")) {
			m = both(m, FW_UNSURE);
		}
	}
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
	json_array_foreach(all, i, o)
	{
		const json_t *chain = json_object_get(o, "chain");

		if (chain != NULL && meets_family(text(chain, "family"), p) &&
		    !is_iptables(text(chain, "family"), text(chain, "table"), text(chain, "name")))
			set_hook(firewall_add_chain(f, FW_NFT, text(chain, "family"),
				     text(chain, "table"), text(chain, "name")),
			    chain, p->outgoing);
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
