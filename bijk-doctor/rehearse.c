/* SPDX-License-Identifier: ISC */
/*
 * What the other side does is done here, on a copy of this machine (copy.h): a
 * pull of this node, and its own way out; on a master a push, and a
 * registration. Each attempt gets a copy in which the fixes found so far were
 * run, fresh or as good as fresh (play.h). Where it stops, candidates for a fix
 * are tried until one gets it further, at most ROUNDS times.
 */
#include "bijk-doctor/doctor.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-doctor/ask.h"
#include "bijk-doctor/cause.h"
#include "bijk-doctor/play.h"
#include "bijk-doctor/process.h"
#include "bijk-doctor/shellword.h"
#include "common/base/child.h"
#include "common/base/msg.h"
#include "common/base/sock.h"
#include "common/contact.h"

#include "common/base/banned.h"

#define ROUNDS 6
#define NODES 3
#define STARTUPS_FEW 4 /* logins at once; every pull is one */
#define REGISTER_PORT 50010

struct rehearsal {
	struct doctor *d;
	struct play *play; /* shared with the process that plays */
	unsigned found;
	bool elsewhere;	 /* sshd runs, and does not listen where the peer comes to */
	bool pull_stops; /* without the fixes */
};

/* Is it stopped later, or by something else? */
static bool got_further(
    const struct rehearsal *r, const struct play *before, const struct cause *was)
{
	const struct play *now = r->play;
	static struct cause is;

	if (now->part != before->part || now->attempt.reached != before->attempt.reached)
		return now->part > before->part ||
		    (now->part == before->part && now->attempt.reached > before->attempt.reached);
	cause_find(&is, now, r->d->sshd.runs);
	return strcmp(is.check, was->check) != 0 || strcmp(is.what, was->what) != 0 ||
	    (now->attempt.dropped && strcmp(is.found, was->found) != 0);
}

/* Tries one after another; what is in r->play then is what comes behind the fix
 * that helped. -1: none did. */
static int try_fixes(struct rehearsal *r, const struct cause *c)
{
	static struct play before;

	before = *r->play;
	for (size_t i = 0; i < c->fixes.n && before.fixes < PLAY_FIXES; i++) {
		*r->play = before;
		snprintf(r->play->fix[before.fixes], sizeof(r->play->fix[0]), "%s%s",
		    c->fixes.first, c->fixes.v[i].run);
		r->play->fixes = before.fixes + 1;
		if (play(r->play) && (r->play->part == PARTS || got_further(r, &before, c)))
			return (int)i;
	}
	*r->play = before;
	return -1;
}

/* Somebody on this machine reads a queue of packets. */
static bool queue_is_read(void)
{
	FILE *f = fopen("/proc/net/netfilter/nfnetlink_queue", "re");
	bool read = f != NULL && fgetc(f) != EOF;

	if (f != NULL)
		fclose(f);
	return read;
}

static void report_cause(struct rehearsal *r, const struct cause *c, int fix)
{
	struct report *report = r->d->report;
	const char *text = r->play->attempt.said;
	const struct attempt *a = &r->play->attempt;
	/* Our own program came, and refuses: what is wrong with its files is
	 * told above. */
	const bool known = fix < 0 && !a->dropped && report_failed(report, "own") &&
	    (a->reached >= STAGE_LOGIN || r->play->part == PART_JOIN);

	/* sshd itself may still go by what it has read. */
	const bool pending = r->d->sshd.newer[0] != '\0' && !a->dropped;

	/* Where pulls come, no push is needed. */
	const bool spare = !r->d->is_master && r->play->part > PART_LOGIN && !r->pull_stops &&
	    contact_pulls_come(&r->d->node);

	/* The reader is not in the copy: it may let them pass. */
	const bool read = a->dropped && a->drop.deed == QUEUES && queue_is_read();

	report_check(report, c->check);
	report_found(report,
	    known			   ? VERDICT_SKIP
		: pending || read || spare ? VERDICT_WARN
					   : VERDICT_FAIL,
	    c->what, "%s", c->found);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		report_evidence(report, "%.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
	if (read) {
		report_note(
		    report, "it was left out of the rehearsal: a program reads a queue here");
	} else if (fix >= 0) {
		report_mend(report, "%s", c->fixes.v[fix].run);
		if (c->fixes.v[fix].note[0] != '\0')
			report_note(report, "%s", c->fixes.v[fix].note);
	} else if (c->choice[0] != '\0') {
		report_note(report, "%s", c->choice);
	} else {
		report_note(report, "no fix that was tried in a copy of this machine helped");
	}
}

static void report_lost(const struct rehearsal *r)
{
	const char *text = r->play->lost;

	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		report_check(r->d->report, "firewall");
		report_found(r->d->report, VERDICT_WARN, "the rehearsal", "it leaves out the %.*s",
		    (int)n, text);
		text += n + (text[n] == '\n');
	}
}

