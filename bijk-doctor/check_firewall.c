/* SPDX-License-Identifier: ISC */
/*
 * Would this machine's own packet filter let a master's connection to sshd in,
 * and a push out? The rules are read as the kernel has them, through its own
 * tools, and walked for each address.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/doctor.h"
#include "bijk-doctor/iptables_text.h"
#include "bijk-doctor/nft_json.h"
#include "bijk-doctor/process.h"
#include "common/base/sock.h"

#include "common/base/banned.h"

#define RULE_SHOWN 300

/* What the tools say, asked once for all addresses. */
struct rule_texts {
	char *nft, *sets;
	char *iptables[2][2]; /* [IPv6][legacy] */
};

static char *output_of(const char *const paths[], const char *const arguments[])
{
	const char *argv[6] = { first_program(paths) };
	struct answer a;
	char *text = NULL;

	if (argv[0] == NULL)
		return NULL;
	for (size_t i = 0; i < 4 && arguments[i] != NULL; i++)
		argv[i + 1] = arguments[i];
	if (ask(&a, argv) == 0 && a.code == 0)
		text = strdup(a.out.data);
	answer_free(&a);
	return text;
}

static void read_rules(struct rule_texts *t)
{
	static const char *const nft[] = { "/usr/sbin/nft", "/sbin/nft", NULL };
	static const char *const list[] = { "-j", "list", "ruleset", NULL };
	static const char *const ipset[] = { "/usr/sbin/ipset", "/sbin/ipset", NULL };
	static const char *const save[] = { "save", NULL };
	static const char *const none[] = { NULL };
	static const char *const tables[2][2][3] = {
		{ { "/usr/sbin/iptables-nft-save", "/usr/sbin/iptables-save", NULL },
		    { "/usr/sbin/iptables-legacy-save", NULL } },
		{ { "/usr/sbin/ip6tables-nft-save", "/usr/sbin/ip6tables-save", NULL },
		    { "/usr/sbin/ip6tables-legacy-save", NULL } },
	};

	*t = (struct rule_texts){ .nft = output_of(nft, list), .sets = output_of(ipset, save) };
	for (int six = 0; six < 2; six++) {
		for (int legacy = 0; legacy < 2; legacy++) {
			/* To ask the legacy tool would load its kernel module,
			 * if nobody has yet. */
			const char *used =
			    six ? "/proc/net/ip6_tables_names" : "/proc/net/ip_tables_names";

			if (legacy == 0 || access(used, F_OK) == 0)
				t->iptables[six][legacy] = output_of(tables[six][legacy], none);
		}
	}
}

static void free_rules(struct rule_texts *t)
{
	free(t->nft);
	free(t->sets);
	for (int i = 0; i < 4; i++)
		free(t->iptables[i / 2][i % 2]);
}

/* The interface by which this address is reached; a reply comes back the same
 * way. */
static bool interface_to(const char *address, char out[64])
{
	static const char *const ip[] = { "/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip",
		NULL };
	const char *const arguments[] = { "-j", "route", "get", address, NULL };
	char *text = output_of(ip, arguments);
	json_error_t error;
	json_t *all = text != NULL ? json_loads(text, 0, &error) : NULL;
	const char *name = json_string_value(json_object_get(json_array_get(all, 0), "dev"));

	if (name != NULL)
		snprintf(out, 64, "%s", name);
	free(text);
	json_decref(all);
	return name != NULL;
}

/* --- Mends --- */

/* Its own chains are there, and it is not in a table of somebody else that the
 * packet ends. */
static bool ufw_is_on(const struct firewall *f, const struct fw_end *e)
{
	for (size_t i = 0; e->base->kind != FW_NFT && i < f->n; i++) {
		if (strncmp(f->v[i].name, "ufw", 3) == 0)
			return strncmp(e->chain->name, "ufw", 3) == 0 || e->rule == NULL;
	}
	return false;
}

static bool firewalld_runs(void)
{
	static const char *const names[] = { "firewalld", NULL };
	struct process p;

	return process_find(&p, names, process_is_roots);
}

