/* SPDX-License-Identifier: ISC */
/*
 * The kernel tells which rule of which chain it applied to a packet, by number,
 * at the moment when it does; the rule's text is in nft's list. That list is
 * asked for without the elements of sets, and only when it is needed: to read
 * 200,000 of them takes seconds.
 */
#include "bijk-doctor/trace.h"

#include <arpa/inet.h>
#include <endian.h>
#include <inttypes.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/netlink.h"
#include "common/base/deadline.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

/* As in linux/netfilter.h, which not every libc bears beside its own headers. */
#define VERDICT_MASK 0xff
#define VERDICT_DROP 0
#define VERDICT_QUEUE 3

#define TABLE "bijk_doctor"
#define FIRST "priority -2147483640;" /* before every other chain */
#define LIST_SECONDS 20
#define LOOK_MS 1000 /* TCP sends its SYN anew after as long */
#define PACKETS 64
#define CHANGES_MAX 64

/* A packet, as the chain saw it that it was in last, and what came of it. */
struct seen {
	uint32_t id;
	uint64_t handle; /* of the rule, in its chain */
	struct drop is;
};

struct trace {
	int fd;			      /* what the kernel tells; -1: nothing */
	struct seen packets[PACKETS]; /* the last ones, in a ring */
	unsigned next;
	struct seen changes[CHANGES_MAX]; /* each rule that let a packet go on, once */
	unsigned changes_n;
	struct seen dropped; /* the first */
	unsigned drops;
	struct attempted attempt;
	deadline_t look; /* at its counters again */
};

/* What a rule of nft does to a packet; first what sends it elsewhere. */
static const char *const changes[] = { "dnat ", "redirect", "tproxy", "fwd ", "xt target",
	"synproxy", "notrack", "snat ", "masquerade", " set " };
#define CHANGES_N (sizeof(changes) / sizeof(changes[0]))

/* All at once, or each alone: a kernel may lack one of these hooks. */
static void mark_packets(const struct copy *c)
{
	static const char *const hooks[][3] = {
		{ "inet", "in", "hook prerouting " FIRST },
		{ "inet", "out", "hook output " FIRST },
		{ "arp", "in", "hook input " FIRST },
		{ "arp", "out", "hook output " FIRST },
		{ "netdev", "in", "hook ingress device " },
	};
	char all[1024] = "", alone[1200] = "", one[256], hook[128], line[2400];

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		const char *family = hooks[i][0], *chain = hooks[i][1];

		snprintf(hook, sizeof(hook), "%s", hooks[i][2]);
		if (strcmp(family, "netdev") == 0)
			snprintf(hook, sizeof(hook), "%s\"%s\" " FIRST, hooks[i][2],
			    c->route->interface);
		snprintf(one, sizeof(one),
		    "add table %s " TABLE "; add chain %s " TABLE " %s { type filter %s }; "
		    "add rule %s " TABLE " %s meta nftrace set 1; ",
		    family, family, chain, hook, family, chain);
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s", one);
		snprintf(alone + strlen(alone), sizeof(alone) - strlen(alone), "nft '%s'; ", one);
	}
	snprintf(line, sizeof(line), "nft '%s' || { %s}", all, alone);
	copy_shell(line);
}

struct trace *trace_begin(const struct copy *c)
{
	struct trace *t = calloc(1, sizeof(*t));
	const int group = NFNLGRP_NFTRACE;

	if (t == NULL)
		die(EX_OSERR, "out of memory");
	t->attempt.route = c->route;
	t->look = DEADLINE_NEVER;
	t->fd = netlink_open(NETLINK_NETFILTER);
	if (t->fd != -1 &&
	    setsockopt(t->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0)
		mark_packets(c);
	return t;
}

/* --- What the kernel tells --- */

static uint32_t number(const struct nlattr *a)
{
	uint32_t n;

	netlink_copy(a, &n, sizeof(n));
	return ntohl(n);
}

static struct seen *packet_of(struct trace *t, uint32_t id)
{
	struct seen *s = &t->packets[t->next % PACKETS];

