/* SPDX-License-Identifier: ISC */
/*
 * What lets a dropped packet pass: in the words of ufw or firewalld if the
 * chain is theirs, else a rule in front of all others in the chain that dropped
 * it. Such a rule is also written to the file that the machine loads when it
 * boots, but only if the chain comes from there.
 */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/fix.h"
#include "bijk-doctor/shellword.h"

#include "common/base/banned.h"

#define MATCH 128
#define REGISTER_PORT 50010 /* unless a master has another */

/* The packet, as the chain saw it. */
struct passage {
	const struct drop *d;
	char peer[SOCK_ADDR_MAX]; /* the other machine */
	bool six, tcp, answer;	  /* answer: it comes from the port that the connection is about */
	unsigned port;		  /* that the connection is about */
	char nft[MATCH], iptables[MATCH];
	char more[2][MATCH]; /* for other rules of iptables; "" */
};

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* How sure it is that a service has this port, not a client; 0: not known. */
static int rank(uint16_t port, const struct route *r)
{
	return port == r->port || port == REGISTER_PORT ? 2 : port == 0 ? -1 : port < 32768;
}

static void describe_tcp(struct passage *p, bool answer)
{
	const char side = p->d->out ? 'd' : 's', end = answer ? 's' : 'd';
	const unsigned port = answer ? p->d->source_port : p->d->port;

	p->answer = answer;
	p->port = port;
	/* Answers only: nobody shall begin a connection from that port. */
	snprintf(p->nft, MATCH, "%s %caddr %s tcp %cport %u%s", p->six ? "ip6" : "ip", side,
	    p->peer, end, port, answer ? " tcp flags & (syn | ack) != syn" : "");
	snprintf(p->iptables, MATCH, "-%c %s -p tcp --%cport %u%s", side, p->peer, end, port,
	    answer ? " ! --syn" : "");
}

static void describe_passage(struct passage *p, const struct drop *d, const struct route *r)
{
	const char *seen = d->out ? d->destination : d->source;

	*p = (struct passage){ .d = d };
	snprintf(p->peer, sizeof(p->peer), "%s", seen[0] != '\0' ? seen : r->peer);
	p->peer[strcspn(p->peer, "%")] = '\0';
	p->six = strchr(p->peer, ':') != NULL;
	if (strcmp(d->protocol, "arp") == 0) {
		snprintf(p->nft, MATCH, "arp %caddr ip %s", d->out ? 'd' : 's', p->peer);
	} else if (strcmp(d->protocol, "icmpv6") == 0) {
		snprintf(p->nft, MATCH, "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }");
		snprintf(p->iptables, MATCH, "-p icmpv6 --icmpv6-type neighbour-solicitation");
		snprintf(p->more[0], MATCH, "-p icmpv6 --icmpv6-type neighbour-advertisement");
	} else {
		p->tcp = true;
		describe_tcp(p, rank(d->source_port, r) > rank(d->port, r));
	}
}

/* The file from which the machine loads its rules at boot; NULL: none. */
static const char *kept_in(bool nft, bool six)
{
#define WANTS "/etc/systemd/system/*.wants/"
	static const struct {
		bool nft;
		const char *enabled, *file[2]; /* for IPv4 and IPv6 */
	} v[] = {
		{ true, WANTS "nftables.*", { "/etc/nftables.conf" } },
		{ true, WANTS "nftables.*", { "/etc/sysconfig/nftables.conf" } },
		{ true, "/etc/runlevels/*/nftables", { "/etc/nftables.nft" } },
		{ false, WANTS "netfilter-persistent.*",
		    { "/etc/iptables/rules.v4", "/etc/iptables/rules.v6" } },
		{ false, WANTS "ip*tables.*",
		    { "/etc/sysconfig/iptables", "/etc/sysconfig/ip6tables" } },
		{ false, "/etc/runlevels/*/ip*tables",
		    { "/etc/iptables/rules-save", "/etc/iptables/rules6-save" } },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++) {
		const char *file = v[i].file[!nft && six];
		glob_t g;

		if (v[i].nft == nft && access(file, F_OK) == 0 &&
		    glob(v[i].enabled, 0, NULL, &g) == 0) {
			globfree(&g);
			return file;
		}
	}
	return NULL;
}

