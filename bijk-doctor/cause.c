/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/cause.h"

#include <stdio.h>
#include <string.h>

#include "bijk-doctor/shellword.h"

#include "common/base/banned.h"

static void explain_drop(struct cause *c, const struct play *p)
{
	const struct drop *d = &p->attempt.drop;
	/* What the fix is about: on the way out, a port of the peer. */
	struct route about = p->route;
	static const char *const deed[] = { [DROPS] = "drops them",
		[QUEUES] = "leaves them to a program",
		[CHANGES] = "changes them, or where they go" };
	const char *program = d->legacy ? "iptables-legacy" : d->iptables ? "iptables" : "nft";

	c->check = "firewall";
	if (p->part == PART_SSH)
		about.port = p->ssh_port;
	else if (p->part == PART_REGISTER || p->part == PART_JOIN)
		about.port = p->register_port;
	snprintf(c->what, sizeof(c->what), "%s %s %s port %u",
	    d->source_port == about.port ? "answers" : "packets", d->out ? "to" : "from",
	    p->route.peer, (unsigned)about.port);
	if (strcmp(d->protocol, "tcp") != 0)
		snprintf(
		    c->what, sizeof(c->what), "%s packets on %s", d->protocol, p->route.interface);
	snprintf(c->found, sizeof(c->found), "%s of chain %s (%s, table %s %s) %s%s%s",
	    d->policy ? "the policy" : "a rule", d->chain, program, d->family, d->table,
	    deed[d->deed], d->policy ? "" : ": ", d->rule);
	fix_drop(&c->fixes, d, &about);
}

static void explain_said(struct cause *c, const struct play *p)
{
	static struct meaning m;

	m = (struct meaning){ .words = "" };
	c->check = "sshd";
	if (meaning_find(&m, &p->attempt, &p->route)) {
		snprintf(c->what, sizeof(c->what), "%s", m.what);
		snprintf(c->found, sizeof(c->found), "%s: %s", m.means, m.words);
		snprintf(c->choice, sizeof(c->choice), "%s", m.choice);
		c->fixes = m.fixes;
		return;
	}
	snprintf(c->what, sizeof(c->what), "a login of %s from %s", p->route.user, p->route.peer);
	snprintf(c->found, sizeof(c->found), "%s",
	    m.words[0] != '\0' ? m.words : "it gets no answer, and nothing says why");
}

/* Nothing takes connections where the peer comes to. */
static void explain_start(struct cause *c, const struct play *p, bool sshd_runs)
{
	c->check = "sshd";
	if (p->attempt.said[0] != '\0' && p->server != SERVER_SOCKET &&
	    strstr(p->attempt.said, "Server listening") == NULL) {
		explain_said(c, p);
		return;
	}
	if (p->server == SERVER_NONE && !sshd_runs) {
		snprintf(c->what, sizeof(c->what), "sshd");
		snprintf(c->found, sizeof(c->found),
		    "it does not run: nothing listens on %s port %u", p->route.ours,
		    (unsigned)p->route.port);
		fix_add(&c->fixes, NULL, "%s", p->route.reload);
		return;
	}
	snprintf(c->what, sizeof(c->what), "sshd's sockets");
	snprintf(c->found, sizeof(c->found),
	    "nothing listens on %s port %u, where the peer comes to", p->route.ours,
	    (unsigned)p->route.port);
	fix_add(&c->fixes, NULL, "sed -i '1i AddressFamily any' %s && /usr/sbin/sshd -t && %s",
	    shell_word(p->route.sshd_config), p->route.reload);
	fix_add(&c->fixes, NULL, "sed -i '1i ListenAddress %s' %s && /usr/sbin/sshd -t && %s",
	    p->route.ours, shell_word(p->route.sshd_config), p->route.reload);
}

void cause_find(struct cause *c, const struct play *p, bool sshd_runs)
{
	*c = (struct cause){ .check = "" };
	if (p->attempt.dropped)
		explain_drop(c, p);
	else if (p->attempt.reached == STAGE_START)
		explain_start(c, p, sshd_runs);
	else
		explain_said(c, p);
}
