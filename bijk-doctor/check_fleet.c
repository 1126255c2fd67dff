/* SPDX-License-Identifier: ISC */
/* What bijk-master says of the nodes: who waits to be added, and who is silent,
 * grouped by why. */
#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/num.h"

#include "common/base/banned.h"

#define NAMES_SHOWN 5

/* The array that `bijk-master WORD --json` prints; NULL: told. */
static json_t *ask_bijk_master(struct doctor *d, const char *word)
{
	static const char program[] = BIJK_PREFIX "/sbin/bijk-master";
	const char *argv[] = { program, "-f", d->config_path, word, "--json", NULL };
	json_t *all = NULL;
	struct answer a;

	if (!d->facts.gathered)
		return NULL;
	if (ask(&a, argv) == 0 && a.code == 0)
		all = json_loads(a.out.data, 0, NULL);
	if (all == NULL)
		report_found(d->report,
		    report_failed(d->report, "own") ? VERDICT_SKIP : VERDICT_WARN, "nodes",
		    "bijk-master %s: %.*s", word,
		    (int)strcspn(a.err.data != NULL ? a.err.data : "", "\n"),
		    a.err.data != NULL ? a.err.data : "");
	answer_free(&a);
	return all;
}

static const char *text(const json_t *node, const char *key)
{
	const char *s = json_string_value(json_object_get(node, key));

	return s != NULL ? s : "";
}

static void look_at_pending(struct doctor *d)
{
	json_t *all = ask_bijk_master(d, "pending"), *p;
	size_t i;

	json_array_foreach(all, i, p)
	{
		report_found(d->report, VERDICT_WARN, "pending",
		    "%s, from %s, has asked to be registered", text(p, "name"), text(p, "address"));
		report_note(d->report,
		    "if it is a node of yours: bijk-master add %s, which asks for the hash that "
		    "stands in /etc/bijk/hash there",
		    shell_word(text(p, "name")));
	}
	json_decref(all);
}

/* Adds to the group of nodes with the same trouble, of which the first few are
 * shown. */
static void add_name(json_t *groups, const char *why, const char *name)
{
	json_t *names = json_object_get(groups, why);

	if (names == NULL) {
		names = json_array();
		json_object_set_new(groups, why, names);
	}
	json_array_append_new(names, json_string(name));
}

static void tell_group(struct doctor *d, const char *why, const json_t *names)
{
	char list[512] = "";
	size_t n = json_array_size(names), len = 0;

	for (size_t i = 0; i < n && i < NAMES_SHOWN; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i > 0 ? ", " : "",
		    json_string_value(json_array_get(names, i)));
	report_found(d->report, VERDICT_WARN, "nodes", "%zu node%s: %s%s: %s", n, num_s(n), list,
	    n > NAMES_SHOWN ? ", ..." : "", why);
	report_note(d->report,
	    "each step of one pull: bijk-master test %s; and at the node: bijk-doctor",
	    shell_word(json_string_value(json_array_get(names, 0))));
}

static void look_at_nodes(struct doctor *d)
{
	json_t *all = ask_bijk_master(d, "status"), *groups = json_object(), *node, *names;
	const char *why;
	size_t i, good = 0;

	json_array_foreach(all, i, node)
	{
		const char *word = text(node, "status"), *reason = text(node, "reason");

		if (strcmp(word, "ok") == 0 || strcmp(word, "off") == 0 ||
		    strcmp(word, "behind") == 0)
			good++;
		else
			add_name(groups, reason[0] != '\0' ? reason : word, text(node, "name"));
	}
	json_object_foreach(groups, why, names)
	{
		tell_group(d, why, names);
	}
	if (all != NULL)
		report_found(d->report, VERDICT_OK, "nodes", "%zu of %zu are well", good,
		    json_array_size(all));
	json_decref(groups);
	json_decref(all);
}

size_t fleet_addresses(struct doctor *d, char out[][SOCK_ADDR_MAX], size_t max)
{
	json_t *all = ask_bijk_master(d, "status"), *node;
	uint8_t binary[16];
	size_t i, n = 0;

	json_array_foreach(all, i, node)
	{
		const char *address = text(node, "address");

		if (n < max && strlen(address) < SOCK_ADDR_MAX &&
		    (inet_pton(AF_INET, address, binary) == 1 ||
			inet_pton(AF_INET6, address, binary) == 1))
			snprintf(out[n++], SOCK_ADDR_MAX, "%s", address);
	}
	json_decref(all);
	return n;
}

/* Only root and our user can ask. */
void check_fleet(struct doctor *d)
{
	if (!d->facts.gathered)
		report_found(d->report, VERDICT_SKIP, "nodes", "%s", d->facts.why);
	look_at_pending(d);
	look_at_nodes(d);
}
