/* SPDX-License-Identifier: ISC */
/*
 * The way to each master: name, ports, registration, host key, key, tunnel,
 * exchange. The first step that fails is told of, and no step behind it. With
 * several masters one that works is enough for records to flow, and each is
 * looked at.
 */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "bijk-doctor/clock.h"
#include "bijk-doctor/doctor.h"
#include "bijk-doctor/outward.h"
#include "bijk-doctor/shellword.h"
#include "common/base/deadline.h"
#include "common/base/num.h"
#include "common/base/sock.h"

#include "common/base/banned.h"

#define START_SSHD "systemctl start ssh || service ssh start || service sshd start"
#define MASTER_KNOWS "at the master more is to be seen: bijk-doctor --master"

struct way {
	struct doctor *d;
	const struct master_at *m;
	struct outward o;
	const char *name; /* of this node */
};

__attribute__((format(printf, 4, 5))) static void tell(
    const struct way *w, enum verdict v, const char *step, const char *fmt, ...)
{
	char what[300], text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(what, sizeof(what), "%s, %s", w->m->host, step);
	report_found(w->d->report, v, what, "%s", text);
}

/* --- Name and ports --- */

static bool resolved(const struct way *w)
{
	if (w->m->n > 0) {
		tell(w, VERDICT_OK, "name", "%s", w->m->address[0]);
		return true;
	}
	tell(w, VERDICT_FAIL, "name", "it cannot be resolved: %s", w->m->why);
	report_note(w->d->report,
	    "if the name is right, look at /etc/resolv.conf; a line `ADDRESS %s` in /etc/hosts "
	    "does "
	    "without",
	    w->m->host);
	return false;
}

static bool reached(const struct way *w, enum reach r, const char *step, unsigned port)
{
	static const char *const words[] = { [REACH_NOT_TRIED] = "was not tried",
		[REACH_GOOD] = "answers",
		[REACH_REFUSED] = "is closed: nobody listens there, or a firewall refuses it",
		[REACH_SILENT] = "does not answer: a firewall drops it, or the machine is down",
		[REACH_NO_WAY] = "cannot be reached: there is no route, or a firewall says so" };

	if (r == REACH_GOOD) {
		tell(w, VERDICT_OK, step, "port %u answers", port);
		return true;
	}
	tell(w, VERDICT_FAIL, step, "port %u %s", port, words[r]);
	return false;
}

static bool ssh_answers(const struct way *w)
{
	unsigned port = (unsigned)w->d->node.ssh_port;

	if (!w->o.push || reached(w, w->o.ssh_port, "sshd", port))
		return true;
	if (w->o.ssh_port == REACH_REFUSED)
		report_mend_at(w->d->report, w->m->host, START_SSHD);
	report_note(w->d->report, MASTER_KNOWS);
	return false;
}

/* --- Registration --- */

static void add_at_master(const struct way *w, const char *option)
{
	report_mend_at(w->d->report, w->m->host, "bijk-master add %s%s", w->name, option);
	report_mend(w->d->report, "bijk-keyreg");
	report_note(w->d->report, "bijk-master asks for the hash; it stands here: cat %s",
	    shell_word(w->d->node.hash));
}

static bool refused(const struct way *w)
{
	struct report *r = w->d->report;

	switch (w->o.code) {
	case ERR_AUTH:
		tell(w, VERDICT_FAIL, "registration",
		    "it knows a node %s, but with another hash than the one here", w->name);
		add_at_master(w, " --replace-hash");
		break;
	case ERR_DISABLED:
		tell(w, VERDICT_FAIL, "registration", "%s is switched off there", w->name);
		report_mend_at(r, w->m->host, "bijk-master set %s mode=auto", w->name);
		break;
	default: tell(w, VERDICT_FAIL, "registration", "%s", w->o.register_why);
	}
	return false;
}

/* Once registered, records flow without that port. */
static bool register_port_is_closed(const struct way *w)
{
	bool taken = w->o.standing != UNREGISTERED;
	unsigned port = (unsigned)w->d->node.register_port;

	if (taken) {
		tell(w, VERDICT_WARN, "registration",
		    "port %u cannot be reached; this node is registered, but new keys cannot get "
		    "there",
		    port);
	} else {
		reached(w, w->o.register_port, "registration", port);
		report_note(w->d->report,
		    "without that port the cards do it: bijk-keyreg --export here, bijk-master "
		    "import there, "
		    "and the other way round");
	}
	report_note(w->d->report, MASTER_KNOWS);
	return taken;
}