static void add_for_now(struct fixes *f, const struct passage *p, const char *run)
{
	char note[384];

	if (begins(p->d->chain, "f2b-") || begins(p->d->table, "f2b-"))
		snprintf(note, sizeof(note),
		    "fail2ban made what drops it, and will again: add %s to ignoreip in "
		    "/etc/fail2ban/jail.local, and run fail2ban-client unban %s",
		    p->peer, p->peer);
	else
		snprintf(note, sizeof(note),
		    "it holds until a reboot, or until the chain %s is made anew: add the rule to "
		    "what makes that chain",
		    p->d->chain);
	fix_add(f, note, "%s", run);
}

static void by_iptables(struct fixes *f, const struct passage *p, const char *kind)
{
	const char *matches[] = { p->iptables, p->more[0], p->more[1] };
	const char *file = kept_in(false, p->six), *c = p->d->chain, *t = p->d->table;
	char now[512] = "", lines[400] = "";

	for (size_t i = 0; i < 3 && matches[i][0] != '\0'; i++) {
		size_t n = strlen(now), k = strlen(lines);

		snprintf(now + n, sizeof(now) - n, "%sip%stables%s -t %s -I %s %s -j ACCEPT",
		    i == 0 ? "" : " && ", p->six ? "6" : "", kind, t, shell_word(c), matches[i]);
		snprintf(lines + k, sizeof(lines) - k, "\\n-A %s %s -j ACCEPT", c, matches[i]);
	}
	/* Behind the line that declares the chain, so in front of its rules. */
	if (file != NULL && c[strcspn(c, "'\"\\/*.[]^$&")] == '\0')
		fix_add(f, NULL,
		    "sed -n '/^\\*%s/,/^COMMIT/p' %s | grep -q '^:%s ' && %s && "
		    "sed -i '/^\\*%s/,/^COMMIT/s/^:%s .*/&%s/' %s",
		    t, file, c, now, t, c, lines, file);
	add_for_now(f, p, now);
}

static void by_nft(struct fixes *f, const struct passage *p)
{
	const struct drop *d = p->d;
	const char *file = kept_in(true, false), *word;
	char rule[320], now[400];

	snprintf(rule, sizeof(rule), "insert rule %s %s %s %s accept", d->family, d->table,
	    d->chain, p->nft);
	word = shell_word(rule);
	snprintf(now, sizeof(now), "nft %s", word);
	/* Where there are no rules yet, as at boot, it loads only if that file
	 * makes the chain. */
	if (file != NULL)
		fix_add(f, NULL,
		    "r=%s; { cat %s; printf '\\n%%s\\n' \"$r\"; } | unshare -n nft -c -f - && "
		    "printf '\\n%%s\\n' \"$r\" >>%s && nft \"$r\"",
		    word, file, file);
	add_for_now(f, p, now);
}

static bool ufw_is_on(void)
{
	static const char *const argv[] = { "/usr/sbin/iptables", "-n", "-L", "ufw-user-input",
		NULL };
	struct answer a;
	bool on = ask(&a, argv) == 0 && a.code == 0;

	answer_free(&a);
	return on;
}

static void by_ufw(struct fixes *f, const struct passage *p)
{
	const char *six = p->six ? "6" : "";
	char rule[128];

	snprintf(rule, sizeof(rule), "ufw prepend allow %s %s %sport %u",
	    p->d->out ? "out proto tcp to" : "proto tcp from", p->peer, p->d->out ? "" : "to any ",
	    p->port);
	if (!p->answer)
		fix_add(f, NULL, "%s", rule);
	if (!p->answer && p->six)
		fix_add(f, "ufw dropped all of IPv6; now its rules hold for that, too",
		    "sed -i 's/^IPV6=.*/IPV6=yes/' /etc/default/ufw && ufw reload && %s", rule);
	/* The rules in this file come before those. */
	fix_add(f, NULL,
	    "sed -i 's/^# End required lines.*/&\\n-A ufw%s-before-%s %s -j ACCEPT/' "
	    "/etc/ufw/before%s.rules && ufw reload",
	    six, p->d->out ? "output" : "input", p->iptables, six);
}