/* sshd listens on another port: seen to work there, the master is told of it. */
static bool try_other_port(struct rehearsal *r)
{
	const struct doctor *d = r->d;
	const uint16_t told = r->play->route.port;
	static struct play before;

	if (r->play->attempt.reached != STAGE_START || d->is_master || !d->sshd.runs ||
	    d->sshd.port == told)
		return false;
	before = *r->play;
	r->play->route.port = d->sshd.port;
	if (!play(r->play) || r->play->attempt.reached == STAGE_START) {
		*r->play = before;
		return false;
	}
	report_check(d->report, "sshd");
	report_found(d->report, VERDICT_FAIL, "sshd's port",
	    "sshd listens on port %u, and the masters come to %u", (unsigned)d->sshd.port,
	    (unsigned)told);
	if (d->node.port != 0)
		report_mend(d->report,
		    "sed -i 's/^\\([[:space:]]*port:[[:space:]]*\\)%u$/\\1%u/' %s", (unsigned)told,
		    (unsigned)d->sshd.port, shell_word(d->config_path));
	report_mend(d->report, "bijk-keyreg");
	report_note(d->report,
	    "it tells the masters the port; one that cannot be reached so: bijk-master set %s "
	    "port=%u",
	    d->node.name != NULL ? d->node.name : "NAME", (unsigned)d->sshd.port);
	return true;
}

/* Where no copy can be made: why, and what a person can go by. */
static void report_plain_facts(const struct rehearsal *r)
{
	const struct route *route = &r->play->route;
	struct report *report = r->d->report;
	char login[512], *save = NULL;
	struct answer a;

	report_check(report, "sshd");
	report_found(report, VERDICT_SKIP, "the rehearsal", "%s; %s listens on %s port %u",
	    r->play->why,
	    r->play->server == SERVER_NONE	 ? "nobody"
		: r->play->server == SERVER_SSHD ? "sshd"
						 : "another program than sshd",
	    route->ours, (unsigned)route->port);
	report_note(report,
	    r->d->is_master ? "bijk-doctor, at a node, tries it for real"
			    : "bijk-master test NAME, at the master, tries it for real");
	snprintf(login, sizeof(login), "user=%s,host=%s,addr=%s,laddr=%s,lport=%u", route->user,
	    route->peer, route->peer, route->ours, (unsigned)route->port);
	if (ask(&a, (const char *const[]){ SSHD_PROGRAM, "-T", "-C", login, NULL }) == 0) {
		for (char *line = strtok_r(a.out.data, "\n", &save); line != NULL;
		     line = strtok_r(NULL, "\n", &save))
			report_evidence(report, "%s", line);
	}
	answer_free(&a);
}

static bool rounds(struct rehearsal *r)
{
	static struct cause c;

	if (!play(r->play)) {
		report_plain_facts(r);
		return true;
	}
	report_lost(r);
	if (r->elsewhere && r->play->listens) {
		r->found++;
		report_check(r->d->report, "sshd");
		report_found(r->d->report, VERDICT_FAIL, "sshd",
		    "it does not listen on %s port %u, as its configuration says now",
		    r->play->route.ours, (unsigned)r->play->route.port);
		report_mend(r->d->report, "%s", r->d->sshd.reload);
	}
	while (r->play->part != PARTS && r->found++ < ROUNDS) {
		static struct play stopped, after;
		int fix;

		if (try_other_port(r))
			continue;
		cause_find(&c, r->play, r->d->sshd.runs);
		r->pull_stops |= r->play->part == PART_LOGIN;
		r->d->way_out_closed |= r->play->part == PART_SSH || r->play->part == PART_REGISTER;
		stopped = *r->play;
		fix = try_fixes(r, &c);
		if (fix == -1 && stopped.attempt.dropped &&
		    (stopped.attempt.drop.deed == CHANGES ||
			stopped.attempt.reached > STAGE_BANNER)) {
			/* So it was not that: a farewell, perhaps. */
			r->play->attempt.dropped = false;
			r->found--;
			continue;
		}
		after = *r->play;
		*r->play = stopped;
		report_cause(r, &c, fix);
		*r->play = after;
		if (fix == -1)
			return false;
	}
	return r->found == 0;
}