/* It has not taken the key that we have: what the last try to register came to
 * says why. */
static bool not_registered(const struct way *w)
{
	if (w->o.registered_as[0] != '\0') {
		tell(w, VERDICT_FAIL, "registration",
		    "this node is now called %s, but registered there as %s", w->name,
		    w->o.registered_as);
		report_note(w->d->report,
		    "to keep its records under one name: node.name: %s in %s; if %s is another "
		    "machine: "
		    "openssl rand -hex 32 >%s here, and on the master bijk-master add %s",
		    w->o.registered_as, w->d->config_path, w->o.registered_as,
		    shell_word(w->d->node.hash), w->name);
		return false;
	}
	if (strcmp(w->o.noted, "pending") == 0) {
		tell(w, VERDICT_FAIL, "registration", "it does not know a node %s", w->name);
		add_at_master(w, "");
	} else if (strcmp(w->o.noted, "refused") == 0) {
		tell(w, VERDICT_FAIL, "registration", "%s", w->o.register_why);
		add_at_master(w, " --replace-hash");
	} else {
		tell(w, VERDICT_FAIL, "registration",
		    "this node has not registered the key that it has now");
		report_mend(w->d->report, "bijk-keyreg %s", shell_word(w->m->host));
	}
	return false;
}

static bool told_otherwise(const struct way *w)
{
	if (report_failed(w->d->report, "sshd")) {
		tell(w, VERDICT_SKIP, "registration",
		    "it is to be told of the sshd here, see above");
		return true;
	}
	tell(w, w->d->pulled ? VERDICT_FAIL : VERDICT_WARN, "registration",
	    "it was told another address, port or other host keys of the sshd here than there are "
	    "now: its "
	    "pulls stop");
	report_mend(w->d->report, "bijk-keyreg %s", shell_word(w->m->host));
	return true;
}

static bool registered(const struct way *w)
{
	if (w->o.register_port != REACH_GOOD)
		return register_port_is_closed(w);
	if (w->o.standing == UNREGISTERED)
		return not_registered(w);
	if (w->o.outdated)
		return told_otherwise(w);
	if (w->o.standing == CARD_ONLY) {
		tell(w, VERDICT_OK, "registration", "its card was imported by hand");
		return true;
	}
	if (!w->o.asked) {
		tell(w, VERDICT_FAIL, "registration", "%s", w->o.register_why);
		return false;
	}
	switch (w->o.result) {
	case REGISTER_TAKEN:
		tell(w, VERDICT_OK, "registration", "it is master %s, and takes this node",
		    w->o.master);
		return true;
	case REGISTER_PENDING:
		tell(w, VERDICT_FAIL, "registration",
		    "it knows no node %s any more, and now lists it as pending", w->name);
		add_at_master(w, "");
		return false;
	case REGISTER_UNREACHABLE:
		tell(w, VERDICT_WARN, "registration", "it is busy or fell silent: %s",
		    w->o.register_why);
		return true;
	default: return refused(w);
	}
}

/* --- The tunnel --- */

static void port_is_taken(const struct way *w)
{
	char address[SOCK_ADDR_MAX];
	uint16_t port;
	uid_t uid;

	tell(w, VERDICT_FAIL, "tunnel", "%s", w->o.tunnel_why);
	if (hostaddr_split(w->d->node.local, address, sizeof(address), &port) &&
	    sock_port_holder(port, &uid) == 0) {
		const struct passwd *p = getpwuid(uid);

		report_note(w->d->report,
		    "user %s holds it; which program: ss -ltnp 'sport = :%u'; or do without a "
		    "port:",
		    p != NULL ? p->pw_name : "?", (unsigned)port);
	}
	/* One that is set there goes. */
	report_mend(w->d->report,
	    "sed -i -e '/^sender:/,/^[^ #]/{/^ *local:/d}' -e '0,/^sender:/s//sender:\\n  local: "
	    "stdio/' %s",
	    shell_word(w->d->config_path));
}

