/* SPDX-License-Identifier: ISC */
/* The lines of `nft monitor trace` are as nft 1.0.6 prints them. */
#include "bijk-doctor/trace.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "common/base/child.h"
#include "common/base/io.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define TRACE_MAX (8u << 20)
#define TABLE "bijk_doctor"
#define FIRST "priority -2147483640;" /* before every other chain */
#define MARK_SECONDS 2

struct trace {
	const struct copy *copy;
	struct child monitor;
	struct buf text;
	size_t parsed;		   /* bytes of it that were looked at */
	struct answer counters[2]; /* of the legacy tables, for IPv4 and IPv6 */
	char packet[1024];	   /* that was dropped, in nft's words */
	struct drop changed;	   /* by the rule that is likeliest to matter */
	size_t rank;		   /* of this rule in changes[]; CHANGES_N: none */
};

/* What a rule of nft does to a packet; first what sends it elsewhere. */
static const char *const changes[] = { "dnat ", "redirect", "tproxy", "fwd ", "xt target",
	"synproxy", "notrack", "snat ", "masquerade", " set " };
#define CHANGES_N (sizeof(changes) / sizeof(changes[0]))

static const char *const legacy[2] = { "/usr/sbin/iptables-legacy-save",
	"/usr/sbin/ip6tables-legacy-save" };

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

static void read_more(struct trace *t)
{
	char block[65536];
	ssize_t n;

	while (t->monitor.out != -1 && (n = read(t->monitor.out, block, sizeof(block))) > 0)
		buf_add(&t->text, block, (size_t)n);
}

/*
 * Until nft tells of a packet that we send now, to this port: so it has told of
 * all before it. It is sent again, for nft may not listen yet.
 */