/*
 * A firewalld of the copy, on a bus of its own. When it starts, it makes its
 * rules from its files, and removes those of iptables: what stood there is put
 * back. It has a zone's chains only once the zone has an interface.
 */
static const char own_firewalld[] =
    "( cd /run && mkdir -p dbus && [ ! -e dbus/system_bus_socket ] || exit\n"
    "nft list table inet firewalld >firewalld.nft\n"
    "for p in iptables ip6tables; do $p-save >firewalld.$p; done\n"
    "[ -s firewalld.nft ] || grep -q '^:INPUT_ZONES ' firewalld.iptables || exit\n"
    "dbus-daemon --system --fork --nopidfile && firewalld --nopid\n"
    "n=0; until firewall-cmd --state; do [ $((n += 1)) -lt 100 ] || exit; sleep 0.1; done\n"
    "z=%s; [ -z \"$z\" ] || firewall-cmd --zone=\"$z\" --change-interface=%s\n"
    "for p in iptables ip6tables; do $p-restore <firewalld.$p; done\n"
    "[ ! -s firewalld.nft ] || { echo delete table inet firewalld; cat firewalld.nft; } |\n"
    "nft -f - ) </dev/null >/dev/null 2>&1\n";

static void by_firewalld(struct fixes *f, const struct passage *p, const char *interface)
{
	const bool out = p->d->out;
	const char *name = out ? "bijk-out" : "bijk-in", *rule;
	char zone[64], text[200];

	/* As in filter_IN_ZONE_deny, or IN_ZONE. */
	if ((sscanf(p->d->chain, "filter_IN_%63[^_]", zone) != 1 &&
		sscanf(p->d->chain, "IN_%63[^_]", zone) != 1) ||
	    strcmp(zone, "policy") == 0)
		zone[0] = '\0';
	snprintf(f->first, sizeof(f->first), own_firewalld, zone, shell_word(interface));
	snprintf(text, sizeof(text),
	    "rule priority=-32768 family=ipv%c %s address=%s port port=%u protocol=tcp accept",
	    p->six ? '6' : '4', out ? "destination" : "source", p->peer, p->port);
	rule = shell_word(text);
	if (zone[0] != '\0')
		fix_add(f, NULL,
		    "firewall-cmd --zone=%s --add-rich-rule=%s && "
		    "firewall-cmd --permanent --zone=%s --add-rich-rule=%s",
		    zone, rule, zone, rule);
	fix_add(f, "the reload forgets what firewalld was told without --permanent",
	    "firewall-cmd --permanent --new-policy=%s; p='firewall-cmd --permanent --policy=%s'; "
	    "$p --add-ingress-zone=%s && $p --add-egress-zone=%s && $p --set-priority=-30000 && "
	    "$p --add-rich-rule=%s && firewall-cmd --reload",
	    name, name, out ? "HOST" : "ANY", out ? "ANY" : "HOST", rule);
}

void fix_drop(struct fixes *f, const struct drop *d, const struct route *r)
{
	struct passage p, all;

	describe_passage(&p, d, r);
	if (p.tcp && !p.answer &&
	    (strcmp(d->table, "firewalld") == 0 || (d->iptables && begins(d->chain, "IN_"))))
		by_firewalld(f, &p, r->interface);
	if (p.tcp && (d->policy || begins(d->chain, "ufw")) && ufw_is_on())
		by_ufw(f, &p);
	if (p.iptables[0] == '\0' || !(d->iptables || d->legacy)) {
		by_nft(f, &p);
		return;
	}
	by_iptables(f, &p, d->legacy ? "-legacy" : "");
	if (!d->legacy) {
		by_iptables(f, &p, "-nft");
	} else if (p.six && p.tcp) {
		/* Its counters do not tell what finds neighbours from the rest. */
		struct drop neighbours = *d;

		snprintf(neighbours.protocol, sizeof(neighbours.protocol), "icmpv6");
		describe_passage(&all, &neighbours, r);
		memcpy(all.more[1], p.iptables, MATCH);
		by_iptables(f, &all, "-legacy");
	}
}