static bool tunnelled(const struct way *w)
{
	struct report *r = w->d->report;

	if (w->o.tunnel) {
		tell(w, VERDICT_OK, "tunnel", "host key and key are good, ssh is logged in");
		return true;
	}
	switch (w->o.trouble) {
	case SSH_HOSTKEY_CHANGED:
	case SSH_HOSTKEY_UNKNOWN:
		tell(w, VERDICT_FAIL, "host key",
		    "the host key that it shows is not the pinned one: it has a new one, or is "
		    "another "
		    "machine");
		report_mend(r, "bijk-keyreg %s", shell_word(w->m->host));
		report_note(r, "that takes a new key only from who proves this node's hash");
		break;
	case SSH_TROUBLE_NONE:
		if (strstr(w->o.tunnel_why, " is taken by ") != NULL) {
			port_is_taken(w);
			break;
		}
		tell(w, VERDICT_FAIL, "tunnel", "%s", w->o.tunnel_why);
		break;
	case SSH_PORT_TAKEN: port_is_taken(w); break;
	case SSH_BUSY:
	case SSH_PENALISED: tell(w, VERDICT_WARN, "ssh", "%s", w->o.tunnel_why); break;
	default:
		tell(w, VERDICT_FAIL, w->o.trouble == SSH_KEY_REFUSED ? "key" : "tunnel", "%s",
		    w->o.tunnel_why);
		report_note(r, MASTER_KNOWS);
	}
	return false;
}

static void exchanged(const struct way *w)
{
	char period[32];

	if (!w->o.exchanged) {
		tell(w, VERDICT_FAIL, "exchange", "%s", w->o.exchange_why);
		if (w->o.exchange_code == ERR_DISABLED)
			report_mend_at(
			    w->d->report, w->m->host, "bijk-master set %s mode=auto", w->name);
		else
			report_note(w->d->report, MASTER_KNOWS);
		return;
	}
	num_show_span(period, sizeof(period), (int64_t)w->o.period);
	if (w->o.greeting_only)
		tell(w, VERDICT_OK, "exchange",
		    "the master answers there; more is not tried, for the last push was %s ago and "
		    "good",
		    num_show_span(
			period, sizeof(period), now_s() - w->d->facts.contact.push_ended));
	else if (w->o.wait > 0)
		tell(w, VERDICT_OK, "exchange",
		    "it knows the hash; a push now would come too early for it, by %" PRIu64 " s",
		    w->o.wait);
	else if (w->o.period > w->d->node.period)
		tell(w, VERDICT_OK, "exchange",
		    "it knows the hash; it allows a push each %s, so sender.period is not what "
		    "counts",
		    period);
	else
		tell(w, VERDICT_OK, "exchange", "it knows the hash, and allows a push each %s",
		    period);
}

static bool too_early(const struct contact *k)
{
	int64_t now = now_s();

	return k->push_began > 0 && k->push_began <= now &&
	    (uint64_t)(now - k->push_began) < k->period;
}

static void look_at(struct doctor *d, const struct master_at *m, const char *name)
{
	struct way w = { .d = d, .m = m, .name = name };

	if (!resolved(&w))
		return;
	w.o = (struct outward){ .config = &d->node,
		.host = m->host,
		.push = d->pushes,
		.greeting_only = too_early(&d->facts.contact) };
	if (!outward_look(&w.o)) {
		tell(&w, VERDICT_WARN, "way", "looking at it took too long, or failed");
		return;
	}
	if (!ssh_answers(&w) || !registered(&w))
		return;
	if (w.o.greeted)
		clock_look(d, m->host, w.o.skew);
	if (w.o.push && tunnelled(&w))
		exchanged(&w);
}

void check_outward(struct doctor *d)
{
	if (d->masters.n == 0) {
		report_found(
		    d->report, VERDICT_SKIP, "the way to the masters", "none is configured");
		return;
	}
	if (!d->facts.gathered || !d->facts.key_there || !d->facts.hash_good) {
		report_found(d->report, VERDICT_SKIP, "the way to the masters", "%s",
		    !d->facts.gathered ? d->facts.why : "without hash and key none can be tried");
		return;
	}
	/* ssh runs for no user without an account, and a push opens the spool:
	 * that is told of above. */
	if (getpwnam(NODE_USER) == NULL || (d->facts.log_there && !d->facts.log_good)) {
		report_found(d->report, VERDICT_SKIP, "the way to the masters", "because of %s",
		    d->facts.log_good ? "the account" : "the spool");
		return;
	}
	for (size_t i = 0; i < d->masters.n; i++)
		look_at(d, &d->masters.v[i], d->node.name);
}
