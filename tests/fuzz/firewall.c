/* SPDX-License-Identifier: ISC */
/*
 * Rule sets of iptables and nft. First byte: bit 0: nft's JSON, else what
 * iptables-save prints, with sets behind a NUL byte; bit 1: IPv6; bit 2:
 * outgoing; bit 3: an answer; bit 4: the interface is not known. What is walked
 * twice ends in the same place; a place is named where it does not pass; and
 * with a rule in front of each base chain that accepts, as a mend puts it
 * there, it passes.
 */
#include <stdlib.h>
#include <string.h>

#include "bijk-doctor/iptables_text.h"
#include "bijk-doctor/nft_json.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

enum { REFUSED, PASSES, STOPPED, BY_POLICY, UNDECIDED, BY_JUMP };
static const char *const goals[] = { "no rule set", "passes", "stopped", "stopped by a policy",
	"undecided", "stopped in a chain that was jumped to", NULL };

static struct fw_packet packet_of(unsigned kind)
{
	bool six = (kind & 2) != 0;
	struct fw_packet p = { .port = 22,
		.outgoing = (kind & 4) != 0,
		.reply = (kind & 8) != 0,
		.interface = (kind & 16) != 0 ? NULL : "eth0" };

	require(netaddr_parse(&p.from, six ? "2001:db8::10" : "192.0.2.10"));
	require(netaddr_parse(&p.to, six ? "2001:db8::20" : "192.0.2.20"));
	return p;
}

static void judge_end(const struct fw_end *e)
{
	if (e->fate == FW_PASSES) {
		reached(PASSES);
		return;
	}
	require(e->base != NULL && e->base->base && e->chain != NULL);
	reached(e->fate == FW_UNDECIDED ? UNDECIDED : e->rule == NULL ? BY_POLICY : STOPPED);
	if (e->fate == FW_STOPPED && e->chain != e->base)
		reached(BY_JUMP);
	if (e->rule != NULL)
		require(e->rule >= e->chain->rules && e->rule < e->chain->rules + e->chain->n &&
		    e->rule->text != NULL);
	else if (e->fate == FW_STOPPED)
		require(e->chain == e->base && e->base->policy == FW_DROP);
}

/* A rule in front, or in place of the first: the packet never comes to the
 * others. */
static void mend_all(struct firewall *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct fw_chain *c = &f->v[i];

		if (c->base && c->n == 0)
			firewall_add_rule(c, FW_YES, FW_ACCEPT, NULL, "", 1);
		if (!c->base)
			continue;
		c->rules[0].match = c->rules[0].rest = FW_YES;
		c->rules[0].action = FW_ACCEPT;
	}
}

static void run(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	unsigned kind = input_byte(&in);
	struct fw_packet p = packet_of(kind);
	struct firewall f = FIREWALL_INIT;
	struct fw_end end, again;
	char *rules = input_string(&in), *sets = input_string(&in);

	if ((kind & 1) == 0)
		iptables_add(&f, FW_IPTABLES, rules, sets, &p);
	else if (nft_add(&f, rules, &p) == -1)
		reached(REFUSED);
	end = firewall_walk(&f);
	again = firewall_walk(&f);
	require(memcmp(&end, &again, sizeof(end)) == 0);
	judge_end(&end);
	mend_all(&f);
	require(firewall_walk(&f).fate == FW_PASSES);
	firewall_free(&f);
	free(rules);
	free(sets);
}

const struct target target_firewall = { "firewall", goals, NULL, run };