static void mend_iptables(
    struct doctor *d, const struct fw_end *e, const struct fw_packet *p, const char *other)
{
	bool six = p->from.family == AF_INET6;
	const char *program = e->base->kind == FW_IPTABLES_LEGACY
	    ? (six ? "ip6tables-legacy" : "iptables-legacy")
	    : (six ? "ip6tables" : "iptables");

	report_mend(d->report, "%s -t %s -I %s 1 -p tcp -%c %s --dport %u -j ACCEPT", program,
	    e->base->table, e->base->name, p->outgoing ? 'd' : 's', other, (unsigned)p->port);
	if (access("/usr/sbin/netfilter-persistent", X_OK) == 0)
		report_note(d->report, "so that it outlives a reboot: netfilter-persistent save");
	else
		report_note(d->report,
		    "it is gone with the next reboot, unless what sets up these rules has it too; "
		    "on Debian: "
		    "apt-get install iptables-persistent, then netfilter-persistent save");
}

static void mend_nft(
    struct doctor *d, const struct fw_end *e, const struct fw_packet *p, const char *other)
{
	report_mend(d->report, "nft insert rule %s %s %s %s %s %s tcp dport %u accept",
	    e->base->family, e->base->table, e->base->name,
	    p->from.family == AF_INET6 ? "ip6" : "ip", p->outgoing ? "daddr" : "saddr", other,
	    (unsigned)p->port);
	report_note(d->report,
	    "so that it outlives a reboot, write it into %s, into the same chain",
	    access("/etc/nftables.conf", F_OK) == 0 ? "/etc/nftables.conf"
						    : "the file that sets up these rules");
}

/* Answers: whoever keeps them out, wants to keep out what belongs to no
 * connection that was let through. */
static void mend_replies(struct doctor *d, const struct fw_end *e, const struct fw_packet *p)
{
	bool six = p->from.family == AF_INET6;

	if (e->base->kind == FW_NFT)
		report_mend(d->report,
		    "nft insert rule %s %s %s ct state established,related accept", e->base->family,
		    e->base->table, e->base->name);
	else
		report_mend(d->report,
		    "%s%s -t %s -I %s 1 -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
		    six ? "ip6tables" : "iptables",
		    e->base->kind == FW_IPTABLES_LEGACY ? "-legacy" : "", e->base->table,
		    e->base->name);
}

static void mend(struct doctor *d, const struct firewall *f, const struct fw_end *e,
    const struct fw_packet *p, const char *other)
{
	if (p->reply) {
		mend_replies(d, e, p);
		return;
	}
	if (firewalld_runs() && !p->outgoing)
		report_mend(d->report,
		    "firewall-cmd --permanent --add-rich-rule='rule family=ipv%d source address=%s "
		    "port port=%u "
		    "protocol=tcp accept' && firewall-cmd --reload",
		    p->from.family == AF_INET6 ? 6 : 4, other, (unsigned)p->port);
	else if (ufw_is_on(f, e))
		report_mend(d->report,
		    p->outgoing ? "ufw prepend allow out proto tcp to %s port %u"
				: "ufw prepend allow proto tcp from %s to any port %u",
		    other, (unsigned)p->port);
	else if (e->base->kind == FW_NFT)
		mend_nft(d, e, p, other);
	else
		mend_iptables(d, e, p, other);
}

/* --- Findings --- */

static void tell(struct doctor *d, const struct firewall *f, const char *what,
    const struct fw_end *e, const struct fw_packet *p, const char *other)
{
	static const char *const kinds[] = { "iptables", "iptables-legacy", "nft" };
	const char *family = e->base->kind == FW_NFT ? e->base->family
	    : p->from.family == AF_INET6	     ? "IPv6"
						     : "IPv4";
	char where[256];

	snprintf(where, sizeof(where), "%s, %s, table %s, chain %s", kinds[e->base->kind], family,
	    e->chain->table, e->chain->name);
	if (e->fate == FW_UNDECIDED)
		report_found(d->report, VERDICT_WARN, what,
		    "whether it passes depends on a rule that cannot be judged from here (%s): "
		    "%.*s",
		    where, RULE_SHOWN, e->rule != NULL ? e->rule->text : "the policy");
	else if (e->rule != NULL)
		report_found(d->report, VERDICT_FAIL, what, "%s %u of %s stops it: %.*s",
		    e->base->kind == FW_NFT ? "the rule with handle" : "rule", e->rule->number,
		    where, RULE_SHOWN, e->rule->text);
	else
		report_found(d->report, VERDICT_FAIL, what,
		    "no rule lets it pass, and the policy of %s is DROP", where);
	mend(d, f, e, p, other);
}