static void wait_for_mark(struct trace *t, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	deadline_t d = deadline_in_s(MARK_SECONDS);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char words[32];

	snprintf(words, sizeof(words), " udp dport %u ", (unsigned)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (unsigned i = 0; fd != -1 && t->monitor.out != -1 && !deadline_passed(d); i++) {
		if (t->text.len > 0 && strstr(t->text.data + t->parsed, words) != NULL)
			break;
		if (i % 16 == 0)
			sendto(fd, "", 1, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof(to));
		sleep_ms(3);
		read_more(t);
	}
	close_fd(fd);
}

struct trace *trace_begin(const struct copy *c)
{
	static const char *const argv[] = { "/usr/bin/stdbuf", "-oL", "/usr/sbin/nft", "monitor",
		"trace", NULL };
	struct trace *t = calloc(1, sizeof(*t));
	struct argv v = { .n = 0 };

	if (t == NULL)
		die(EX_OSERR, "out of memory");
	t->copy = c;
	t->text = (struct buf)BUF_INIT(TRACE_MAX);
	t->monitor = (struct child)CHILD_NONE;
	t->rank = CHANGES_N;
	for (size_t i = 0; i < 2; i++) {
		const char *const save[] = { legacy[i], "-c", NULL };

		if (access(i == 0 ? "/proc/net/ip_tables_names" : "/proc/net/ip6_tables_names",
			F_OK) == 0)
			ask(&t->counters[i], save);
	}
	if (access(argv[2], X_OK) == -1)
		return t;
	mark_packets(c);
	for (size_t i = 0; argv[i] != NULL; i++)
		argv_add(&v, argv[i]);
	if (child_start(&t->monitor, argv[0], argv_done(&v), CHILD_PIPE_OUT | CHILD_PIPE_ERR) == 0)
		set_nonblocking(t->monitor.out);
	argv_free(&v);
	wait_for_mark(t, 9);
	return t;
}

/* The word behind " name " in the packet's line. */
static void field(const char *packet, const char *name, char *out, size_t size)
{
	char key[32];
	const char *s;

	snprintf(key, sizeof(key), " %s ", name);
	s = strstr(packet, key);
	snprintf(out, size, "%.*s", s != NULL ? (int)strcspn(s + strlen(key), " \n") : 0,
	    s != NULL ? s + strlen(key) : "");
}

static void describe_packet(const char *packet, struct drop *d)
{
	char port[16];
	bool six = strstr(packet, " ip6 saddr ") != NULL;

	field(packet, six ? "ip6 saddr" : "ip saddr", d->source, sizeof(d->source));
	field(packet, six ? "ip6 daddr" : "ip daddr", d->destination, sizeof(d->destination));
	field(packet, "tcp sport", port, sizeof(port));
	d->source_port = (uint16_t)strtoul(port, NULL, 10);
	field(packet, "tcp dport", port, sizeof(port));
	d->port = (uint16_t)strtoul(port, NULL, 10);
	snprintf(d->protocol, sizeof(d->protocol), "%s",
	    d->port != 0			     ? "tcp"
		: strstr(packet, " arp ") != NULL    ? "arp"
		: strstr(packet, " icmpv6 ") != NULL ? "icmpv6"
						     : "");
	d->out = strstr(packet, " iif ") == NULL;
}

/* Is it a packet of this attempt? Those of another kind (a solicitation of
 * routers) may be dropped without harm. */
static bool is_ours(const struct trace *t, const struct drop *d)
{
	const struct route *r = t->copy->route;

	if (strcmp(d->protocol, "tcp") == 0)
		return strcmp(d->source, r->peer) == 0 || strcmp(d->destination, r->peer) == 0;
	if (strcmp(d->protocol, "icmpv6") == 0)
		return strchr(r->peer, ':') != NULL && strstr(t->packet, "nd-neighbor") != NULL;
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

/* What the last chain before saw of it; other packets may stand between, as
 * that by which a rule rejects it. One on its way out to a device is a number
 * there. */
static void find_packet(struct trace *t, const char *id)
{
	static const char mark[] = " packet: ";
	char key[32];

	snprintf(key, sizeof(key), "trace id %s ", id);
	t->packet[0] = '\0';
	for (const char *s = strstr(t->text.data, key); s != NULL && s < t->text.data + t->parsed;
	     s = strstr(s + 1, key)) {
		const char *at = strstr(s, mark), *end = strchr(s, '\n');
		const char *raw = strstr(s, " @nh,");

		if (at != NULL && at < end && (t->packet[0] == '\0' || raw == NULL || raw > end))
			snprintf(t->packet, sizeof(t->packet), "%.*s",
			    (int)(end - at - (ptrdiff_t)sizeof(mark) + 2), at + sizeof(mark) - 2);
	}
}

static size_t rank_of_change(const char *rule)
{
	size_t i = 0;

	while (i < CHANGES_N && strstr(rule, changes[i]) == NULL)
		i++;
	return i;
}

/* "trace id 9b7e inet guard in rule tcp dport 22 drop (verdict drop)", or "…
 * in policy drop". */
static bool look_at_line(struct trace *t, const char *line, struct drop *d)
{
	char id[16], kind[16];
	const char *verdict = NULL;
	int end = 0;

	*d = (struct drop){ .deed = DROPS };
	if (sscanf(line, "trace id %15s %7s %63s %63s %15s %n", id, d->family, d->table, d->chain,
		kind, &end) < 5 ||
	    strcmp(d->table, TABLE) == 0)
		return false;
	d->policy = strcmp(kind, "policy") == 0;
	for (const char *s = line + end; (s = strstr(s, " (verdict ")) != NULL; s++)
		verdict = s;
	if (verdict != NULL)
		snprintf(d->rule, sizeof(d->rule), "%.*s", (int)(verdict - line) - end, line + end);
	if (verdict != NULL && strstr(verdict, "queue") != NULL)
		d->deed = QUEUES;
	else if (strncmp(verdict != NULL ? verdict + 10 : line + end, "drop", 4) != 0)
		d->deed = CHANGES;
	if (d->deed == CHANGES && rank_of_change(d->rule) >= t->rank)
		return false;
	d->iptables = is_iptables(d);
	find_packet(t, id);
	describe_packet(t->packet, d);
	if (is_ours(t, d) && d->deed == CHANGES) {
		t->changed = *d;
		t->rank = rank_of_change(d->rule);
	}
	return is_ours(t, d) && d->deed != CHANGES;
}

bool trace_dropped(struct trace *t, struct drop *d)
{
	read_more(t);
	while (t->parsed < t->text.len) {
		char line[2048],
		    *end = memchr(t->text.data + t->parsed, '\n', t->text.len - t->parsed);

		if (end == NULL)
			return false;
		snprintf(line, sizeof(line), "%.*s", (int)(end - (t->text.data + t->parsed)),
		    t->text.data + t->parsed);
		t->parsed = (size_t)(end + 1 - t->text.data);
		if (look_at_line(t, line, d))
			return true;
	}
	return false;
}

/* The number of packets in "[12:720] -A INPUT …" or ":INPUT DROP [12:720]". */
static unsigned long long count_of(const char *line)
{
	const char *s = strchr(line, '[');

	return s != NULL ? strtoull(s + 1, NULL, 10) : 0;
}

static bool look_at_counter(const char *line, const char *table, bool six, bool out, struct drop *d)
{
	static const char *const targets[] = { " -j DROP", " -j REJECT", " -j NFQUEUE",
		" -j REDIRECT", " -j DNAT", " -j TPROXY" };
	const char *rule = strstr(line, "] -A ");
	char chain[64], verdict[16] = "";
	size_t i = 0;

	*d = (struct drop){ .legacy = true, .iptables = true };
	snprintf(d->family, sizeof(d->family), "%s", six ? "ip6" : "ip");
	snprintf(d->table, sizeof(d->table), "%.63s", table);
	snprintf(d->protocol, sizeof(d->protocol), "tcp");
	if (rule != NULL && sscanf(rule, "] -A %63s", chain) == 1) {
		while (i < sizeof(targets) / sizeof(targets[0]) && strstr(rule, targets[i]) == NULL)
			i++;
		if (i == sizeof(targets) / sizeof(targets[0]))
			return false;
		d->deed = i < 2 ? DROPS : i == 2 ? QUEUES : CHANGES;
		snprintf(d->rule, sizeof(d->rule), "%.500s", rule + 2);
	} else if (sscanf(line, ":%63s %15s", chain, verdict) == 2 &&
	    strcmp(verdict, "DROP") == 0) {
		d->policy = true;
	} else {
		return false;
	}
	snprintf(d->chain, sizeof(d->chain), "%s", chain);
	d->out = strcmp(chain, "OUTPUT") == 0 || (strcmp(chain, "INPUT") != 0 && out);
	return true;
}

/* Both are the same lines, but for the counters. */
static bool compare_counters(struct trace *t, const char *was, const char *is, bool six, bool out,
    uint16_t port, struct drop *d)
{
	const struct route *r = t->copy->route;
	char table[64] = "";

	while (*was != '\0' && *is != '\0') {
		size_t a = strcspn(was, "\n"), b = strcspn(is, "\n");
		char line[1024];

		snprintf(line, sizeof(line), "%.*s", (int)b, is);
		if (line[0] == '*')
			snprintf(table, sizeof(table), "%.63s", line + 1);
		if (count_of(line) > count_of(was) && look_at_counter(line, table, six, out, d)) {
			snprintf(d->source, sizeof(d->source), "%s", d->out ? r->ours : r->peer);
			snprintf(d->destination, sizeof(d->destination), "%s",
			    d->out ? r->peer : r->ours);
			*(d->out == out ? &d->port : &d->source_port) = port;
			if (d->deed != CHANGES)
				return true;
			t->changed = *d;
			t->rank = 0;
		}
		was += a + (was[a] == '\n');
		is += b + (is[b] == '\n');
	}
	return false;
}

bool trace_end(struct trace *t, bool out, uint16_t port, struct drop *d)
{
	bool found;

	wait_for_mark(t, 10);
	found = trace_dropped(t, d);
	for (size_t i = 0; i < 2 && !found; i++) {
		const char *const save[] = { legacy[i], "-c", NULL };
		struct answer now;

		if (t->counters[i].out.data == NULL)
			continue;
		if (ask(&now, save) == 0)
			found = compare_counters(
			    t, t->counters[i].out.data, now.out.data, i == 1, out, port, d);
		answer_free(&now);
	}
	child_end(&t->monitor, 0);
	if (!found && t->rank < CHANGES_N &&
	    (t->changed.port == port || t->changed.source_port == port)) {
		*d = t->changed;
		found = true;
	}
	return found;
}