/* --- A pull --- */

static enum server find_server(const struct route *r, struct process *p)
{
	static struct listener v[LISTENERS_MAX];
	size_t n = listeners(v);

	*p = (struct process){ .pid = 0 };
	for (size_t i = 0; i < n; i++) {
		if (!listener_takes(&v[i], r->ours, r->port))
			continue;
		if (listener_owner(&v[i], p) && process_executes(p, SSHD_PROGRAM))
			return SERVER_SSHD;
		return SERVER_SOCKET;
	}
	return SERVER_NONE;
}

static void fill_route(const struct rehearsal *r, const char *user, const char *peer)
{
	struct route *route = &r->play->route;
	const struct doctor *d = r->d;
	const struct passwd *p = getpwnam(user);

	snprintf(route->user, sizeof(route->user), "%s", user);
	snprintf(route->peer, sizeof(route->peer), "%s", peer);
	if (sock_source(peer, route->ours) == -1)
		route->ours[0] = '\0';
	snprintf(route->home, sizeof(route->home), "%s", p != NULL ? p->pw_dir : "");
	snprintf(route->sshd_config, sizeof(route->sshd_config), "%s", d->sshd.config);
	snprintf(route->reload, sizeof(route->reload), "%s", d->sshd.reload);
	snprintf(r->play->state, sizeof(r->play->state), "%s",
	    d->is_master ? d->master.state : d->node.state);
}

/* Not the machine's own sshd, but another takes connections here. */
static void take_other_sshd(struct play *p, const struct process *owner)
{
	struct sshd_facts other;

	sshd_facts_of(&other, owner, p->route.port);
	snprintf(p->options, sizeof(p->options), "%s", other.options);
	snprintf(p->route.sshd_config, sizeof(p->route.sshd_config), "%s", other.config);
	snprintf(p->route.reload, sizeof(p->route.reload), "%s", other.reload);
}

/* False: what listens where the peer comes to is neither sshd nor starts it. */
static bool fill_server(struct rehearsal *r)
{
	struct play *p = r->play;
	struct process owner;

	if (r->d->sshd.runs)
		snprintf(p->options, sizeof(p->options), "%s", r->d->sshd.options);
	p->server = find_server(&p->route, &owner);
	if (p->server == SERVER_SSHD && owner.pid != 0 && owner.pid != r->d->sshd.process.pid)
		take_other_sshd(p, &owner);
	r->elsewhere = p->server == SERVER_NONE && r->d->sshd.runs;
	if (r->elsewhere)
		p->server = SERVER_SSHD;
	if (p->server == SERVER_NONE)
		sshd_start_command(p->route.reload);
	if (p->server != SERVER_SOCKET || process_may_start(&owner, "sshd"))
		return true;
	report_check(r->d->report, "sshd");
	report_found(r->d->report, VERDICT_FAIL, "sshd's port",
	    "process %d, %s, listens on %s port %u, where the peer comes to", (int)owner.pid,
	    owner.exe, p->route.ours, (unsigned)p->route.port);
	report_note(r->d->report, "give one of both another port");
	return false;
}

static void rehearse(struct rehearsal *r, const char *what)
{
	r->found = 0;
	if (!rounds(r) || r->play->part != PARTS)
		return;
	report_check(r->d->report, "sshd");
	report_found(r->d->report, VERDICT_OK, what, "it gets through, %s %s",
	    r->d->is_master ? "from" : "by the master at", r->play->route.peer);
}

/* Fixes that were found for one address count for the next. */
static void begin(struct rehearsal *r, struct doctor *d)
{
	*r = (struct rehearsal){ .d = d, .play = worker_memory(sizeof(*r->play)) };
	if (r->play == NULL)
		die(EX_OSERR, "out of memory");
}