/* Which packets matter: a pull's first and our answer to it, a push's first and
 * the master's answer to that. */
enum direction { PULLED, PULL_BACK, PUSH_OUT, PUSH_BACK };

static void say_what(
    char what[400], enum direction direction, const char *host, const char *address, unsigned port)
{
	switch (direction) {
	case PULLED:
		snprintf(what, 400, "firewall, from %s (%s) to port %u", address, host, port);
		break;
	case PULL_BACK:
		snprintf(
		    what, 400, "firewall, answers to %s (%s) from port %u", address, host, port);
		break;
	case PUSH_OUT:
		snprintf(what, 400, "firewall, from here to %s (%s) port %u", address, host, port);
		break;
	case PUSH_BACK:
		snprintf(what, 400, "firewall, answers of %s (%s) port %u", address, host, port);
		break;
	}
}

static void add_rules(struct firewall *f, const struct rule_texts *t, const struct fw_packet *p)
{
	for (int legacy = 0; legacy < 2; legacy++) {
		const char *text = t->iptables[p->from.family == AF_INET6][legacy];

		if (text != NULL)
			iptables_add(f, legacy ? FW_IPTABLES_LEGACY : FW_IPTABLES, text,
			    t->sets != NULL ? t->sets : "", p);
	}
	if (t->nft != NULL)
		nft_add(f, t->nft, p);
}

static void look(struct doctor *d, const struct rule_texts *t, const char *host,
    const char *address, uint16_t port, enum direction direction)
{
	struct firewall f = FIREWALL_INIT;
	char ours[SOCK_ADDR_MAX], interface[64], what[400];
	struct fw_packet p = { .port = port,
		.outgoing = direction == PUSH_OUT || direction == PULL_BACK,
		.reply = direction == PUSH_BACK || direction == PULL_BACK };
	struct netaddr other, us;
	struct fw_end end;

	if (!netaddr_parse(&other, address) || sock_source(address, ours) == -1 ||
	    !netaddr_parse(&us, ours))
		return;
	p.from = p.outgoing ? us : other;
	p.to = p.outgoing ? other : us;
	if (interface_to(address, interface))
		p.interface = interface;
	add_rules(&f, t, &p);
	end = firewall_walk(&f);
	say_what(what, direction, host, address, port);
	if (end.fate == FW_PASSES)
		report_found(d->report, VERDICT_OK, what, "%s",
		    f.n == 0 ? "it passes, for there are no rules" : "it passes");
	else
		tell(d, &f, what, &end, &p, address);
	d->way_out_closed |=
	    end.fate == FW_STOPPED && (direction == PUSH_OUT || direction == PUSH_BACK);
	firewall_free(&f);
}

void check_firewall(struct doctor *d)
{
	struct rule_texts t;

	if (!d->root) {
		report_found(d->report, VERDICT_SKIP, "firewall", "only root can read its rules");
		return;
	}
	read_rules(&t);
	for (size_t i = 0; i < d->masters.n; i++) {
		const struct master_at *m = &d->masters.v[i];

		for (size_t k = 0; k < m->n; k++) {
			if (d->pulled) {
				look(d, &t, m->host, m->address[k], doctor_ssh_port(d), PULLED);
				look(d, &t, m->host, m->address[k], doctor_ssh_port(d), PULL_BACK);
			}
			if (!d->pushes)
				continue;
			look(d, &t, m->host, m->address[k], (uint16_t)d->node.ssh_port, PUSH_OUT);
			look(d, &t, m->host, m->address[k], (uint16_t)d->node.ssh_port, PUSH_BACK);
		}
	}
	free_rules(&t);
}