	for (size_t i = 0; i < PACKETS; i++) {
		if (t->packets[i].id == id)
			return &t->packets[i];
	}
	t->next++;
	*s = (struct seen){ .id = id };
	return s;
}

/* From the headers of the network and of transport. */
static void describe_packet(const struct nlattr *const v[], struct drop *d)
{
	unsigned char net[40], transport[20];
	bool six, four, arp;

	netlink_copy(v[NFTA_TRACE_NETWORK_HEADER], net, sizeof(net));
	netlink_copy(v[NFTA_TRACE_TRANSPORT_HEADER], transport, sizeof(transport));
	four = net[0] >> 4 == 4;
	six = net[0] >> 4 == 6;
	/* Of Ethernet and IPv4. */
	arp = memcmp(net, "\0\1\10\0\6\4", 6) == 0;
	*d = (struct drop){ .out = v[NFTA_TRACE_IIF] == NULL };
	if (four || six) {
		inet_ntop(
		    six ? AF_INET6 : AF_INET, net + (six ? 8 : 12), d->source, sizeof(d->source));
		inet_ntop(six ? AF_INET6 : AF_INET, net + (six ? 24 : 16), d->destination,
		    sizeof(d->destination));
	}
	if (v[NFTA_TRACE_TRANSPORT_HEADER] == NULL) {
		snprintf(d->protocol, sizeof(d->protocol), "%s", arp ? "arp" : "");
	} else if ((four && net[9] == IPPROTO_TCP) || (six && net[6] == IPPROTO_TCP)) {
		snprintf(d->protocol, sizeof(d->protocol), "tcp");
		d->source_port = (uint16_t)(transport[0] << 8 | transport[1]);
		d->port = (uint16_t)(transport[2] << 8 | transport[3]);
	}
	/* What finds neighbours; the rest may be dropped without harm. */
	if (six && net[6] == IPPROTO_ICMPV6 && (transport[0] == 135 || transport[0] == 136))
		snprintf(d->protocol, sizeof(d->protocol), "icmpv6");
}

/* Is it a packet of this attempt? */
static bool is_ours(const struct trace *t, const struct drop *d)
{
	const struct route *r = t->attempt.route;

	if (strcmp(d->protocol, "tcp") == 0)
		return strcmp(d->source, r->peer) == 0 || strcmp(d->destination, r->peer) == 0;
	if (strcmp(d->protocol, "icmpv6") == 0)
		return strchr(r->peer, ':') != NULL;
	return strcmp(d->protocol, "arp") == 0;
}

static bool is_iptables(const struct drop *d)
{
	static const char *const tables[] = { "filter", "mangle", "raw", "security", "nat" };

	if (strncmp(d->family, "ip", 2) != 0 || access("/usr/sbin/iptables-nft", X_OK) == -1)
		return false;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(d->table, tables[i]) == 0)
			return true;
	}
	return false;
}

static void keep_change(struct trace *t, const struct seen *s)
{
	for (unsigned i = 0; i < t->changes_n; i++) {
		const struct seen *c = &t->changes[i];

		if (c->handle == s->handle && strcmp(c->is.family, s->is.family) == 0 &&
		    strcmp(c->is.table, s->is.table) == 0 && strcmp(c->is.chain, s->is.chain) == 0)
			return;
	}
	if (t->changes_n < CHANGES_MAX)
		t->changes[t->changes_n++] = *s;
}

static const char *family_name(unsigned family)
{
	/* NFPROTO_INET and so on. */
	static const char *const names[] = {
		[1] = "inet", [2] = "ip", [3] = "arp", [5] = "netdev", [7] = "bridge", [10] = "ip6"
	};

	return family < sizeof(names) / sizeof(names[0]) && names[family] != NULL ? names[family]
										  : "";
}

/* The verdict of a rule, or of a policy. */
static int verdict_of(const struct nlattr *const v[])
{
	struct {
		struct nlattr head;
		uint32_t code;
	} first;

	if (v[NFTA_TRACE_POLICY] != NULL)
		return (int)number(v[NFTA_TRACE_POLICY]);
	netlink_copy(v[NFTA_TRACE_VERDICT], &first, sizeof(first));
	return (int)ntohl(first.code);
}

static void take_verdict(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *v[NFTA_TRACE_MAX + 1];
	const struct nfgenmsg *g = NLMSG_DATA(h);
	struct trace *t = arg;
	struct seen *s;
	int verdict;

	if (h->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE))
		return;
	netlink_attributes(h, sizeof(*g), v, NFTA_TRACE_MAX + 1);
	s = packet_of(t, number(v[NFTA_TRACE_ID]));
	if (v[NFTA_TRACE_NETWORK_HEADER] != NULL)
		describe_packet(v, &s->is);
	netlink_copy(v[NFTA_TRACE_TABLE], s->is.table, sizeof(s->is.table) - 1);
	netlink_copy(v[NFTA_TRACE_CHAIN], s->is.chain, sizeof(s->is.chain) - 1);
	netlink_copy(v[NFTA_TRACE_RULE_HANDLE], &s->handle, sizeof(s->handle));
	snprintf(s->is.family, sizeof(s->is.family), "%s", family_name(g->nfgen_family));
	if (strcmp(s->is.table, TABLE) == 0 || !is_ours(t, &s->is))
		return;
	verdict = verdict_of(v);
	s->is.policy = number(v[NFTA_TRACE_TYPE]) == NFT_TRACETYPE_POLICY;
	s->is.deed = verdict >= 0 && (verdict & VERDICT_MASK) == VERDICT_DROP ? DROPS
	    : verdict >= 0 && (verdict & VERDICT_MASK) == VERDICT_QUEUE	      ? QUEUES
									      : CHANGES;
	if (s->is.deed == CHANGES)
		keep_change(t, s);
	else if (t->drops++ == 0)
		t->dropped = *s;
}