/* A pull by the master with this address, and the way out to it. */
static void rehearse_pull(struct rehearsal *r, const char *address)
{
	struct doctor *d = r->d;
	struct play *p = r->play;
	char own[SOCK_ADDR_MAX];

	fill_route(r, NODE_USER, address);
	if (d->node.address != NULL && sock_source(d->node.address, own) == 0 &&
	    strcmp(own, d->node.address) == 0)
		snprintf(p->route.ours, sizeof(p->route.ours), "%s", d->node.address);
	p->route.port = d->pulled ? doctor_ssh_port(d) : 0;
	p->ssh_port = d->pushes ? (uint16_t)d->node.ssh_port : 0;
	p->register_port = d->pushes ? (uint16_t)d->node.register_port : 0;
	if (fill_server(r))
		rehearse(r, "a pull, rehearsed");
}

/* A node from this address registers, and pushes. */
static void rehearse_push(struct rehearsal *r, const char *address)
{
	const struct doctor *d = r->d;

	fill_route(r, MASTER_USER, address);
	r->play->master = true;
	r->play->route.port = d->sshd.runs ? d->sshd.port : 22;
	r->play->register_port = REGISTER_PORT;
	if (fill_server(r))
		rehearse(r, "a push, rehearsed");
}

/* A rehearsal is one login: that a few others keep it out is what sshd says of
 * itself. */
static void look_at_startups(struct doctor *d)
{
	const char *const argv[] = { SSHD_PROGRAM, "-T", "-f", d->sshd.config, NULL };
	const char *line;
	struct answer a;
	unsigned begin;

	if (ask(&a, argv) == 0 && (line = strstr(a.out.data, "\nmaxstartups ")) != NULL &&
	    sscanf(line, " maxstartups %u", &begin) == 1 && begin < STARTUPS_FEW) {
		report_found(d->report, VERDICT_WARN, "MaxStartups of sshd",
		    "it is %u: anybody who only connects keeps the other side out", begin);
		report_mend(d->report,
		    "sed -i 's/^[[:space:]]*MaxStartups.*/MaxStartups 10:30:100/I' "
		    "$(grep -lis '^[[:space:]]*MaxStartups' %s %s.d/*.conf) && " SSHD_PROGRAM
		    " -t && %s",
		    shell_word(d->sshd.config), shell_word(d->sshd.config), d->sshd.reload);
	}
	answer_free(&a);
}

static bool can_rehearse(struct doctor *d)
{
	if (d->sshd.newer[0] != '\0') {
		report_found(d->report, VERDICT_WARN, "sshd's configuration",
		    "%s is newer than the sshd that runs, and not in force yet; the rehearsal goes "
		    "by it",
		    d->sshd.newer);
		report_mend(d->report, SSHD_PROGRAM " -t && %s", d->sshd.reload);
	}
	if (d->root) {
		look_at_startups(d);
		return true;
	}
	report_found(d->report, VERDICT_SKIP, "the rehearsal", "only root can copy this machine");
	return false;
}

void check_rehearsal(struct doctor *d)
{
	struct rehearsal r;

	if (!d->sshd.there || !d->pulled)
		report_found(d->report, VERDICT_SKIP, "sshd", "%s",
		    d->sshd.there
			? "sender.mode is always: this node needs no pull"
			: "none is installed here: this node cannot be pulled, it pushes");
	if ((!d->pulled && !d->pushes) || !can_rehearse(d))
		return;
	begin(&r, d);
	for (size_t i = 0; i < d->facts.masters; i++) {
		for (size_t k = 0; k < d->facts.master[i].n; k++)
			rehearse_pull(&r, d->facts.master[i].address[k]);
	}
	play_end();
	munmap(r.play, sizeof(*r.play));
}

/* From up to NODES addresses of nodes; without any, from here. */
void check_master_rehearsal(struct doctor *d)
{
	char address[NODES][SOCK_ADDR_MAX];
	struct rehearsal r;
	size_t n;

	if (!d->sshd.there) {
		report_found(d->report, VERDICT_WARN, "sshd",
		    "none is installed here: no node can push to this master, it can only pull");
		return;
	}
	if (!can_rehearse(d))
		return;
	n = fleet_addresses(d, address, NODES);
	begin(&r, d);
	for (size_t i = 0; i < n; i++)
		rehearse_push(&r, address[i]);
	if (n == 0)
		rehearse_push(&r, "127.0.0.1");
	play_end();
	munmap(r.play, sizeof(*r.play));
}