/* --- The rule's text --- */

/* The name behind "table ip " or "chain ", if the line begins so. */
static bool line_names(const char *line, const char *before, const char *name)
{
	size_t n = strlen(before), len = strlen(name);

	return strncmp(line, before, n) == 0 && strncmp(line + n, name, len) == 0 &&
	    strncmp(line + n + len, " {", 2) == 0;
}

/* From `nft -a list ruleset`, where a rule ends with "# handle 7". */
static void find_text(const char *list, struct seen *s)
{
	char table[16], end[48];
	bool in_table = false, in_chain = false;

	snprintf(table, sizeof(table), "table %s ", s->is.family);
	snprintf(end, sizeof(end), " # handle %" PRIu64 "\n", be64toh(s->handle));
	snprintf(s->is.rule, sizeof(s->is.rule), "%s", s->is.policy ? "" : end + 3);
	s->is.rule[strcspn(s->is.rule, "\n")] = '\0';
	for (const char *line = list; !s->is.policy && *line != '\0';) {
		size_t n = strcspn(line, "\n");

		if (*line != '\t' && n > 0) {
			in_table = line_names(line, table, s->is.table);
			in_chain = false;
		} else if (n > 1 && line[1] != '\t') {
			in_chain = in_table && line_names(line + 1, "chain ", s->is.chain);
		} else if (in_chain && n > strlen(end) &&
		    strncmp(line + n + 1 - strlen(end), end, strlen(end)) == 0) {
			snprintf(s->is.rule, sizeof(s->is.rule), "%.*s",
			    (int)(n + 1 - strlen(end) - 2), line + 2);
			return;
		}
		line += n + (line[n] == '\n');
	}
}

static void ask_rules(struct answer *a)
{
	ask_for(a, (const char *const[]){ "/usr/sbin/nft", "-ast", "list", "ruleset", NULL },
	    LIST_SECONDS);
}

static bool tell_drop(struct trace *t, struct drop *d)
{
	struct answer rules;

	*d = t->dropped.is;
	if (d->legacy)
		return true;

	ask_rules(&rules);
	find_text(rules.out.data, &t->dropped);
	answer_free(&rules);
	*d = t->dropped.is;
	d->iptables = is_iptables(d);
	return true;
}

static size_t rank_of_change(const char *rule)
{
	size_t i = 0;

	while (i < CHANGES_N && strstr(rule, changes[i]) == NULL)
		i++;
	return i;
}

/* Of the rules that changed a packet of this port, which may be why there is no
 * answer, the likeliest. */
static bool tell_change(struct trace *t, struct drop *d)
{
	size_t best = CHANGES_N;
	struct answer rules;

	ask_rules(&rules);
	for (unsigned i = 0; i < t->changes_n; i++) {
		struct seen *s = &t->changes[i];

		if (s->is.port != t->attempt.port && s->is.source_port != t->attempt.port)
			continue;
		find_text(rules.out.data, s);
		if (rank_of_change(s->is.rule) < best) {
			best = rank_of_change(s->is.rule);
			*d = s->is;
			d->iptables = is_iptables(d);
		}
	}
	answer_free(&rules);
	return best < CHANGES_N;
}

/* --- An attempt --- */

void trace_attempt(struct trace *t, bool out, uint16_t port)
{
	trace_drops(t);
	t->attempt.out = out;
	t->attempt.port = port;
	t->drops = t->changes_n = 0;
	legacy_count(t->attempt.counters);
	t->look = deadline_in_ms(LOOK_MS);
}

unsigned trace_drops(struct trace *t)
{
	netlink_read(t->fd, take_verdict, t, NULL);
	/* A second look that sees it counts as a second drop. */
	if ((t->drops == 0 || t->dropped.is.legacy) && deadline_passed(t->look)) {
		t->drops += legacy_compare(&t->attempt, &t->dropped.is);
		t->look = deadline_in_ms(LOOK_MS);
	}
	return t->drops;
}

bool trace_end(struct trace *t, struct drop *d)
{
	if (trace_drops(t) > 0)
		return tell_drop(t, d);
	*d = (struct drop){ .legacy = false };
	return legacy_compare(&t->attempt, d) || d->legacy || tell_change(t, d);
}
